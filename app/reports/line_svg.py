"""Lines: how something grows, with a dot where it was measured."""

from app.reports.chart import LineChart, Series
from app.reports.svg import Scale, colour, drawing, element, legend, page_width, short, text, ticks, tooltip

_LEFT, _TOP, _PLOT = 58.0, 44.0, 220.0


def draw_lines(chart: LineChart) -> str:
    """The chart as an `svg` element."""
    points = [point for series in chart.series for point in series.points] or [(0.0, 0.0)]
    width = page_width(wide=chart.wide)
    marks = ticks(max(y for _, y in points) or 1.0)
    x = _x_scale([point[0] for point in points], width)
    y = Scale(0.0, marks[-1], _TOP + _PLOT, _TOP)
    parts = [legend([series.name for series in chart.series], 14), text(chart.y_label, 2, 34, "tick")]
    for mark in marks:
        parts.append(
            element("line", x1=_LEFT, x2=width - 16, y1=y(mark), y2=y(mark), class_="grid" if mark else "axis")
        )
        parts.append(text(short(mark), _LEFT - 8, y(mark) + 4, "tick", "end"))
    for value in sorted({point[0] for point in points}):
        parts.append(text(short(value), x(value), _TOP + _PLOT + 18, "tick", "middle"))
    parts.append(text(chart.x_label, (_LEFT + width) / 2, _TOP + _PLOT + 36, "tick", "middle"))
    parts += [_line(series, x, y, colour(index)) for index, series in enumerate(chart.series)]
    return drawing(chart.title, width, _TOP + _PLOT + 42, parts)


def _x_scale(values: list[float], width: float) -> Scale:
    low, high = min(values), max(values)
    return Scale(low, high if high > low else low + 1, _LEFT + 24, width - 40)


def _line(series: Series, x: Scale, y: Scale, style: str) -> str:
    points = sorted(series.points)
    path = "M" + "L".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points) if points else "M0,0"
    dots = [
        element(
            "circle",
            tooltip(f"{series.name}: {short(b)} at {short(a)}"),
            cx=x(a),
            cy=y(b),
            r=4.5,
            class_=f"dot {style}",
        )
        for a, b in points
    ]
    return element("path", d=path, class_=f"line {style}") + "".join(dots)
