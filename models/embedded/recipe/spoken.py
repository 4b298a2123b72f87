"""What people put around a request, between two of them, and the sentences that the model answers with."""

import re

from models.embedded.recipe.draw import Draw
from models.embedded.recipe.words import listed

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
COMMANDS = frozenset(
    listed("""
    abort add adjust adopt advance allow announce append apply arm assign axe bake begin bin block book brake
    break bring browse bung buy calculate call cancel capture catch change check chuck clean clear close comb
    come compare complete compute continue convert cool count crack create cross cut defrost delete describe
    destroy dig dim discard dispatch display dispose ditch draft drive drop dump eliminate enter enumerate erase
    excuse export expose expunge extend fetch figure file fill filter find fish flick flip flush focus fold
    forward freeze get give go grab grant grep groom halt hand head help hire hold hunt include input insert
    interrupt invite irrigate jog jot junk keep kill lay leave lend limit list load locate log look lose lower
    make map mark match merge move mow mute narrow navigate note nuke open order output park pause pay
    photograph pick pin pivot plan play point post predict print proceed publish pull purge push put query raise
    read recap recite record refresh register release remember remind remove rent repair report reserve restart
    restrict retreat retrieve return reveal reverse review ring rinse rip roll rotate rummage run save say scan
    schedule scrap scratch scribble scroll search see sell send set shift shoot show shred shut sign slap snap
    sow speak spin spot stand start state stay steer stick stop store strike suggest summarise swap swing switch
    take talk tell throw tick toss trace track transcribe transfer translate trash tuck turn type update use
    veer view wait wake walk whack wipe wrap write yank zap
""")
)
AT_ONCE = (" and ", " and ", " and ", " and ", " and also ", ", and ", "; also ", " plus ", ", also ", ". also, ",
           " as well as ", ". and ", "? and ", "? also, ", ", plus ", " & ", "; ", ". oh, and ", ". besides, ",
           ", and at the same time ", ", and while you are at it, ", ". on top of that, ", " and additionally ",
           ". the other thing: ", ", together with ", " along with ", " but also ", " and, separately, ")  # fmt: skip
IN_TURN = (" and then ", " and then ", " and then ", ", then ", ", then ", " then ", ", and then ", ". then ",
           ", after that ", " and afterwards ", ". after that, ", ", and after that ", ". afterwards, ", ". next, ",
           ", next ", ". once that is done, ", ", and once that's done, ", ". when you are done, ", ", followed by ",
           ". as the next step, ", " and only then ", ". as soon as you have that, ", ". and then ", "; then ",
           ", and when that's finished ", " and finally ")  # fmt: skip
BEFORE_TURNS = ("", "", "", "", "", "first ", "first, ", "first off, ", "start with this: ", "to begin with, ")

LITTLE_I = re.compile(r"(?<![\w{./'-])i(?![\w}./-])")
"""The pronoun, also in `i'm`."""
BEGINNING = re.compile(r"(?<=[.?!] )[a-z](?=[\w', ])")
"""Of a further sentence."""

ANSWER_HELLO = "Hello! Tell me what to do and I will pick a tool."
ANSWER_THANKS = "You are welcome."
ANSWER_FAREWELL = "Goodbye!"
ANSWER_NONE = "None of my tools fits that request."
ANSWER_MISSING = "Please give me a value for {}."
ANSWER_TOOLS = "My tools are: {}."
ANSWER_NO_TOOLS = "I have no tools here."


def with_capitals(draw: Draw, pattern: str) -> str:
    """The lower-case pattern as those write it who mind: with `I`, and a capital where another sentence begins."""
    if draw.chance(0.4):
        return pattern
    pattern = LITTLE_I.sub("I", pattern)
    return BEGINNING.sub(lambda letter: letter[0].upper(), pattern) if draw.chance(0.75) else pattern


def is_statement(text: str) -> bool:
    """Whether `can you` and the like cannot stand before the text."""
    first = text.split(" ", 1)[0].lower()
    return first not in COMMANDS and first not in ASKING


def spoken(draw: Draw, text: str, *, open_end: bool = False, statement: bool = False, value_first: bool = False) -> str:
    """The request with what people put around it.

    Nothing is added to an open end but a full stop, and a value at the very beginning stays as it is written.
    """
    asks = text.split(" ", 1)[0].lower() in ASKING
    openers, closers = (BEFORE_QUESTIONS, AFTER_QUESTIONS) if asks else (OPENERS, CLOSERS)
    openers, closers = (BEFORE_STATEMENTS, AFTER_STATEMENTS) if statement else (openers, closers)
    before = draw.pick(openers) if draw.chance(0.6) else ""
    after = draw.pick(("", "", "", ".") if open_end else closers)
    text = before + text + after
    capital = draw.chance(0.5) and (before or not value_first)
    return text[:1].upper() + text[1:] if capital else text


def spoken_foreign(draw: Draw, text: str, language: str, *, open_end: bool = False) -> str:
    """The same for Chinese and Korean, which need little of it."""
    ends = {"zh": ("", "", "", "。", "？", "吧", "!"), "ko": ("", "", "", ".", "?", "!")}[language]
    return text + draw.pick(("", "", "", ".") if open_end else ends)
