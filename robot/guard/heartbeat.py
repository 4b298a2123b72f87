"""Signs of life of the agent behind a movement. Wanted only after the first one was seen."""


class Heartbeat:
    """The last sign of life."""

    def __init__(self, within_s: float) -> None:
        self._within_s = within_s
        self._at: float | None = None
        self.run = ""
        """Whose it is."""
        self.channel = 0
        """The control connection it came over."""

    def heard(self, run: str, channel: int, now: float) -> None:
        """It is alive."""
        self.run, self.channel, self._at = run, channel, now

    def lost(self, channel: int) -> None:
        """A control connection ended; if the signs came over it there will be none."""
        if channel == self.channel and self._at is not None:
            self._at = float("-inf")

    def missing(self, now: float) -> bool:
        """Whether there should have been one by now."""
        return self._at is not None and now - self._at >= self._within_s
