"""What people put around a request, between two of them, and the sentences that the model answers with."""

from models.embedded.recipe.draw import Draw

OPENERS = ("", "", "", "", "please ", "can you ", "could you ", "i want you to ", "i need you to ", "now ", "hey, ",
           "would you ", "i would like you to ", "kindly ", "go ahead and ", "ok, ", "hi, ", "can you please ", "so ",
           "could you please ", "i'd like you to ", "hey, could you ", "let's ")  # fmt: skip
BEFORE_QUESTIONS = ("", "", "", "", "", "", "hey, ", "hi, ", "ok, ", "quick question: ", "tell me, ", "so ", "hello, ")
CLOSERS = ("", "", "", "", "", ".", ".", "?", " please", " now", " for me", "!", ", thanks", " please.", ", please",
           " right now", ", thank you", "...")  # fmt: skip
AFTER_QUESTIONS = ("", "", "", "?", "?", "?", "?", "?", ", please?", " please", ", thanks")
BEFORE_STATEMENTS = ("", "", "", "hey, ", "hi, ", "ok, ", "hello, ")
AFTER_STATEMENTS = ("", "", "", ".", ".", "!", ", please", ", thanks")
ASKING = {"what", "what's", "whats", "how", "is", "will", "do", "does", "which", "where", "when", "it", "it's", "i",
          "i'm", "who", "are", "should", "would", "could", "can", "did", "any", "am", "was", "has", "have", "if", "why",
          "there", "my", "need", "time", "weather", "in", "for", "the"}  # fmt: skip
AT_ONCE = (
    " and ",
    " and ",
    " and also ",
    ", and ",
    "; also ",
    " and ",
    " plus ",
    ", also ",
    ". also, ",
    " as well as ",
)
IN_TURN = (" and then ", " and then ", ", then ", " then ", ", and then ", ". then ", ", after that ",
           " and afterwards ", ". after that, ")  # fmt: skip

ANSWER_HELLO = "Hello! Tell me what to do and I will pick a tool."
ANSWER_THANKS = "You are welcome."
ANSWER_FAREWELL = "Goodbye!"
ANSWER_NONE = "None of my tools fits that request."
ANSWER_MISSING = "Please give me a value for {}."
ANSWER_TOOLS = "My tools are: {}."
ANSWER_NO_TOOLS = "I have no tools here."


def spoken(draw: Draw, text: str, *, open_end: bool = False, statement: bool = False) -> str:
    """The request with what people put around it; nothing is added to an open end but a full stop."""
    asks = text.split(" ", 1)[0].lower() in ASKING
    openers, closers = (BEFORE_QUESTIONS, AFTER_QUESTIONS) if asks else (OPENERS, CLOSERS)
    openers, closers = (BEFORE_STATEMENTS, AFTER_STATEMENTS) if statement else (openers, closers)
    before = draw.pick(openers) if draw.chance(0.6) else ""
    after = draw.pick(("", "", "", ".") if open_end else closers)
    text = before + text + after
    return text[:1].upper() + text[1:] if draw.chance(0.5) else text


def spoken_foreign(draw: Draw, text: str, language: str, *, open_end: bool = False) -> str:
    """The same for Chinese and Korean, which need little of it."""
    ends = {"zh": ("", "", "", "。", "？", "吧", "!"), "ko": ("", "", "", ".", "?", "!")}[language]
    return text + draw.pick(("", "", "", ".") if open_end else ends)
