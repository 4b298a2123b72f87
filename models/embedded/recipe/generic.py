"""Tools that no one ever wrote, and what people would say to use them.

Names, arguments, values and wording are drawn, so memorising does not pay.
"""

from models.embedded.recipe import words as w
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool, Value

ARTICLES = ("the ", "a ", "", "my ", "the ", "this ", "our ")
READING = {"get", "fetch", "show", "read", "retrieve", "display", "list", "find", "check", "count", "measure",
           "estimate", "query", "describe"}  # fmt: skip
QUESTIONS = ("what is the ", "what's the ", "how is the ", "tell me the ", "give me the ", "which ", "how many ",
             "how much ", "what are the ", "where is the ", "i want to know the ")  # fmt: skip
UNITS = ("degrees", "percent", "minutes", "hours", "seconds", "kg", "grams", "liters", "km", "meters", "euros",
         "dollars", "people", "pages", "times", "days", "cm", "points", "copies", "pieces")  # fmt: skip
BEFORE_FREE_TEXT = (": ", ": ", " saying ", " that says ", " with the text ")


def draw_request(draw: Draw, *, lacking: bool = False) -> Request:
    """A request for a random tool; `lacking` leaves a required value out where the tool has one."""
    tool, verb, said = draw_tool(draw)
    texts = [a for a in tool.args if a.required and a.type == "string" and not a.enum]
    others_optional = all(a in texts or not a.required for a in tool.args)
    if len(texts) == 1 and others_optional and not lacking and draw.chance(0.3):
        return _free_text_request(draw, tool, texts[0], f"{verb} {draw.pick(('the ', 'a ', '', 'my '))}{said}")
    return _spelled_request(draw, tool, _opening(draw, tool, verb, said), lacking=lacking)


def reply(draw: Draw, request: Request) -> tuple[str, Value | None]:
    """What a person answers when asked for the missing value, and the value."""
    arg = next(arg for arg in request.tool.args if arg.name == request.missing)
    if arg.enum:
        return (draw.pick(arg.enum),) * 2
    value, said = _value(draw, arg)
    return said, value


def draw_tool(draw: Draw, verb: str | None = None, noun: str | None = None) -> tuple[Tool, str, str]:
    """A random tool, with the verb and the noun phrase people say for it."""
    verb = verb or draw.verb()
    noun = noun or draw.noun()
    phrase = [draw.pick(draw.adjectives), noun] if draw.chance(0.25) else [noun]
    if draw.chance(0.2):
        phrase.append(draw.noun())
    if draw.chance(0.1) and not phrase[-1].endswith("s") and not w.kept_out(phrase[-1] + "s"):
        phrase[-1] += "s"
    name, description = _described(draw, verb, phrase)
    return Tool(name, description, _args(draw), frozenset((verb, noun))), verb, " ".join(phrase)


def _described(draw: Draw, verb: str, phrase: list[str]) -> tuple[str, str]:
    """Name and description; either of them may say nothing, never both."""
    name = draw.one_of(
        (78, lambda: "_".join([verb, *phrase])),
        (12, lambda: verb + "".join(part.capitalize() for part in phrase)),
        (10, lambda: "-".join([verb, *phrase])),
    )
    same = draw.synonyms.get(verb) or [verb]
    said = draw.pick(same) if draw.chance(0.3) else verb
    extra = draw.pick((
        "", "", "", f" in the {draw.noun()}", f" of a {draw.noun()}", " and return it", " by name",
        f" with the given {draw.pick(draw.arg_names)}",
    ))  # fmt: skip
    description = f"{said} {draw.pick(('a ', 'the ', '', 'one ', 'this '))}{' '.join(phrase)}{extra}"
    blank = (f"tool_{draw.number_in(1, 99)}", draw.pseudo(), f"{draw.pseudo()}_{draw.pseudo(1)}")
    return draw.one_of(
        (12, lambda: (name, "")),
        (10, lambda: (draw.pick(blank), description)),
        (38, lambda: (name, description.capitalize() + ".")),
        (40, lambda: (name, description)),
    )


