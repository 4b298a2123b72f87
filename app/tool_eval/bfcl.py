"""A person's copy of the Berkeley Function Calling Leaderboard's files, read as cases.

None of its data comes with us. Read are the categories that need nothing but a model: one question, tools, and
the accepted answers. Those that need simulated APIs, a search engine, embeddings, or a parser for Java and
JavaScript are named and left out.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from app.errors import UsageError
from app.tool_eval.case import Case, Expectation, ExpectedCall, Rule, Tools, Turn

_FILE = re.compile(r"^BFCL_v\d+_(?P<category>\w+)\.jsonl?$")
_WITH_ANSWERS = re.compile(r"^(live_)?(simple|simple_python|multiple|parallel|parallel_multiple)$")
_WITHOUT_ANSWERS: Mapping[str, Rule] = {"irrelevance": "none", "live_irrelevance": "none", "live_relevance": "some"}
_ANSWERS = "possible_answer"
_KINDS = {"dict": "object", "float": "number", "tuple": "array", "any": "string"}
_HINT = "--bfcl takes a folder with BFCL_v4_*.json files and possible_answer/ inside, as BFCL's repository has it."


@dataclass(frozen=True)
class BfclSet:
    """What was found in a folder."""

    cases: tuple[Case, ...]
    left_out: tuple[str, ...]
    """Categories that need more than a model."""


def load_bfcl(folder: Path) -> BfclSet:
    """Read a folder of BFCL's files.

    Raises:
        UsageError: There are none, or one has another form.
    """
    found = {match["category"]: path for path in sorted(folder.glob("*.json*")) if (match := _FILE.match(path.name))}
    usable = {name: path for name, path in found.items() if name in _WITHOUT_ANSWERS or _WITH_ANSWERS.match(name)}
    if not usable:
        raise UsageError(f"{folder} has no BFCL files that can be used.", hint=_HINT)
    cases = tuple(case for name, path in usable.items() for case in _cases(name, path))
    return BfclSet(cases, tuple(name for name in found if name not in usable))


def _cases(category: str, path: Path) -> Iterator[Case]:
    answers = {} if category in _WITHOUT_ANSWERS else _answers(path.parent / _ANSWERS / path.name)
    for number, entry in _lines(path):
        place = f"{path}, line {number}"
        try:
            yield _case(category, entry, answers, place)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise UsageError(f"{place} is no case of BFCL: {error!r}.", hint=_HINT) from error


def _case(category: str, entry: dict[str, Any], answers: Mapping[str, Any], place: str) -> Case:
    case_id = str(entry["id"])
    if category in _WITHOUT_ANSWERS:
        expect = Expectation(rule=_WITHOUT_ANSWERS[category], needs_text=False)
    elif case_id in answers:
        expect = Expectation(rule="calls", calls=tuple(_expected(call) for call in answers[case_id]))
    else:
        raise UsageError(f"{place}: '{case_id}' has no possible answer.", hint=_HINT)
    return Case(
        id=case_id,
        category=category,
        language="",
        tools=Tools(tuple(_tool(function) for function in entry["function"])),
        history=tuple({"role": message["role"], "content": message["content"]} for message in entry["question"][0]),
        turns=(Turn(expect=expect),),
    )


def _answers(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise UsageError(f"there is no {path}.", hint=_HINT)
    return {str(entry.get("id")): entry.get("ground_truth", []) for _, entry in _lines(path)}


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", hint=_HINT) from error
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry: object = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}, line {number} is not JSON: {error}.", hint=_HINT) from error
        if not isinstance(entry, dict):
            raise UsageError(f"{path}, line {number} is no JSON object.", hint=_HINT)
        yield number, cast(dict[str, Any], entry)


def _expected(call: Mapping[str, Mapping[str, Any]]) -> ExpectedCall:
    [(name, arguments)] = call.items()
    return ExpectedCall(legal_name(name), {key: list(values) for key, values in arguments.items()})


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    made = {
        "name": legal_name(str(function["name"])),
        "description": str(function.get("description") or ""),
        "parameters": as_json_schema(function.get("parameters") or {"type": "dict", "properties": {}}),
    }
    return {"type": "function", "function": made}


def legal_name(name: str) -> str:
    """A name without the dots that OpenAI-compatible servers refuse."""
    return name.replace(".", "_")


def as_json_schema(schema: Any) -> Any:
    """BFCL's Python-like types as those of JSON schema; a property that is itself called `type` is left alone."""
    if not isinstance(schema, dict):
        return schema
    made = dict(cast(dict[str, Any], schema))
    if isinstance(kind := made.get("type"), str):
        made["type"] = _KINDS.get(kind, kind)
    if isinstance(properties := made.get("properties"), dict):
        made["properties"] = {
            name: as_json_schema(value) for name, value in cast(dict[str, Any], properties).items()
        }  # fmt: skip
    if "items" in made:
        made["items"] = as_json_schema(made["items"])
    return made
