"""What one argument of a call may be; policies and grants both say it this way."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast


@dataclass(frozen=True, kw_only=True)
class ArgumentLimit:
    """What one argument may be; in a list every item is held to it."""

    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    """Regular expression that the whole text must match."""
    one_of: tuple[Any, ...] | None = None
    """The values it may have; with none of them it must be left out."""

    def complaint(self, value: Any) -> str | None:
        """What is allowed, when `value` is not."""
        if isinstance(value, list):
            return next((found for item in cast(list[Any], value) if (found := self.complaint(item))), None)
        if self.one_of is not None and value not in self.one_of:
            return f"must be one of {', '.join(map(str, self.one_of))}" if self.one_of else "must be left out"
        if self.pattern is not None and re.fullmatch(self.pattern, str(value)) is None:
            return f"must match {self.pattern}"
        return None if self._in_range(value) else f"must be a number {self._range()}"

    def described(self) -> str:
        """What is allowed, as it stands behind a name: `from 0 to 10`."""
        parts = [", ".join(map(str, self.one_of)) or "left out"] if self.one_of is not None else []
        parts += [f"matching {self.pattern}"] if self.pattern is not None else []
        parts += [self._range()] if self.min is not None or self.max is not None else []
        return " and ".join(parts)

    def _in_range(self, value: Any) -> bool:
        if self.min is None and self.max is None:
            return True
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        above = self.min is None or value >= self.min
        return above and (self.max is None or value <= self.max)

    def _range(self) -> str:
        if self.min is not None and self.max is not None:
            return f"from {self.min:g} to {self.max:g}"
        return f"of at least {self.min:g}" if self.min is not None else f"of at most {self.max:g}"


def values_at(arguments: Mapping[str, Any], name: str) -> Iterator[Any]:
    """The argument called `name`, or what a dotted path leads to; nothing when it was not given."""
    if name in arguments:
        yield arguments[name]
        return
    head, dot, rest = name.partition(".")
    inner = arguments.get(head)
    for item in cast(list[Any], inner) if isinstance(inner, list) else [inner]:
        if dot and isinstance(item, dict):
            yield from values_at(cast(dict[str, Any], item), rest)
