"""Reading cases from YAML files: those that come along, or a folder of a person's own.

A folder has one file for each category, and `toolbox.yaml` with the tools that its files share.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter, ValidationError

from app.errors import UsageError
from app.tool_eval.case import Case
from app.tool_eval.case_form import CaseFile, CaseForm, ToolForm

OWN_CASES = Path(__file__).with_name("cases")
_TOOLBOX = "toolbox.yaml"
_HINT = "docs/tool-calling-evaluation.md shows the form."


def load_cases(folder: Path = OWN_CASES) -> list[Case]:
    """All cases of a folder, category by category.

    Raises:
        UsageError: The folder has none, or a file has another form.
    """
    shared = _toolbox(folder / _TOOLBOX)
    files = [path for path in sorted(folder.glob("*.yaml")) if path.name != _TOOLBOX]
    if not files:
        raise UsageError(f"{folder} has no YAML files with cases.", hint=_HINT)
    cases = [case for path in files for case in _cases_of(path, shared)]
    ids = [case.id for case in cases]
    if twice := next((one for one in ids if ids.count(one) > 1), ""):
        raise UsageError(f"two cases of {folder} have the id '{twice}'.", hint="Each needs an id of its own.")
    return cases


def _toolbox(path: Path) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        forms = TypeAdapter(dict[str, ToolForm]).validate_python(_loaded(path))
    except ValidationError as error:
        raise UsageError(f"{path}: {_first(error)}", hint=_HINT) from error
    return {name: form.schema_for(name) for name, form in forms.items()}


def _cases_of(path: Path, shared: Mapping[str, dict[str, Any]]) -> list[Case]:
    try:
        file = CaseFile.model_validate(_loaded(path))
    except ValidationError as error:
        raise UsageError(f"{path}: {_first(error)}", hint=_HINT) from error
    toolbox = {**shared, **{name: form.schema_for(name) for name, form in file.tools.items()}}
    return [_case(path, form, file.category, toolbox) for form in file.cases]


def _case(path: Path, form: CaseForm, category: str, toolbox: Mapping[str, dict[str, Any]]) -> Case:
    try:
        return form.case(category, toolbox)
    except ValueError as error:
        raise UsageError(f"{path}: case '{form.id}': {error}.", hint=_HINT) from error


def _loaded(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", hint=_HINT) from error
    except yaml.YAMLError as error:
        raise UsageError(f"{path} is not YAML: {' '.join(str(error).split())}.", hint=_HINT) from error


def _first(error: ValidationError) -> str:
    """The first thing that is wrong, with its place in the file."""
    wrong = error.errors()[0]
    place = ".".join(str(part) for part in wrong["loc"])
    return f"{place}: {wrong['msg']}." if place else f"{wrong['msg']}."