def _args(draw: Draw) -> tuple[Arg, ...]:
    out: dict[str, Arg] = {}
    for _ in range(draw.pick((0, 1, 1, 1, 2, 2, 3))):
        arg = _arg(draw)
        out.setdefault(arg.name, arg)
    return tuple(sorted(out.values(), key=lambda a: not a.required))


def _arg(draw: Draw) -> Arg:
    kind = draw.pick(("string", "string", "string", "integer", "number", "enum", "boolean"))
    if kind == "enum":
        return Arg(_arg_name(draw), "string", draw.chance(0.75), tuple(draw.pick(w.ENUMS)))
    if kind == "boolean":
        name = draw.pick(draw.flags) if draw.chance(0.7) else _arg_name(draw)
        return Arg(name, "boolean", required=draw.chance(0.3))
    return Arg(_arg_name(draw), kind, draw.chance(0.75))


def _arg_name(draw: Draw) -> str:
    return draw.one_of(
        (65, lambda: draw.pick(draw.arg_names)),
        (25, draw.noun),
        (10, lambda: f"{draw.noun()}_{draw.pick(draw.arg_names)}"),
    )


def _opening(draw: Draw, tool: Tool, verb: str, said: str) -> str:
    same = draw.synonyms.get(verb)
    spoken = draw.pick(same) if same and draw.chance(0.12) else verb
    said = said + "s" if draw.chance(0.15) and not said.endswith("s") else said
    asks = verb in READING and not tool.name.startswith("tool_")
    return draw.one_of(
        (6, lambda: f"{draw.pick(('use', 'call', 'run'))} {tool.name}"),
        (3, lambda: f"{spoken} {said}"),
        (60 if asks else 0, lambda: f"{draw.pick(QUESTIONS)}{said}"),
        (89, lambda: f"{spoken} {draw.pick(ARTICLES)}{said}"),
    )


def _free_text_request(draw: Draw, tool: Tool, arg: Arg, opening: str) -> Request:
    """The value is everything to the end, unquoted."""
    value = draw.free_text()
    before = draw.pick((*BEFORE_FREE_TEXT, f" {arg.name.replace('_', ' ')}: "))
    return Request(tool, f"{opening}{before}{value}", {arg.name: value}, open_end=True)


def _spelled_request(draw: Draw, tool: Tool, opening: str, *, lacking: bool) -> Request:
    """Every given argument is mentioned; a required one may be left out."""
    given = [a for a in tool.args if a.required or draw.chance(0.5)]
    alone = len(tool.args) == 1
    only = _only_of_their_type(tool)
    missing = None
    droppable = [a for a in given if a.required and a.type != "boolean"]
    if droppable and lacking:
        gone = draw.pick(droppable)
        given, only, alone, missing = [a for a in given if a is not gone], set(), False, gone.name
    mentions = [(a, *_mention(draw, a, alone=alone, only=only)) for a in given]
    texts = [text for _, text, _ in mentions]
    if len(texts) > 1 and draw.chance(0.3):
        draw.random.shuffle(texts)
    text = draw.pick((" ", " ", " ", ", ", " and ")).join(texts).replace("and and ", "and ")
    arguments = {a.name: value for a, _, value in mentions}
    return Request(tool, f"{opening} {text}".strip(), arguments, missing)


def _only_of_their_type(tool: Tool) -> set[str]:
    """Types whose only argument may be given bare, without its name."""
    counts = {t: sum(a.type == t for a in tool.args if not a.enum) for t in ("string", "integer", "number")}
    only = {t for t, n in counts.items() if n == 1}
    return only - {"integer", "number"} if counts["integer"] and counts["number"] else only


