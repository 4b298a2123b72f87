"""All attempts of one contender, and the figures they add up to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.agent_bench.attempt import Attempt
from app.bench.pass_hat import pass_hat
from app.bench.percentile import mean

Value = Callable[[Attempt], float | None]


@dataclass(frozen=True, kw_only=True)
class Results:
    """What one contender did."""

    name: str
    model: str
    """Served model name."""
    endpoint: str
    streamed: bool
    """Whether replies came in pieces; only then there is a time to the first one."""
    attempts: Sequence[Attempt]
    """By task in the file's order, and by attempt."""

    @property
    def ended(self) -> list[Attempt]:
        """The attempts whose times say something."""
        return [attempt for attempt in self.attempts if attempt.ended]

    @property
    def by_task(self) -> dict[str, list[Attempt]]:
        """The attempts of each task."""
        groups: dict[str, list[Attempt]] = {}
        for attempt in self.attempts:
            groups.setdefault(attempt.task.id, []).append(attempt)
        return groups

    @property
    def pass_hat(self) -> list[float]:
        """pass^1 to pass^k; the first is the share of attempts that are right."""
        return pass_hat([[attempt.right for attempt in made] for made in self.by_task.values()])

    def values(self, value: Value) -> list[float]:
        """A value of every attempt that ended."""
        return [found for attempt in self.ended if (found := value(attempt)) is not None]

    def mean(self, value: Value) -> float | None:
        """Its mean."""
        return mean(self.values(value))

    def share(self, value: Value) -> float | None:
        """Percent of all turns' time."""
        whole = sum(attempt.seconds for attempt in self.ended)
        return 100 * sum(self.values(value)) / whole if whole else None

    @property
    def model_calls(self) -> list[float]:
        """Seconds of every request that was answered."""
        return [call.seconds for attempt in self.attempts for call in attempt.model if call.ok]

    @property
    def first_tokens(self) -> list[float]:
        """Seconds to the first piece of each of them; none where replies came whole."""
        calls = [call for attempt in self.attempts for call in attempt.model if call.ok]
        return [call.first_token for call in calls if call.first_token is not None] if self.streamed else []

    @property
    def tool_calls(self) -> dict[str, list[float]]:
        """Seconds of the calls that were sent, by tool."""
        groups: dict[str, list[float]] = {}
        for call in (call for attempt in self.attempts for call in attempt.tools):
            if call.seconds:
                groups.setdefault(f"{call.server}:{call.call.name}", []).append(call.seconds)
        return groups

    @property
    def tool_errors(self) -> float | None:
        """Percent of calls that were refused or failed."""
        calls = [call for attempt in self.attempts for call in attempt.tools]
        return 100 * sum(not call.ok for call in calls) / len(calls) if calls else None
