"""Are the settings readable, and which endpoint do they name?"""

from collections.abc import Mapping
from typing import Any

from app.doctor.finding import Finding, ok, refused
from app.errors import ConfigurationError
from app.settings import SettingsTree
from app.settings_sources import load_settings

_CHECK = "settings"


def check_settings(flags: Mapping[str, Mapping[str, Any]]) -> tuple[SettingsTree | None, Finding]:
    """The settings, or None where they cannot be read."""
    try:
        settings = load_settings(flags)
    except ConfigurationError as error:
        return None, refused(_CHECK, error)
    model = settings.model
    if model.base_url:
        key = "with a key" if model.api_key.get_secret_value() else "without a key"
        return settings, ok(_CHECK, f"{model.base_url}, {key}.")
    if model.endpoints:
        return settings, ok(_CHECK, f"endpoints {', '.join(model.endpoints)}.")
    return settings, ok(_CHECK, "readable; they name no endpoint.")
