"""Values for the tools of the toolboxes: the listed ones, others of their look, and anything at all.

The listed ones alone would be learnt by heart; the model has to find where a value begins and ends.
"""

import re
from collections.abc import Sequence

from models.embedded.recipe.draw import ENDINGS, Draw
from models.embedded.recipe.places import load_table
from models.embedded.recipe.toolset import Arg, Value

ARTICLE = re.compile(r"^(?:the|a|an) (?!.* (?:is|are|was|were|has|have|had|will|said)\b)(?=\S+(?: \S+){0,3}$)")
"""In front of a noun phrase; sentences, longer texts and titles (`The Last Swim`) keep theirs."""
FREE_TEXT = 3.5
"""Words, on average, of the listed values of an argument that takes whole sentences."""
TITLES = ("Dr", "Mr", "Mrs", "Ms", "Aunt", "Captain", "Professor", "Uncle")
MARKS = ("!", "?", ".", ", ", ": ", " - ", "; ")


def draw_value(draw: Draw, arg: Arg, listed: Sequence[Value], *, plain: bool = False) -> tuple[str, Value]:
    """How a value is said, and the value: the noun phrase without the article that people put in front of it.

    Args:
        draw: The source of chance.
        arg: What the value is for.
        listed: Values that its toolbox has for it.
        plain: Only such a value, where the wording does not show where it ends.
    """
    value = draw.pick(listed)
    if arg.enum:
        return str(value), value
    if isinstance(value, str):
        said, value = _string(draw, value, plain=plain)
        return said, value if said != value or _is_free_text(listed) else ARTICLE.sub("", value)
    if plain:
        return str(value), value
    return _number(draw, arg, [number for number in listed if isinstance(number, int | float)])


def _string(draw: Draw, value: str, *, plain: bool) -> tuple[str, str]:
    if plain or draw.chance(0.4):
        return value, value
    return _alike(draw, value) if draw.chance(0.8) else _anything(draw)


def _is_free_text(listed: Sequence[Value]) -> bool:
    return sum(len(str(value).split()) for value in listed) > FREE_TEXT * len(listed)


def _number(draw: Draw, arg: Arg, listed: Sequence[int | float]) -> tuple[str, Value]:
    low, high = min(listed), max(listed)
    if draw.chance(0.35):
        value = draw.pick(listed)
    elif arg.type == "integer":
        value = draw.number_in(int(low), max(int(high), int(high) * draw.pick((1, 2, 5))) + 3)
    else:
        value = round(draw.random.uniform(low, max(high, 2 * high) + 1), draw.pick((0, 1, 1, 2)))
        value = int(value) if value == int(value) else value
    if draw.chance(0.12):
        words = {digits: word for word, digits in load_table("numbers").items()}
        return words.get(str(value), str(value)), value
    return str(value), value


def _alike(draw: Draw, value: str) -> tuple[str, str]:
    """Another string that looks like this one."""
    if re.fullmatch(r"\d{1,2}:\d\d", value):
        made = draw.clock()
    elif "@" in value:
        made = draw.email()
    elif value.startswith("/"):
        made = draw.path()
    elif value.endswith(ENDINGS):
        made = draw.filename()
    elif re.search(r"\d", value):
        made = " ".join(_scrambled(draw, w) if re.search(r"\d", w) else _other(draw, w) for w in _words(value))
    elif all(word[:1].isupper() for word in _words(value)):
        made = _name(draw)
    else:
        made = " ".join(_other(draw, word) for word in _words(value))
    return made, made


def _words(value: str) -> list[str]:
    return value.split(" ")


def _scrambled(draw: Draw, word: str) -> str:
    """Other digits and capitals at the same places, sometimes one more or one less."""
    out = [
        str(draw.number_in(0 if at else 1, 9)) if sign.isdigit() else _capital(draw) if sign.isupper() else sign
        for at, sign in enumerate(word)
    ]
    if word.isdigit() and draw.chance(0.3):
        out.append(str(draw.number_in(0, 9)))
    return "".join(out)


def _capital(draw: Draw) -> str:
    return chr(draw.number_in(ord("A"), ord("Z")))


def _other(draw: Draw, word: str) -> str:
    """Another word for a long one; small ones hold the rest together."""
    if len(word) < 4 or draw.chance(0.3):
        return word
    return draw.proper() if word[0].isupper() else draw.word()


def _name(draw: Draw) -> str:
    return draw.one_of(
        (4, draw.proper),
        (4, lambda: f"{draw.proper()} {draw.proper()}"),
        (2, lambda: f"{draw.pick(TITLES)} {draw.proper()}"),
        (1, lambda: f"{draw.proper()} {_capital(draw)}. {draw.proper()}"),
        (1, lambda: f"{draw.proper()}-{draw.proper()}"),
    )


def _anything(draw: Draw) -> tuple[str, str]:
    """Spans that are hard to copy, sometimes in quotes."""
    if draw.chance(0.3):
        text = draw.phrase(1, 6)
        words = text.split()
        if len(words) > 2 and draw.chance(0.4):
            at = draw.random.randrange(1, len(words))
            text = " ".join(words[:at]) + draw.pick(MARKS).rstrip() + " " + " ".join(words[at:])
        quote = draw.pick(('"', '"', "'"))
        return f"{quote}{text}{quote}", text
    made = draw.one_of(
        (3, draw.token_string),
        (2, lambda: _name(draw)),
        (2, lambda: f"{draw.word()} {draw.word()}"),
        (1, lambda: f"{draw.word()} {draw.word()} {draw.word()}"),
        (2, lambda: f"{_capital(draw)}{draw.pick(('-', '', ' ', '/'))}{draw.number_in(1, 9999)}"),
        (1, lambda: f"{draw.code()}-{draw.code()}"),
        (1, draw.email),
        (1, draw.path),
        (1, draw.clock),
        (1, draw.date),
        (1, lambda: f"{draw.number_in(1, 99)} {draw.proper()} {draw.pick(('Street', 'Road', 'Lane', 'Square'))}"),
        (1, lambda: str(draw.number())),
        (1, lambda: f"{draw.pick(('the', 'a', 'my'))} {draw.pick(draw.adjectives)} {draw.noun()}"),
    )
    return made, made
