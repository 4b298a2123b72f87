"""The unseen toolboxes and the words of their names.

Training leaves these words out of its pools, and a test compares both sides; so neither this file nor
the cases may ever come from the recipe. It imports the standard library only: training reads it where
the program's dependencies are not installed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"

Tools = Sequence[dict[str, Any]]
"""OpenAI function schemas."""

_JOINTS = re.compile(r"[_\-]+|(?<=[a-z0-9])(?=[A-Z])")


def unseen_words() -> set[str]:
    """Words of all tool and argument names of the unseen toolboxes, split and lower-cased."""
    return {word for name in _names() for word in words_of(name)}


def words_of(name: str) -> set[str]:
    """The words of a name in snake_case, kebab-case or camelCase, lower-cased."""
    return {word.lower() for word in _JOINTS.split(name) if word}


@cache
def unseen_toolboxes() -> dict[str, Tools]:
    """The unseen toolboxes by name."""
    lines = (CASES / "toolboxes.jsonl").read_text(encoding="utf-8").splitlines()
    return {box["box"]: as_functions(box["tools"]) for box in map(json.loads, lines)}


def as_functions(tools: Sequence[dict[str, Any]]) -> Tools:
    """OpenAI function schemas of tools that are written down without their wrapping."""
    return [{"type": "function", "function": {"description": "", **tool}} for tool in tools]


def _names() -> Iterator[str]:
    for box in unseen_toolboxes().values():
        for tool in box:
            yield tool["function"]["name"]
            yield from tool["function"]["parameters"]["properties"]
