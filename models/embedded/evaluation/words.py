"""The words of the unseen toolboxes.

Training leaves them out of its pools, and a test compares both sides; so this file and the cases never
come from the recipe.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CASES = Path(__file__).parent / "cases"

_JOINTS = re.compile(r"[_\-]+|(?<=[a-z0-9])(?=[A-Z])")


def unseen_words() -> set[str]:
    """Words of all tool and argument names of the unseen toolboxes, split and lower-cased."""
    return {word for name in _names() for word in words_of(name)}


def words_of(name: str) -> set[str]:
    """The words of a name in snake_case, kebab-case or camelCase, lower-cased."""
    return {word.lower() for word in _JOINTS.split(name) if word}


def toolboxes() -> dict[str, list[dict[str, Any]]]:
    """The unseen toolboxes: OpenAI function schemas by the name of the box."""
    lines = (CASES / "toolboxes.jsonl").read_text(encoding="utf-8").splitlines()
    boxes = [json.loads(line) for line in lines]
    return {box["box"]: [{"type": "function", "function": tool} for tool in box["tools"]] for box in boxes}


def _names() -> Iterator[str]:
    for box in toolboxes().values():
        for tool in box:
            yield tool["function"]["name"]
            yield from tool["function"]["parameters"]["properties"]
