"""Tools that no one ever wrote, and what people would say to use them.

Most of the training: names, arguments and wording are random, so memorising does not pay.
"""

from models.embedded.recipe import words as w
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.toolset import Arg, Request, Tool, Value

ARTICLES = ("the ", "a ", "", "my ", "the ", "this ", "one ")
BEFORE_FREE_TEXT = (": ", ": ", " saying ", " that says ", " with the text ")


def draw_request(draw: Draw) -> Request:
    """A request for a random tool."""
    tool, verb, said = draw_tool(draw)
    texts = [a for a in tool.args if a.required and a.type == "string" and not a.enum]
    others_optional = all(a in texts or not a.required for a in tool.args)
    if len(texts) == 1 and others_optional and draw.chance(0.3):
        return _free_text_request(draw, tool, texts[0], f"{verb} {draw.pick(('the ', 'a ', '', 'my '))}{said}")
    return _spelled_request(draw, tool, _opening(draw, tool, verb, said))


def draw_tool(draw: Draw, verb: str | None = None, noun: str | None = None) -> tuple[Tool, str, str]:
    """A random tool, with the verb and the noun phrase people say for it."""
    verb = verb or (draw.pseudo() if draw.chance(0.12) else draw.pick(draw.verbs))
    noun = noun or draw.noun()
    phrase = [draw.pick(draw.adjectives), noun] if draw.chance(0.25) else [noun]
    if draw.chance(0.12):
        phrase.append(draw.noun())
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
    return draw.one_of(
        (8, lambda: f"{draw.pick(('use', 'call'))} {tool.name}"),
        (3, lambda: f"{spoken} {said}"),
        (89, lambda: f"{spoken} {draw.pick(ARTICLES)}{said}"),
    )


def _free_text_request(draw: Draw, tool: Tool, arg: Arg, opening: str) -> Request:
    """The value is everything to the end, unquoted."""
    value = draw.free_text()
    before = draw.pick((*BEFORE_FREE_TEXT, f" {arg.name.replace('_', ' ')}: "))
    return Request(tool, f"{opening}{before}{value}", {arg.name: value}, open_end=True)


def _spelled_request(draw: Draw, tool: Tool, opening: str) -> Request:
    """Every given argument is mentioned; sometimes a required one is left out."""
    given = [a for a in tool.args if a.required or draw.chance(0.5)]
    alone = len(tool.args) == 1
    only = _only_of_their_type(tool)
    missing = None
    droppable = [a for a in given if a.required and a.type != "boolean"]
    if droppable and draw.chance(0.07):
        gone = draw.pick(droppable)
        given, only, alone, missing = [a for a in given if a is not gone], set(), False, gone.name
    mentions = [(a, *_mention(draw, a, alone=alone, only=only)) for a in given]
    texts = [text for _, text, _ in mentions]
    if len(texts) > 1 and draw.chance(0.3):
        draw.random.shuffle(texts)
    text = draw.pick((" ", " ", ", ", " and ")).join(texts).replace("and and ", "and ")
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
        forms = ("in {v}", "{n} {v}", "with {n} {v}", "{n}={v}", "using {v}", "{v} {n}")
        return draw.pick(forms).format(n=said, v=value), value
    value, shown = _value(draw, arg)
    forms = ("with {n} {v}", "{n} {v}", "with {n} set to {v}", "{n}={v}", "where {n} is {v}", "and {n} {v}",
             "{n} of {v}", "with {n} = {v}", "using {n} {v}", "{n}: {v}")  # fmt: skip
    if arg.type in only:
        forms += ("{v}", "to {v}", "for {v}", "by {v}", "at {v}", "from {v}") * 2
        forms += ("called {v}", "named {v}") * 2 if arg.type == "string" else ()
    forms += ("{v}", "for {v}", "to {v}") * 2 if alone else ()
    return draw.pick(forms).replace("{n}", said).replace("{v}", shown), value


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
    text = draw.phrase() if draw.chance(0.25) else draw.token_string()
    text = str(draw.integer()) if draw.chance(0.08) else text
    quote = "" if " " not in text and draw.chance(0.75) else draw.pick(("'", '"', '"'))
    return text, f"{quote}{text}{quote}"
