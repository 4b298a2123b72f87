"""One field of a server's form: what may be typed into it, and what it becomes."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

Value = str | int | float | bool | list[str]

_YES, _NO = ("y", "yes", "true", "1"), ("n", "no", "false", "0")


def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or ("T" in value and bool(datetime.fromisoformat(value)))


def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.strptime(value, "%Y-%m-%d"))


def _is_email(value: object) -> bool:
    return not isinstance(value, str) or ("@" in value[1:-1] and " " not in value)


def _is_uri(value: object) -> bool:
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


_FORMATS = {"date-time": _is_date_time, "date": _is_date, "email": _is_email, "uri": _is_uri}


@dataclass(frozen=True)
class FormField:
    """A property of the form's schema."""

    name: str
    schema: dict[str, Any]
    required: bool

    @property
    def title(self) -> str:
        """What the field is called for people."""
        return str(self.schema.get("title") or self.name)

    @property
    def default(self) -> str:
        """What stands in the field at first."""
        value = self.schema.get("default")
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, list):
            return ", ".join(map(str, cast(list[Any], value)))
        return "" if value is None else str(value)

    def parse(self, text: str) -> Value | None:
        """The value that was typed; None for an optional field left empty.

        Raises:
            ValueError: with a sentence about what is allowed.
        """
        text = text.strip()
        if not text and not self.required:
            return None
        if not text and self.schema.get("type") != "string":
            raise ValueError("A value is needed.")
        value = self._converted(text)
        for error in _validator(self.schema).iter_errors(value):
            raise ValueError(f"{error.message}.")
        return value

    def hint(self) -> str:
        """What may be typed, in a few words."""
        kind = str(self.schema.get("type", "string"))
        if options := _options(self.schema):
            return "one of: " + _listed(options)
        if kind == "array":
            return "several, with commas, of: " + _listed(_options(self.schema.get("items", {})))
        named = {"boolean": "yes or no", "integer": "whole number", "number": "number"}.get(kind, "text")
        named = str(self.schema.get("format", named))
        low, high = self.schema.get("minimum"), self.schema.get("maximum")
        bounds = [f"from {low}"] if low is not None else []
        return " ".join([named, *bounds, *([f"to {high}"] if high is not None else [])])

    def _converted(self, text: str) -> Value:
        kind = self.schema.get("type")
        if kind == "boolean":
            return _boolean(text)
        if kind == "integer":
            return _number(text, int, "a whole number")
        if kind == "number":
            return _number(text, float, "a number")
        if kind == "array":
            options = _options(self.schema.get("items", {}))
            return [_chosen(part.strip(), options) for part in text.split(",") if part.strip()]
        return _chosen(text, _options(self.schema))


def form_fields(schema: dict[str, Any]) -> list[FormField]:
    """The fields of a form's schema, in its order."""
    required = schema.get("required", [])
    return [FormField(name, field, name in required) for name, field in schema.get("properties", {}).items()]


def _validator(schema: dict[str, Any]) -> "Draft202012Validator":
    """Imported here because a form is rare, and servers start only after this module is loaded."""
    from jsonschema import Draft202012Validator, FormatChecker

    formats = FormatChecker(formats=())
    for name, check in _FORMATS.items():
        formats.checks(name, raises=ValueError)(check)
    return Draft202012Validator(schema, format_checker=formats)


def _options(schema: dict[str, Any]) -> dict[str, str]:
    """Titles by value, where only some values are allowed."""
    if titled := schema.get("oneOf") or schema.get("anyOf"):
        values = [(str(option["const"]), option.get("title")) for option in titled if "const" in option]
        return {value: str(title or value) for value, title in values}
    values = [str(value) for value in schema.get("enum", [])]
    return dict(zip(values, schema.get("enumNames", values), strict=False))


def _listed(options: dict[str, str]) -> str:
    return ", ".join(value if value == title else f"{value} ({title})" for value, title in options.items())


def _chosen(text: str, options: dict[str, str]) -> str:
    """The value for a typed value or title; anything else is left to the validator."""
    folded = text.casefold()
    return next((value for value, title in options.items() if folded in (value.casefold(), title.casefold())), text)


def _boolean(text: str) -> bool:
    if text.lower() not in _YES + _NO:
        raise ValueError("Please answer yes or no.")
    return text.lower() in _YES


def _number(text: str, kind: type[int] | type[float], wanted: str) -> int | float:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"This must be {wanted}.") from None
