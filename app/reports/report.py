"""A report as data: what is shown, without a word about how."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from app.reports.chart import Chart

Cell = str | int | float | bool | None
"""None was not measured and is shown as `n/a`."""

NOT_MEASURED = "n/a"


@dataclass(frozen=True)
class Column:
    """How one column is headed and its numbers are written."""

    name: str
    unit: str = ""
    digits: int = 1
    """Digits after the point of a float; whole numbers have none."""
    better: Literal["lower", "higher", ""] = ""
    """Which end of the column is marked as the best."""

    @property
    def heading(self) -> str:
        """Name and unit."""
        return f"{self.name}, {self.unit}" if self.unit else self.name


@dataclass(frozen=True)
class Table:
    """Rows under headings. A plain string among the columns is a column without unit."""

    title: str
    columns: Sequence[Column | str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    appendix: bool = False
    """Whether the page shows it after the charts, with what one looks up rather than reads."""

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(f"{self.title}: a row has {len(row)} cells under {len(self.columns)} headings")

    @property
    def headings(self) -> list[Column]:
        """The columns, all in the long form."""
        return [Column(column) if isinstance(column, str) else column for column in self.columns]

    def best(self, index: int) -> Cell:
        """The best number of a column that has one; None where no two rows differ."""
        better = self.headings[index].better
        numbers = [row[index] for row in self.rows if is_number(row[index])]
        if not better or len(set(numbers)) < 2:
            return None
        return min(numbers) if better == "lower" else max(numbers)  # type: ignore[type-var]  # only numbers are left


@dataclass(frozen=True)
class Detail:
    """Something to unfold: a failure with what was expected and what came."""

    title: str
    parts: Sequence[tuple[str, str]]
    """Label and text of each part; line breaks are kept."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """One measurement."""

    title: str
    made_with: str
    """The command line that makes it again."""
    tables: Sequence[Table]
    charts: Sequence[Chart] = ()
    notes: Sequence[str] = ()
    """What a reader must know to read the numbers, a sentence each."""
    details: Sequence[Detail] = ()
    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    """The circumstances: machine, versions, number of requests."""
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Anything else for programs; only the JSON form has it."""
    made_at: datetime = field(default_factory=lambda: datetime.now(UTC))


def is_number(cell: Cell) -> bool:
    """Whether a cell can be compared with others of its column."""
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def shown(cell: Cell, column: Column) -> str:
    """A cell for people: `n/a`, yes and no, thousands apart."""
    if cell is None:
        return NOT_MEASURED
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{cell:,.{column.digits}f}" if isinstance(cell, float) else cell


def numeric_columns(table: Table) -> Iterator[bool]:
    """For each column whether it holds numbers, and so stands at the right."""
    for index in range(len(table.columns)):
        cells = [row[index] for row in table.rows if row[index] is not None]
        yield all(is_number(cell) for cell in cells) if cells else bool(table.headings[index].unit)
