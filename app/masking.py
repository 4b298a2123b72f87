"""Hides secrets in what people and logs read: values that are known to be secret, and what looks like one.

A value is known from the settings, from mcp.json and from the environment, and stays known for the whole process.
Patterns catch what nobody told us: headers, addresses with a password, assignments to names like `api_key`.
"""

import json
import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlsplit

from pydantic import BaseModel, SecretStr

MASK = "***"
SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL", re.IGNORECASE)
"""Names whose values a person who writes an mcp.json would not show."""

_SHORTEST = 6
_HARMLESS = frozenset({"bearer", "ollama", "lm-studio", "not-needed", "no-key-required"})
"""What people write where a key is asked for and none is needed."""
_VARIABLE = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASS|CREDENTIALS?)$", re.IGNORECASE)
_SHORTEST_VARIABLE = 8
_ASSIGNED = r"['\"]?\s*[:=,]\s*b?['\"]?"
_VALUE = r"[^\s'\",;&)}\]]+"
_PATTERNS = (
    (
        re.compile(
            rf"(?i)\b((?:proxy-)?authorization|x-api-key|(?:set-)?cookie)({_ASSIGNED}(?:\w+\s+)?){_VALUE}",
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"(?i)\b(bearer\s+)(?=\S*\d)[\w.~+/=-]{8,}"), rf"\1{MASK}"),
    (re.compile(r"\b([A-Za-z][A-Za-z0-9+.-]*://)[^\s/'\"<>]+@"), rf"\1{MASK}@"),
    (
        re.compile(
            rf"(?i)\b([\w-]*(?:api[_-]?key|token|secret|password|passwd|credential))(['\"]?\s*[:=]\s*['\"]?){_VALUE}"
        ),
        rf"\1\2{MASK}",
    ),
)

_known: set[str] = set()
_any_known: re.Pattern[str] | None = None


def remember_secrets(values: Iterable[str]) -> None:
    """From now on hide these values wherever `mask` is asked; short ones would hide half of every text."""
    global _any_known
    new = {form for value in values if _can_be_hidden(value) for form in _forms(value)} - _known
    if new:
        _known.update(new)
        _any_known = _any_of(_known)


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without `secrets`, without the values that are remembered, and without what looks like one."""
    if secrets := tuple(secrets):
        text = _any_of(secrets).sub(MASK, text)
    if _any_known is not None:
        text = _any_known.sub(MASK, text)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def secrets_in(settings: BaseModel) -> set[str]:
    """The values of all secret fields, and the passwords in addresses, at any depth."""
    found: set[str] = set()
    for value in dict(settings).values():
        found |= _secrets_of(value)
    return found


def secrets_in_url(url: str) -> set[str]:
    """Password, user and the values of query fields with a telling name."""
    try:
        parts = urlsplit(url)
        named = {value for name, value in parse_qsl(parts.query) if SECRET_NAME.search(name)}
        return {value for value in (parts.password, parts.username if not parts.password else None) if value} | named
    except ValueError:
        return set()


def secrets_in_environment(environment: Mapping[str, str]) -> set[str]:
    """Values of variables that are named like a key, token or password, and are no path."""
    return {
        value
        for name, value in environment.items()
        if _VARIABLE.search(name) and len(value) >= _SHORTEST_VARIABLE and not value.startswith("/")
    }


def _secrets_of(value: object) -> set[str]:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return {secret} | secrets_in_url(secret)
    if isinstance(value, BaseModel):
        return secrets_in(value)
    if isinstance(value, dict):
        return {secret for inner in value.values() for secret in _secrets_of(inner)}  # pyright: ignore[reportUnknownVariableType]  # any value is fine
    return secrets_in_url(value) if isinstance(value, str) and "://" in value else set()


def _can_be_hidden(value: str) -> bool:
    return len(value) >= _SHORTEST and value.lower() not in _HARMLESS


def _forms(value: str) -> set[str]:
    """The value as it is, in an address, and in JSON."""
    return {value, quote(value, safe=""), json.dumps(value)[1:-1]}


def _any_of(values: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(re.escape(value) for value in sorted(values, key=len, reverse=True)))
