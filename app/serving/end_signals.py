"""Requests to end this process, kept until a moment at which they can be followed.

Decided against: raising from the handler, as Python does for Ctrl-C. Such an error can strike between
the start of a server and the note that it runs, and an import that it interrupts may turn it into
another one (CPython 3.11 makes a RuntimeError of whatever a ``__set_name__`` raises).
"""

import signal
from types import FrameType
from typing import Self

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):  # a request, as KeyboardInterrupt is
    """A signal asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


class EndSignals:
    """Listens for Ctrl-C, SIGTERM and SIGHUP while it is entered; ignored ones stay ignored."""

    def __init__(self) -> None:
        self._arrived: list[int] = []

    def __enter__(self) -> Self:
        heard = [number for number in _ENDING if signal.getsignal(number) != signal.SIG_IGN]
        self._previous = {number: signal.signal(number, self._hear) for number in heard}
        return self

    def __exit__(self, *error: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def check(self) -> None:
        """Follow the next request, if one has arrived since the last look.

        Raises:
            Stopped: One has.
        """
        if self._arrived:
            raise Stopped(self._arrived.pop(0))

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self._arrived.append(number)
