"""Bars: how much, with the range it was seen in as a thin line over each."""

from app.reports.chart import Bar, BarChart
from app.reports.svg import Scale, colour, drawing, element, legend, page_width, short, text, ticks, tooltip, width_of

_ROW, _BAR, _GAP = 27, 16, 10
"""Height of a row, of its bar, and space between labels."""


def draw_bars(chart: BarChart) -> str:
    """The chart as an `svg` element."""
    groups = list(dict.fromkeys(bar.group for bar in chart.bars))
    labels = list(dict.fromkeys(bar.label for bar in chart.bars))
    top = 28.0 if len(groups) > 1 else 8.0
    scale = _scale(chart)
    parts = [legend(groups, 14)] if len(groups) > 1 else []
    y = top
    body: list[str] = []
    for label in labels:
        mine = [bar for bar in chart.bars if bar.label == label]
        middle = y + len(mine) * (_BAR + 3) / 2 + 3
        body.append(text(label, scale.start - _GAP, middle, anchor="end"))
        for bar in mine:
            body.append(_bar(bar, y, scale, chart, colour(groups.index(bar.group))))
            y += _BAR + 3
        y += _ROW - _BAR - 3
    return drawing(
        chart.title, page_width(wide=chart.wide), y + 18, [*parts, _grid(scale, top - 4, y - 4, chart.unit), *body]
    )


def _scale(chart: BarChart) -> Scale:
    known = [value for bar in chart.bars for value in (bar.value, bar.high) if value is not None]
    left = min(max((width_of(bar.label) for bar in chart.bars), default=0.0), 240) + _GAP + 2
    return Scale(0.0, ticks(max(known, default=1.0) or 1.0)[-1], left, page_width(wide=chart.wide) - 56)


def _grid(scale: Scale, top: float, bottom: float, unit: str) -> str:
    parts: list[str] = []
    marks = ticks(scale.high)
    for mark in marks:
        x = scale(mark)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="axis" if mark == 0 else "grid"))
        parts.append(text(short(mark) + (f" {unit}" if mark == marks[-1] else ""), x, bottom + 16, "tick", "middle"))
    return "".join(parts)


def _bar(bar: Bar, y: float, scale: Scale, chart: BarChart, style: str) -> str:
    if bar.value is None:
        return text("n/a", scale.start + 6, y + 12, "tick")
    value = f"{bar.value:,.{chart.digits}f}"
    seen = "" if bar.low is None or bar.high is None else f" ({short(bar.low)} to {short(bar.high)})"
    said = tooltip(f"{bar.label}{f', {bar.group}' if bar.group else ''}: {value} {chart.unit}{seen}")
    end = scale(bar.value)
    parts = [_shape(scale.start, end, y, style, said)]
    last = end
    if bar.low is not None and bar.high is not None and bar.high > bar.low:
        last = max(end, scale(bar.high))
        parts.append(_range(scale(bar.low), scale(bar.high), y + _BAR / 2))
    return "".join(parts) + text(value, last + 6, y + 12, "value")


def _shape(start: float, end: float, y: float, style: str, said: str) -> str:
    """A bar that is round where it ends and straight where it begins."""
    length = max(end - start, 1.5)
    curve = min(4.0, length / 2)
    path = (
        f"M{start:.1f},{y:.1f}h{length - curve:.1f}a{curve:.1f},{curve:.1f} 0 0 1 {curve:.1f},{curve:.1f}"
        f"v{_BAR - 2 * curve:.1f}a{curve:.1f},{curve:.1f} 0 0 1 {-curve:.1f},{curve:.1f}h{curve - length:.1f}z"
    )
    return element("path", said, d=path, class_=f"fill {style}")


def _range(low: float, high: float, y: float) -> str:
    line = element("line", x1=low, x2=high, y1=y, y2=y, class_="range")
    ends = "".join(element("line", x1=x, x2=x, y1=y - 4, y2=y + 4, class_="range") for x in (low, high))
    return line + ends