def _mention(draw: Draw, arg: Arg, *, alone: bool, only: set[str]) -> tuple[str, Value]:
    """Words that give the argument a value, and the value."""
    said = arg.name.replace("_", " ") if draw.chance(0.8) else arg.name
    if arg.type == "boolean":
        return _mention_flag(draw, said)
    if arg.enum:
        value = draw.pick(arg.enum)
        forms = ("in {v}", "{n} {v}", "with {n} {v}", "{n}={v}", "using {v}", "{v} {n}", "{v}", "to {v}", "on {v}",
                 "at {v} {n}", "with {v} {n}", "in {v} {n}", "to {n} {v}")  # fmt: skip
        return draw.pick(forms).format(n=said, v=value), value
    value, shown = _value(draw, arg)
    if draw.chance(0.4):
        return _mention_naturally(draw, arg, said, shown, only), value
    forms = ("with {n} {v}", "{n} {v}", "with {n} set to {v}", "{n}={v}", "where {n} is {v}", "and {n} {v}",
             "{n} of {v}", "with {n} = {v}", "using {n} {v}", "{n}: {v}")  # fmt: skip
    if arg.type in only:
        forms += ("{v}", "to {v}", "for {v}", "by {v}", "at {v}", "from {v}") * 2
        forms += ("called {v}", "named {v}") * 2 if arg.type == "string" else ()
    forms += ("{v}", "for {v}", "to {v}") * 2 if alone else ()
    return draw.pick(forms).replace("{n}", said).replace("{v}", shown), value


def _mention_naturally(draw: Draw, arg: Arg, said: str, shown: str, only: set[str]) -> str:
    """As in `in the kitchen`, `for 10 minutes`, `to 21 degrees`, `the front door`."""
    if arg.type == "string":
        forms = (
            "{v} {n}",
            "in the {v} {n}",
            "for the {v} {n}",
            "to {n} {v}",
            "of {n} {v}",
            "the {n} {v}",
            "from {n} {v}",
        )
        if arg.type in only:
            forms += ("in the {v}", "on the {v}", "in {v}", "of {v}", "of the {v}", "from the {v}", "for the {v}",
                      "on {v}", "at {v}", "with {v}", "to the {v}", "as {v}", "about {v}", "the {v}",
                      "into {v}")  # fmt: skip
    else:
        forms = ("{v} {n}", "for {v} {n}", "at {v} {n}", "by {v} {n}", "at {n} {v}", "to {n} {v}", "to a {n} of {v}")
        if arg.type in only:
            unit = draw.pick(UNITS)
            forms += tuple(f"{word} {{v}} {unit}" for word in ("for", "to", "by", "at", "")) * 2 + (
                "number {v}",
                "to {v}",
                "#{v}",
            )
    return draw.pick(forms).replace("{n}", said).replace("{v}", shown).strip()


def _mention_flag(draw: Draw, said: str) -> tuple[str, bool]:
    value = draw.chance(0.6)
    word, switch, able = ("true", "on", "enabled") if value else ("false", "off", "disabled")
    forms = (f"{'with' if value else 'without'} {said}", f"with {said} {word}", f"{said} {switch}", f"{said}={word}",
             f"set {said} to {word}", f"{said} {able}")  # fmt: skip
    return draw.pick(forms), value


def _value(draw: Draw, arg: Arg) -> tuple[Value, str]:
    """A value and how it is written in the request."""
    if arg.type != "string":
        value = draw.integer() if arg.type == "integer" else draw.number()
        return value, str(value)
    if draw.chance(0.15):
        words = draw.pick((draw.proper, draw.noun))
        text = f"{words()} {words()}"
        return text, text
    text = draw.phrase() if draw.chance(0.2) else draw.token_string()
    text = str(draw.integer()) if draw.chance(0.06) else text
    quote = "" if " " not in text and draw.chance(0.75) else draw.pick(("'", '"', '"'))
    return text, f"{quote}{text}{quote}"
