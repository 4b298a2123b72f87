"""A mapping read from YAML with the path of every key at hand, so that each error says which value is wrong."""

import math
import re
from typing import Any, NoReturn, cast

NAME = re.compile(r"/[A-Za-z_][A-Za-z0-9_]*(?:/[A-Za-z_][A-Za-z0-9_]*)*")
"""A full name of a topic, service or action."""
TYPE = re.compile(r"[A-Za-z_]\w*(?:/(?:msg|srv|action))?/[A-Za-z_]\w*")
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class ProfileError(ValueError):
    """A robot profile cannot be used; the message names file, key and what is allowed."""


class Section:
    """One mapping of a profile; every read takes a key away, `close` refuses what is left."""

    def __init__(self, value: object, *, file: str, path: str = "") -> None:
        self._file, self._path = file, path
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise ProfileError(f"{file}: {path.rstrip('.') or 'the profile'} must be a mapping, got {value!r}")
        self._left = dict(cast(dict[Any, Any], value))
        self._known: list[str] = []

    def refuse(self, key: str, allowed: str, found: object) -> NoReturn:
        """Say what is wrong.

        Raises:
            ProfileError: always.
        """
        found_text = "nothing" if found is None else repr(found)
        raise ProfileError(f"{self._file}: {self._path}{key} must be {allowed}, got {found_text}")

    def close(self) -> None:
        """Refuse the keys that nobody asked for.

        Raises:
            ProfileError: there is one.
        """
        for key in self._left:
            known = ", ".join(sorted(self._known))
            raise ProfileError(f"{self._file}: {self._path}{key} is unknown; known here: {known}")

    def has(self, key: str) -> bool:
        """Whether the key is there with a value."""
        return self._left.get(key) is not None

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self._left.pop(key, None)

    def section(self, key: str) -> "Section":
        """A mapping inside; a missing one is empty."""
        return Section(self._take(key), file=self._file, path=f"{self._path}{key}.")

    def number(self, key: str, *, at_least: float, at_most: float = math.inf, default: float | None = None) -> float:
        """A finite number."""
        found = self._take(key)
        value = default if found is None else found
        upper = "" if math.isinf(at_most) else f" and at most {at_most:g}"
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.refuse(key, f"a number of at least {at_least:g}{upper}", found)
        if not at_least <= value <= at_most:
            self.refuse(key, f"a number of at least {at_least:g}{upper}", found)
        return float(value)

    def port(self, key: str, *, default: int) -> int:
        """A TCP port."""
        found = self._take(key)
        value = default if found is None else found
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 65535:
            self.refuse(key, "a port between 0 and 65535", found)
        return value

    def text(self, key: str, *, default: str | None = None) -> str:
        """Any text."""
        found = self._take(key)
        value = default if found is None else found
        if not isinstance(value, str):
            self.refuse(key, "text", found)
        return value

    def _matching(self, key: str, pattern: re.Pattern[str], allowed: str) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.refuse(key, allowed, value)
        return value

    def word(self, key: str) -> str:
        """A name that can be part of a file name."""
        return self._matching(key, WORD, "a name of letters, digits, dot, dash and underscore")

    def topic(self, key: str) -> str:
        """A full name as ROS writes it."""
        return self._matching(key, NAME, "a full name like /turtle1/pose")

    def type_name(self, key: str) -> str:
        """A message type."""
        return self._matching(key, TYPE, "a type like geometry_msgs/msg/Twist")

    def interval(self, key: str) -> tuple[float, float]:
        """Two numbers, the smaller first."""
        found = self._take(key)
        numbers = cast(list[Any], found) if isinstance(found, list) else []
        good = all(isinstance(end, int | float) and not isinstance(end, bool) and math.isfinite(end) for end in numbers)
        if len(numbers) != 2 or not good or not numbers[0] < numbers[1]:
            self.refuse(key, "two numbers [least, most]", found)
        return float(numbers[0]), float(numbers[1])

    def _pairs(self, key: str) -> dict[str, str]:
        found = self._take(key)
        pairs = cast(dict[Any, Any], found) if isinstance(found, dict) else {}
        if (found is not None and not isinstance(found, dict)) or not all(
            isinstance(part, str) for pair in pairs.items() for part in pair
        ):
            self.refuse(key, "a mapping of names to text", found)
        return pairs

    def names(self, key: str) -> dict[str, str]:
        """A mapping of text to text; a missing one is empty."""
        return self._pairs(key)

    def topics(self, key: str) -> dict[str, str]:
        """A mapping of full topic names to types; a missing one is empty."""
        pairs = self._pairs(key)
        for topic, type_name in pairs.items():
            if not NAME.fullmatch(topic):
                self.refuse(key, "topics with full names like /turtle1/cmd_vel", topic)
            if not TYPE.fullmatch(type_name):
                self.refuse(f"{key}.{topic}", "a type like geometry_msgs/msg/Twist", type_name)
        return pairs

    def globs(self, key: str) -> tuple[str, ...]:
        """A list of globs that begin with a slash; a missing one is empty."""
        found = self._take(key)
        globs = cast(list[Any], found) if isinstance(found, list) else []
        if found is not None and not isinstance(found, list):
            self.refuse(key, "a list of globs like /turtle1/*", found)
        for glob in globs:
            if not isinstance(glob, str) or not glob.startswith("/"):
                self.refuse(key, "a list of globs that begin with a slash", glob)
        return tuple(globs)
