"""What people say besides asking for a tool, and the sentences that the model answers with."""

GREETINGS = ("hello", "hi", "hey", "good morning", "hi there", "hello there", "good evening", "hey you", "greetings")
THANKS = ("thanks", "thank you", "thanks a lot", "many thanks", "great, thanks", "thank you very much")
ABILITIES = (
    "what can you do", "which tools do you have", "help", "list your tools", "what tools are there", "who are you",
    "what are you able to do", "show me your tools",
)  # fmt: skip
CHAT = (
    "why is the sky blue", "tell me a joke", "write a poem", "what is love", "how old are you", "do you like music",
    "who won the game", "explain gravity", "what is the meaning of life", "are you happy", "sing a song",
    "how do i learn to swim", "what should i wear", "i am bored", "do you sleep", "where do babies come from",
    "who is the president", "what do you think about art", "can you help me with my homework", "i feel sad today",
)  # fmt: skip
OPENERS = ("", "", "", "", "please ", "can you ", "could you ", "i want you to ", "i need you to ", "now ", "hey, ",
           "would you ", "i would like you to ", "kindly ", "go ahead and ", "ok, ")  # fmt: skip
CLOSERS = ("", "", "", "", "", ".", "?", "?", " please", " now", " for me", "!", ", thanks", " please.", " today?",
           " right now", " today")  # fmt: skip

ANSWER_HELLO = "Hello! Tell me what to do and I will pick a tool."
ANSWER_THANKS = "You are welcome."
ANSWER_NONE = "None of my tools fits that request."
ANSWER_MISSING = "Please give me a value for {}."
ANSWER_TOOLS = "My tools are: {}."
ANSWER_NO_TOOLS = "I have no tools here."
