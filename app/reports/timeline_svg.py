"""A timeline: which request ran when, and how long it waited for its first token."""

from app.reports.chart import Span, TimelineChart
from app.reports.svg import Scale, colour, drawing, element, legend, page_width, short, text, ticks, tooltip, width_of

_LINE, _GAP = 11.0, 12.0


def draw_timeline(chart: TimelineChart) -> str:
    """The chart as an `svg` element."""
    width = page_width(wide=chart.wide)
    rows = list(dict.fromkeys(span.row for span in chart.spans))
    groups = list(dict.fromkeys(span.group for span in chart.spans))
    marks = ticks(max((span.end for span in chart.spans), default=1.0), wanted=7)
    left = max((width_of(row) for row in rows), default=0.0) + 14
    scale = Scale(0.0, marks[-1], left, width - 24)
    top = 28.0 if len(groups) > 1 else 8.0
    y, body = top, list[str]()
    for row in rows:
        mine = [span for span in chart.spans if span.row == row]
        body.append(text(row, left - 10, y + len(mine) * _LINE / 2 + 4, anchor="end"))
        for span in mine:
            body.append(_span(span, y, scale, colour(groups.index(span.group))))
            y += _LINE
        y += _GAP
    parts = [legend(groups, 14)] if len(groups) > 1 else []
    return drawing(chart.title, width, y + 14, [*parts, _grid(scale, marks, top - 4, y - 6), *body])


def _grid(scale: Scale, marks: list[float], top: float, bottom: float) -> str:
    parts: list[str] = []
    for mark in marks:
        x = scale(mark)
        parts.append(element("line", x1=x, x2=x, y1=top, y2=bottom, class_="grid" if mark else "axis"))
        parts.append(text(short(mark) + (" s" if mark == marks[-1] else ""), x, bottom + 16, "tick", "middle"))
    return "".join(parts)


def _span(span: Span, y: float, scale: Scale, style: str) -> str:
    said = tooltip(_words(span))
    kind = "fill" if span.ok else "failed"
    mark = span.end if span.mark is None else span.mark
    waits = _piece(span.start, mark, y, scale, f"{kind} waiting {style}", said)
    return waits + (_piece(mark, span.end, y, scale, f"{kind} {style}", said) if mark < span.end else "")


def _piece(start: float, end: float, y: float, scale: Scale, style: str, said: str) -> str:
    width = max(scale(end) - scale(start), 0.8)
    return element(
        "rect", said, x=scale(start), y=y, width=width, height=_LINE - 3, rx=min(2.0, width / 2), class_=style
    )


def _words(span: Span) -> str:
    first = "" if span.mark is None else f", first token after {span.mark - span.start:.3f} s"
    return f"{span.row}: {span.end - span.start:.3f} s{first}{'' if span.ok else ', failed'}"
