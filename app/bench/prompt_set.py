"""What is asked: prompts from a YAML or JSONL file, each with the language its answer must be in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from app.errors import UsageError

SHIPPED = Path(__file__).with_name("prompts.yaml")
_FIELDS = {"text", "messages", "tools", "language"}


@dataclass(frozen=True)
class Prompt:
    """One request's worth."""

    messages: Sequence[dict[str, Any]]
    """As the wire has them."""
    tools: Sequence[dict[str, Any]] = ()
    language: str = ""
    """ISO 639-1 code of the language the answer must be in; empty checks none."""

    def body(self) -> dict[str, Any]:
        """The part of a request that says what is asked."""
        return {"messages": list(self.messages)} | ({"tools": list(self.tools)} if self.tools else {})


def load_prompts(path: Path | None = None) -> list[Prompt]:
    """Read a YAML list or JSONL file of texts and objects; None reads the shipped ones.

    Raises:
        UsageError: There is no such file, or an entry is no prompt.
    """
    path = path or SHIPPED
    entries = _entries(path)
    if not entries:
        raise UsageError(f"{path} has no prompts.", hint="Write a list of texts, or of objects with text and language.")
    return [_parse(entry, f"prompt {number} of {path}") for number, entry in enumerate(entries, 1)]


def _entries(path: Path) -> list[object]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        loaded: object = yaml.safe_load(text)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}.", hint="--prompts names a YAML or JSONL file."
        ) from error
    except (ValueError, yaml.YAMLError) as error:
        raise UsageError(
            f"{path} cannot be parsed: {' '.join(str(error).split())}.", hint="It is YAML, or JSONL by its name."
        ) from error
    return cast(list[object], loaded) if isinstance(loaded, list) else []


def _parse(entry: object, place: str) -> Prompt:
    if isinstance(entry, str):
        return Prompt([{"role": "user", "content": entry}])
    if not isinstance(entry, dict):
        raise UsageError(f"{place} is neither a text nor an object.", hint="Write `- text: ...` for each.")
    fields = cast(dict[str, Any], entry)
    if unknown := set(fields) - _FIELDS:
        raise UsageError(
            f"{place} has an unknown field '{min(unknown)}'.", hint=f"Known: {', '.join(sorted(_FIELDS))}."
        )
    if ("text" in fields) == ("messages" in fields):
        raise UsageError(f"{place} needs either text or messages.", hint="`text` is one message of the user.")
    messages = fields.get("messages") or [{"role": "user", "content": str(fields["text"])}]
    return Prompt(messages, fields.get("tools") or (), str(fields.get("language", "")))
