"""Who is measured: models by name or address, each as settings of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.bench.target import checked, parse_target
from app.chat.models import with_running_server
from app.errors import UsageError
from app.settings import ModelSettings, SettingsTree


@dataclass(frozen=True)
class Contender:
    """A model, and everything the agent is opened with."""

    name: str
    """As the person called it; empty for the one that `run` would use."""
    settings: SettingsTree


def contenders(settings: SettingsTree, *, endpoints: Sequence[str], models: Sequence[str]) -> list[Contender]:
    """Endpoints written as `NAME=URL[,model=...]`, then models by name; without either the one that `run` would use.

    None has fallbacks: another model's answer would count for it.

    Raises:
        UsageError: An endpoint is written wrongly, or a name is given twice.
    """
    base = with_running_server(settings).model_copy(update={"fallbacks": []})
    targets = checked([parse_target(text) for text in endpoints])
    found = [
        _contender(settings, target.name, base, base_url=target.url, name=target.model, api_key=target.endpoint.api_key)
        for target in targets
    ]
    found += [_contender(settings, name, base, name=name) for name in models]
    names = [contender.name for contender in found]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(f"'{twice}' is named twice.", hint="Name every model once.")
    return found or [_contender(settings, "", base)]


def _contender(settings: SettingsTree, called: str, base: ModelSettings, **changed: Any) -> Contender:
    model = base.model_copy(update=changed | ({"endpoints": {}} if "base_url" in changed else {}))
    return Contender(called, settings.model_copy(update={"model": model}))
