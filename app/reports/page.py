"""A report as one HTML page: light and dark, narrow and wide, on paper, and without a network.

The page has no script. What hovering shows is SVG's own `title`, and failures unfold with `details`.
"""

from pathlib import Path

from app.reports.bar_svg import draw_bars
from app.reports.chart import BarChart, Chart, LineChart
from app.reports.line_svg import draw_lines
from app.reports.report import Report, Table, is_number, numeric_columns, shown
from app.reports.timeline_svg import draw_timeline

_TEMPLATE = Path(__file__).with_name("page.html.jinja")


def render_html(report: Report) -> str:
    """The page, with every chart inside it."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
    tables = [(table, list(numeric_columns(table)), _rows(table)) for table in report.tables]
    charts = [(chart, draw(chart)) for chart in report.charts]
    return template.render(report=report, tables=tables, charts=charts) + "\n"


def draw(chart: Chart) -> str:
    """A chart as an `svg` element; its colours come from the page."""
    if isinstance(chart, BarChart):
        return draw_bars(chart)
    return draw_lines(chart) if isinstance(chart, LineChart) else draw_timeline(chart)


def _rows(table: Table) -> list[list[tuple[str, str]]]:
    """Each cell's text and the classes it is styled by."""
    best = [table.best(index) for index in range(len(table.columns))]
    numeric = list(numeric_columns(table))
    rows: list[list[tuple[str, str]]] = []
    for row in table.rows:
        cells = [shown(cell, column) for cell, column in zip(row, table.headings, strict=True)]
        classes = [
            " ".join(
                name
                for name, holds in (
                    ("number", numeric[index]),
                    ("best", is_number(cell) and cell == best[index]),
                    ("missing", cell is None),
                    ("bad", cell is False),
                )
                if holds
            )
            for index, cell in enumerate(row)
        ]
        rows.append(list(zip(cells, classes, strict=True)))
    return rows
