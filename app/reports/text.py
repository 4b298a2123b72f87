"""A report as Markdown, CSV or JSON."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from app.reports.report import Cell, Report, Table, numeric_columns, shown


def render_markdown(report: Report) -> str:
    """The tables and notes for a README or a merge request; charts are left out."""
    lines = [
        f"# {report.title}",
        "",
        f"Made {report.made_at:%Y-%m-%d %H:%M} UTC with",
        "",
        f"    {report.made_with}",
        "",
    ]
    if report.facts:
        lines += [" · ".join(f"{name}: {value}" for name, value in report.facts.items()), ""]
    for table in report.tables:
        lines += [f"## {table.title}", "", *_markdown_rows(table), "", *([table.note, ""] if table.note else [])]
    if report.notes:
        lines += ["## How to read this", "", *(f"- {note}" for note in report.notes), ""]
    for detail in report.details:
        lines += [f"## {detail.title}", ""]
        for label, text in detail.parts:
            lines += [f"{label}:", "", *(f"    {line}" for line in text.splitlines()), ""]
    return "\n".join(lines).rstrip() + "\n"


def render_csv(report: Report) -> str:
    """The tables with numbers as they are; a second table follows after an empty line and its title."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for index, table in enumerate(report.tables):
        if len(report.tables) > 1:
            writer.writerows([[], [table.title]] if index else [[table.title]])
        writer.writerow([column.heading for column in table.headings])
        writer.writerows([[_raw(cell) for cell in row] for row in table.rows])
    return buffer.getvalue()


def render_json(report: Report) -> str:
    """Everything for programs: tables as lists of objects, then `data`."""
    record: dict[str, Any] = {
        "title": report.title,
        "made_with": report.made_with,
        "made_at": report.made_at.isoformat(),
        "facts": dict(report.facts),
        "notes": list(report.notes),
        "tables": [_table_record(table) for table in report.tables],
        "details": [{"title": detail.title, **dict(detail.parts)} for detail in report.details],
        **report.data,
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _markdown_rows(table: Table) -> Iterator[str]:
    headings = table.headings
    yield _markdown_row([column.heading for column in headings])
    yield "|" + "|".join("---:" if numeric else "---" for numeric in numeric_columns(table)) + "|"
    best = [table.best(index) for index in range(len(headings))]
    for row in table.rows:
        cells = [shown(cell, column) for cell, column in zip(row, headings, strict=True)]
        marked = [cell is not None and cell == top for cell, top in zip(row, best, strict=True)]
        yield _markdown_row([f"**{cell}**" if mark else cell for cell, mark in zip(cells, marked, strict=True)])


def _markdown_row(cells: list[str]) -> str:
    escaped = [" ".join(cell.replace("|", "\\|").split()) for cell in cells]
    return f"| {' | '.join(escaped)} |"


def _table_record(table: Table) -> dict[str, Any]:
    names = [column.heading for column in table.headings]
    return {
        "title": table.title,
        "rows": [dict(zip(names, row, strict=True)) for row in table.rows],
        "note": table.note,
    }


def _raw(cell: Cell) -> Cell:
    return round(cell, 6) if isinstance(cell, float) else cell
