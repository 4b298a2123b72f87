"""Which interface types the robot knows: asking rosapi about another one can crash it, so the guard asks first."""

import time
from typing import Any, cast

from robot.guard.link import RobotLink

FRESH_S = 2.0
"""A type that was not there is looked for again after this time."""
_SERVICES = ("/rosapi/interfaces", "/rosapi_node/interfaces")


class InterfaceTypes:
    """The list, as the robot last gave it."""

    def __init__(self, link: RobotLink) -> None:
        self._link = link
        self._known: frozenset[str] = frozenset()
        self._at = float("-inf")

    def known(self, name: str) -> bool | None:
        """Whether the robot knows the type; None when it must be asked."""
        if name in self._known:
            return True
        return False if time.monotonic() - self._at < FRESH_S else None

    async def refresh(self) -> None:
        """Ask the robot; one that does not answer knows nothing."""
        found: frozenset[str] = frozenset()
        for service in _SERVICES:
            found = _names(await self._link.ask(service))
            if found:
                break
        self._known, self._at = found, time.monotonic()

    def forget(self) -> None:
        """Another robot may answer from now on."""
        self._known, self._at = frozenset(), float("-inf")


def _names(values: object) -> frozenset[str]:
    lists = cast(dict[str, Any], values).values() if isinstance(values, dict) else ()
    return frozenset(name for names in lists if isinstance(names, list) for name in names if isinstance(name, str))
