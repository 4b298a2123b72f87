"""Percentiles by linear interpolation between the two nearest values, as numpy's default."""

from collections.abc import Sequence

PERCENTILES = (10, 25, 50, 75, 90, 95, 99)


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` percent lie below; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * share / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def mean(values: Sequence[float]) -> float | None:
    """The sum over the count; None of nothing."""
    return sum(values) / len(values) if values else None


def median(values: Sequence[float]) -> float | None:
    """The middle value; None of nothing."""
    return percentile(values, 50)
