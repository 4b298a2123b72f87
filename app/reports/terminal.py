"""A report in the terminal."""

from typing import TYPE_CHECKING

from app.reports.report import Report, Table, numeric_columns, shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table as RichTable


def print_tables(console: "Console", report: Report) -> None:
    """Print the tables and the notes; the best of a column is bold and green."""
    for table in report.tables:
        console.print(_rich_table(table))
        if table.note:
            console.print(table.note, style="dim", markup=False)
        console.print()
    for note in report.notes:
        console.print(f"· {note}", style="dim", markup=False, highlight=False)


def _rich_table(table: Table) -> "RichTable":
    from rich import box
    from rich.table import Table as RichTable
    from rich.text import Text

    made = RichTable(title=Text(table.title), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD)
    for column, numeric in zip(table.headings, numeric_columns(table), strict=True):
        heading = Text(column.name + (f"\n{column.unit}" if column.unit else ""))
        made.add_column(heading, justify="right" if numeric else "left", vertical="top")
    best = [table.best(index) for index in range(len(table.columns))]
    for row in table.rows:
        cells = zip(row, table.headings, best, strict=True)
        made.add_row(
            *(
                Text(shown(cell, column), "bold green" if cell is not None and cell == top else "")
                for cell, column, top in cells
            )
        )
    return made
