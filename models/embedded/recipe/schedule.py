"""What the training does when: a function of the tokens seen, so that neither clock nor loss can change a run.

Following the loss was decided against: a run could not be repeated on another machine, nor resumed.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Learning rate and difficulty over a budget of (padded) tokens."""

    budget: int
    warm_up: float = 0.01
    """Share of the budget in which the learning rate rises to its top."""
    decay: float = 0.5
    """Share of the budget, at the end, in which it falls to zero; 0: it stays, for a run that another one continues."""
    ramp: float = 0.25
    """Share of the budget in which the conversations grow from the simplest to the whole mix; 0: at once."""

    def rate(self, tokens: int) -> float:
        """Share of the top learning rate, more than 0 and at most 1, for the next step after `tokens`."""
        share = tokens / self.budget
        falling = (1.0 - share) / self.decay if self.decay else 1.0
        return min(1.0, (share + 0.001) / self.warm_up, falling)

    def level(self, tokens: int) -> float:
        """Difficulty of the conversations, 0 to 1."""
        return 1.0 if self.ramp == 0 else min(1.0, tokens / self.budget / self.ramp)

    def is_over(self, tokens: int) -> bool:
        """Whether the budget is spent."""
        return tokens >= self.budget
