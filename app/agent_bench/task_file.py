"""Reading tasks: those that come along, or a YAML or JSONL file of a person's own."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from app.agent_bench.task import AgentTask, Order, StateCheck, TaskSet
from app.errors import UsageError
from app.tool_eval.case_form import Calls, expected_calls

OWN_TASKS = Path(__file__).with_name("tasks.yaml")
_HINT = "docs/benchmarking.md shows the form."
_Name = Annotated[str, StringConstraints(min_length=1)]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _StateForm(_Form):
    tool: _Name
    arguments: dict[str, Any] = Field(default_factory=dict[str, Any])
    says: _Name


class _TaskForm(_Form):
    id: _Name
    query: _Name
    says: str = ""
    calls: Calls | None = None
    order: Order = "any"
    state: _StateForm | None = None

    def task(self) -> AgentTask:
        state = StateCheck(**dict(self.state)) if self.state else None
        calls = None if self.calls is None else expected_calls(self.calls)
        return AgentTask(id=self.id, query=self.query, says=self.says, calls=calls, order=self.order, state=state)


class _FileForm(_Form):
    about: str = ""
    variables: dict[str, str] = Field(default_factory=dict[str, str])
    tasks: list[_TaskForm] = Field(min_length=1)


def load_tasks(path: Path | None = None) -> TaskSet:
    """Read a YAML or JSONL list of tasks, or a YAML table with `variables` beside it; None reads the shipped ones.

    Raises:
        UsageError: There is no such file, or a task has another form.
    """
    file = path or OWN_TASKS
    loaded = _loaded(file)
    table = {"tasks": loaded} if isinstance(loaded, list) else loaded
    try:
        form = TypeAdapter(_FileForm).validate_python(table)
    except ValidationError as error:
        raise UsageError(f"{file}: {_first(error, table)}", hint=_HINT) from error
    tasks = tuple(task.task() for task in form.tasks)
    _check(file, tasks)
    source = str(path) if path else "our own"
    return TaskSet(tasks=tasks, source=source, variables=form.variables, harmless=path is None)


def _loaded(path: Path) -> object:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".jsonl":
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        return yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{path} cannot be read: {why}.", hint="--tasks names a YAML or JSONL file.") from error
    except (ValueError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise UsageError(f"{path} cannot be parsed: {told}.", hint="It is YAML, or JSONL by its name.") from error


def _check(path: Path, tasks: tuple[AgentTask, ...]) -> None:
    ids = [task.id for task in tasks]
    if twice := next((one for one in ids if ids.count(one) > 1), ""):
        raise UsageError(f"two tasks of {path} have the id '{twice}'.", hint="Each needs an id of its own.")
    for task in tasks:
        for pattern in (task.says, task.state.says if task.state else ""):
            try:
                re.compile(pattern)
            except re.error as error:
                told = f"{path}: task '{task.id}' has a pattern that is none: {pattern} ({error})."
                hint = "`says` is a regular expression; put a backslash before ( [ . and so on."
                raise UsageError(told, hint=hint) from error


def _first(error: ValidationError, table: object) -> str:
    """The first thing that is wrong, with the task it is in."""
    wrong = error.errors(include_url=False)[0]
    place = list(wrong["loc"])
    if len(place) > 1 and place[0] == "tasks" and isinstance(place[1], int):
        named = f"task {_name(table, place[1])}"
        place = [named, *place[2:]]
    return f"{': '.join(map(str, place))}: {wrong['msg']}." if place else f"{wrong['msg']}."


def _name(table: object, index: int) -> str:
    """The task's id, or where it has none its number."""
    entry: object = cast(Mapping[str, list[object]], table)["tasks"][index]
    named = cast(Mapping[str, object], entry).get("id") if isinstance(entry, dict) else None
    return f"'{named}'" if named else str(index + 1)
