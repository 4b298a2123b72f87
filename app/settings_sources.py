"""Where settings come from: flags, then environment, then ``.env``; aliases stand beside the names they mean.

The aliases are the names that people already have in their environment. They are weaker than our own
name in the same place, and stronger than any name in a weaker place.
"""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from app.errors import ConfigurationError
from app.settings import SettingsTree

ALIASES = {
    "OPENAI_API_BASE": ("model", "base_url"),
    "OPENAI_BASE_URL": ("model", "base_url"),
    "OPENAI_API_KEY": ("model", "api_key"),
    "AGENT_MODEL": ("model", "name"),
}


class _AliasSource(PydanticBaseSettingsSource):
    def __init__(self, settings_cls: type[BaseSettings], values: Mapping[str, str | None]) -> None:
        super().__init__(settings_cls)
        self._values = values

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Part of pydantic-settings' interface; this source answers as a whole in `__call__`."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for alias, (section, field) in ALIASES.items():
            if value := self._values.get(alias):
                found.setdefault(section, {})[field] = value
        return found


class Settings(SettingsTree, BaseSettings):
    """The settings of this process."""

    model_config = SettingsConfigDict(
        env_nested_delimiter="__",
        env_file=".env",
        extra="ignore",
        frozen=True,
        env_ignore_empty=True,
        use_attribute_docstrings=True,
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags, environment, its aliases, `.env`, its aliases."""
        env_aliases = _AliasSource(settings_cls, os.environ)
        dotenv_aliases = _AliasSource(settings_cls, _env_file())
        return init_settings, env_settings, env_aliases, dotenv_settings, dotenv_aliases


def _env_file() -> dict[str, str | None]:
    return dotenv_values(".env") if Path(".env").is_file() else {}


def load_environment() -> dict[str, str]:
    """The environment over `.env`: where mcp.json takes its variables from."""
    return {**{name: value for name, value in _env_file().items() if value}, **os.environ}


def load_settings(flags: Mapping[str, Mapping[str, Any]] | None = None) -> Settings:
    """Read all settings; `flags` is nested like the tree and wins over every other source.

    Raises:
        ConfigurationError: a value is not allowed or a name is unknown; names the variable.
    """
    given: dict[str, Any] = {section: dict(values) for section, values in (flags or {}).items() if values}
    try:
        return Settings(**given)
    except ValidationError as error:
        raise _explained(error) from error
    except SettingsError as error:
        named = re.search(r'field "(\w+)"', str(error))
        variable = named[1].upper() if named else "a setting"
        raise ConfigurationError(
            f"{variable} cannot be read: {error.__cause__ or error}.",
            hint="Settings are named SECTION__NAME, for example MODEL__BASE_URL; lists and tables are written as JSON.",
        ) from error


def _explained(error: ValidationError) -> ConfigurationError:
    first = error.errors(include_url=False)[0]
    path = [str(part) for part in first["loc"]]
    variable = "__".join(path).upper()
    if first["type"] == "extra_forbidden":
        known = list(SettingsTree.model_fields[path[0]].annotation.model_fields) if path else []  # type: ignore[union-attr]  # sections are models
        near = difflib.get_close_matches(path[-1], known, 1) or known
        hint = f"Did you mean {path[0].upper()}__{near[0].upper()}?" if near else "See .env.example."
        return ConfigurationError(f"{variable} is not a setting.", hint=hint)
    shown = "" if isinstance(first["input"], dict | list) else f" (it is {str(first['input'])!r})"
    return ConfigurationError(f"{variable}: {first['msg']}{shown}.", hint="See .env.example for what is allowed.")
