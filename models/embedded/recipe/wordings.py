"""Whether training may say a text, so that cases which it cannot have seen can be told from the others."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from models.embedded.recipe import spoken
from models.embedded.recipe.phrases import DIRECTORY, LANGUAGES, SLOT, patterns

LONGEST = {"text": 14, "query": 6, "city": 4, "place": 3, "town": 3, "from": 3, "to": 3, "clock": 2}
"""Words that a slot may hold; others hold one."""
BEFORE = {*spoken.OPENERS, *spoken.BEFORE_QUESTIONS, *spoken.BEFORE_STATEMENTS, *spoken.BEFORE_TURNS}
AFTER = {*spoken.CLOSERS, *spoken.AFTER_QUESTIONS, *spoken.AFTER_STATEMENTS}
BETWEEN = {*spoken.AT_ONCE, *spoken.IN_TURN}


def matches_training(text: str) -> bool:
    """Whether training may say this very text.

    That is one of its patterns, with anything of fitting length in its slots, or two with a joiner between them; and
    what people put around a request.
    """
    return any(_is_wording(bare) or any(map(_are_wordings, _halves(bare))) for bare in _bare(_plain(text)))


def _bare(text: str) -> Iterator[str]:
    for before in (each for each in BEFORE if text.startswith(each)):
        for after in {_plain(each) for each in AFTER if text.endswith(_plain(each))}:
            yield _plain(text[len(before) : len(text) - len(after)])


def _halves(text: str) -> Iterator[tuple[str, str]]:
    for joiner in BETWEEN:
        for found in re.finditer(re.escape(joiner), text):
            yield _plain(text[: found.start()]), _plain(text[found.end() :])


def _are_wordings(halves: tuple[str, str]) -> bool:
    return all(map(_is_wording, halves))


@cache
def _is_wording(text: str) -> bool:
    first, *_ = text.split(" ")
    return any(wording.fullmatch(text) for word in (first, "") for wording in _wordings().get(word, ()))


@cache
def _wordings() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """All patterns of the training by their first word; empty where that holds a slot."""
    found = defaultdict[str, list[re.Pattern[str]]](list)
    files = [file for language in LANGUAGES for file in sorted((DIRECTORY / language).glob("*.txt"))]
    lines = (line for file in files for line in patterns(file.parent.name, file.stem))
    for line in dict.fromkeys(map(_plain, lines)):
        first, *_ = line.split(" ")
        found["" if "{" in first else first].append(_wording(line))
    return {first: tuple(wordings) for first, wordings in found.items()}


def _wording(pattern: str) -> re.Pattern[str]:
    parts = SLOT.split(pattern)
    return re.compile("".join(re.escape(p) if at % 2 == 0 else _slot(p) for at, p in enumerate(parts)))


def _slot(name: str) -> str:
    return rf"\S+(?: \S+){{0,{LONGEST.get(name.removesuffix('2'), 1) - 1}}}"


def _plain(text: str) -> str:
    """In lower case, single spaces, and without the mark at its end."""
    return " ".join(text.lower().split()).rstrip(".?!, ")
