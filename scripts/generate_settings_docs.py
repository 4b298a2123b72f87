"""Writes `.env.example` and `docs/settings.md` from the settings tree, so that neither can go stale.

    uv run python scripts/generate_settings_docs.py           # write both
    uv run python scripts/generate_settings_docs.py --check   # exit 1 when one is stale

The field docstrings in `app/settings.py` are the text; this file only lays it out.
"""

import json
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from app.settings import Endpoint, SettingsTree
from app.settings_sources import ALIASES

ROOT = Path(__file__).parent.parent
COMMAND = "uv run python scripts/generate_settings_docs.py"
PLAIN_TYPES = {str: "text", int: "whole number", float: "number", bool: "true | false", Path: "path"}

SERVER_VARIABLES = {
    "WEATHER_API_KEY": "Open-Meteo's commercial key for the weather server; without one the free service is asked.",
    "WEATHER_BASE_URL": "Address the weather server asks in place of Open-Meteo's hosts.",
    "NOTES_DB": "File of the notes server; unset means `switchyard/notes.sqlite` in the user's data folder.",
}
"""Not settings of ours: the shipped `mcp.json` hands them to its servers."""


@dataclass(frozen=True)
class Variable:
    """One setting as an environment variable."""

    name: str
    meaning: str
    allowed: str
    default: str


@dataclass(frozen=True)
class Section:
    """One part of the settings tree."""

    name: str
    meaning: str
    variables: list[Variable]


def sections() -> Iterator[Section]:
    """The tree's sections in its own order."""
    for name, field in SettingsTree.model_fields.items():
        section = field.annotation
        assert isinstance(section, type)
        assert issubclass(section, BaseModel)
        variables = [variable(f"{name}__{key}".upper(), inner) for key, inner in section.model_fields.items()]
        yield Section(name, (section.__doc__ or "").strip(), variables)


def variable(name: str, field: FieldInfo) -> Variable:
    """One field, described."""
    assert field.description, f"{name} has no docstring"
    limits = [text for text in map(render_limit, field.metadata) if text]
    allowed = "URL" if is_url(field.metadata) else ", ".join([render_type(field.annotation), *limits])
    return Variable(name, " ".join(field.description.split()), allowed, render_default(field))


def render_type(annotation: Any) -> str:
    """The type in words; an optional type is named without its None."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return " | ".join(str(choice) for choice in inner)
    if origin in (Union, types.UnionType):
        return " or ".join(render_type(part) for part in inner if part is not type(None))
    if origin is list:
        return "JSON list"
    if origin is dict:
        return "JSON object"
    if annotation is SecretStr:
        return "secret"
    if hasattr(annotation, "__metadata__"):
        return "URL" if is_url(annotation.__metadata__) else render_type(inner[0])
    return PLAIN_TYPES[annotation]


def is_url(metadata: Sequence[object]) -> bool:
    """Whether the constraints are those of `app.settings.Url`."""
    return "https?://" in str(metadata)


def render_limit(limit: object) -> str:
    """One bound in words, or nothing for metadata that is no bound."""
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    return ", ".join(f"{word} {getattr(limit, key)}" for key, word in words.items() if hasattr(limit, key))


def render_default(field: FieldInfo) -> str:
    """The default as it would be written in `.env`; empty for nothing and for secrets."""
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if default is None or isinstance(default, SecretStr):
        return ""
    if isinstance(default, bool | list | dict):
        return json.dumps(default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def aliases_of(name: str) -> list[str]:
    """Other names that a setting goes by."""
    return [alias for alias, path in ALIASES.items() if "__".join(path).upper() == name]


def render_env_example() -> str:
    """The text of `.env.example`."""
    lines = [
        "# Copy this file to `.env` in the folder you work in and uncomment what you change.",
        "# Stronger than this file: the environment, and flags. What is shown is the default.",
        f"# Generated from app/settings.py: {COMMAND}",
    ]
    for section in sections():
        lines += ["", f"# == {section.name}: {section.meaning}"]
        for setting in section.variables:
            others = " or ".join(aliases_of(setting.name))
            also = f"; also read from {others}" if others else ""
            lines += ["", f"# {setting.meaning}", f"# ({setting.allowed}{also})"]
            lines += [f"# {setting.name}={setting.default}"]
    lines += ["", "# == For the shipped MCP servers, which get them through mcp.json."]
    for name, meaning in SERVER_VARIABLES.items():
        lines += ["", f"# {meaning}", f"# {name}="]
    return "\n".join(lines) + "\n"


def render_table(variables: list[Variable]) -> list[str]:
    """A markdown table of settings."""
    rows = ["| Name | Value | Default | Meaning |", "|---|---|---|---|"]
    for each in variables:
        allowed = each.allowed.replace(" | ", ", ")
        default = f"`{each.default}`" if each.default else ""
        rows.append(f"| `{each.name}` | {allowed} | {default} | {each.meaning} |")
    return rows


def render_settings_page() -> str:
    """The text of `docs/settings.md`."""
    lines = [
        "# Settings",
        "",
        f"Generated from `app/settings.py`: `{COMMAND}`.",
        "",
        "Strongest first: flags, the environment, `.env` in the working directory, the default. Names have two",
        "underscores between section and setting; lists and objects are written as JSON. A bad value or an unknown",
        "name in a section ends the run with exit code 2.",
    ]
    for section in sections():
        lines += ["", f"## {section.name}", "", section.meaning, "", *render_table(section.variables)]
        if section.name == "model":
            fields = [variable(key, field) for key, field in Endpoint.model_fields.items()]
            lines += ["", "Each value of `MODEL__ENDPOINTS`:", "", *render_table(fields)]
    lines += ["", "## Aliases", "", "Names that people already have. Our own name in the same place wins.", ""]
    lines += ["| Alias | Setting |", "|---|---|"]
    lines += [f"| `{alias}` | `{'__'.join(path).upper()}` |" for alias, path in ALIASES.items()]
    lines += ["", "## Variables of the shipped MCP servers", ""]
    lines += ["The shipped `mcp.json` hands them on. In one of your own, write `${NAME}` where a variable belongs;", ""]
    lines[-1:] = [
        "its value comes from the environment or from `.env`. [mcp-json.md](mcp-json.md) has all keys and forms.",
        "",
    ]
    lines += ["| Name | Meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in SERVER_VARIABLES.items()]
    return "\n".join(lines) + "\n"


def generated() -> dict[Path, str]:
    """Both files with the text they should have."""
    return {ROOT / ".env.example": render_env_example(), ROOT / "docs" / "settings.md": render_settings_page()}


def main() -> int:
    """Write the files, or with `--check` name the stale ones."""
    stale = [
        path for path, text in generated().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    for path in stale:
        print(f"{'stale' if '--check' in sys.argv else 'written'}: {path.relative_to(ROOT)}")
        if "--check" not in sys.argv:
            path.write_text(generated()[path], encoding="utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
