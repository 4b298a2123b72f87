"""Charts as data. Three kinds are enough: how much, how it grows, and what happened when."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Bar:
    """One value, and the range it was seen in."""

    label: str
    value: float | None
    """None was not measured; the bar is left out and says so."""
    low: float | None = None
    high: float | None = None
    group: str = ""
    """Bars of one group have one colour; the groups are the legend."""


@dataclass(frozen=True)
class BarChart:
    """Horizontal bars with their values written at the end."""

    title: str
    unit: str
    bars: Sequence[Bar]
    note: str = ""
    digits: int = 1
    wide: bool = False
    """Whether it gets the page's whole width."""


@dataclass(frozen=True)
class Series:
    """One line."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True)
class LineChart:
    """Lines over a common axis, with a dot at each measured point."""

    title: str
    x_label: str
    y_label: str
    series: Sequence[Series]
    note: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of time in a row, such as one request: seconds since the chart's beginning."""

    row: str
    start: float
    end: float
    mark: float | None = None
    """A moment inside, such as the first token; the stretch before it is drawn lighter."""
    group: str = ""
    ok: bool = True


@dataclass(frozen=True)
class TimelineChart:
    """What happened when, one line for each span, rows of one name together."""

    title: str
    spans: Sequence[Span]
    note: str = ""
    wide: bool = True


Chart = BarChart | LineChart | TimelineChart
