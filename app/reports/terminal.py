"""A report in the terminal."""

from typing import TYPE_CHECKING

from app.reports.report import Cell, Report, Table, numeric_columns, shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable

_MOST_SIDE_BY_SIDE = 6
"""Rows that may stand beside each other when a table is turned."""
_ENDLESS = 10_000


def print_tables(console: "Console", report: Report) -> None:
    """Print the tables and the notes; the best of a column is bold and green."""
    for table in report.tables:
        console.print(table.title, style="bold", markup=False, highlight=False)
        console.print(_fitting(console, table))
        if table.note:
            console.print(table.note, style="dim", markup=False)
        console.print()
    for note in report.notes:
        console.print(f"· {note}", style="dim", markup=False, highlight=False)


def _fitting(console: "Console", table: Table) -> "RichTable":
    """The table, or where the terminal is too narrow for it, its columns as rows."""
    from rich.measure import Measurement

    upright = _rich_table(table)
    natural = Measurement.get(console, console.options.update_width(_ENDLESS), upright).maximum
    wide = natural > console.width and len(table.rows) <= _MOST_SIDE_BY_SIDE
    return _turned(table) if wide else upright


def _turned(table: Table) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    made = RichTable(box=box.SIMPLE, show_header=False)
    made.add_column(style="dim")
    for _ in table.rows:
        made.add_column(justify="right")
    for index, column in enumerate(table.headings):
        best = table.best(index)
        cells = [row[index] for row in table.rows]
        made.add_row(column.heading, *(Text(shown(c, column), _style(c, best)) for c in cells))
    return made


def _style(cell: Cell, best: Cell) -> str:
    return "bold green" if cell is not None and cell == best else ""


def _rich_table(table: Table) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    made = RichTable(box=box.SIMPLE_HEAD)
    for column, numeric in zip(table.headings, numeric_columns(table), strict=True):
        heading = Text(column.name + (f"\n{column.unit}" if column.unit else ""))
        made.add_column(heading, justify="right" if numeric else "left", vertical="top")
    best = [table.best(index) for index in range(len(table.columns))]
    for row in table.rows:
        cells = zip(row, table.headings, best, strict=True)
        made.add_row(*(Text(shown(cell, column), _style(cell, top)) for cell, column, top in cells))
    return made
