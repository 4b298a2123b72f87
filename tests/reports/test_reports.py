"""One report in every form, with the cells that go wrong: nothing measured, markup, pipes, other scripts."""

import csv
import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from app.errors import ConfigurationError
from app.reports import (
    Bar,
    BarChart,
    Column,
    Detail,
    LineChart,
    Report,
    Series,
    Span,
    Table,
    TimelineChart,
    print_tables,
    render_csv,
    render_html,
    render_json,
    render_markdown,
    write_report,
)
from app.reports.svg import ticks

SPEED = Table(
    "Speed",
    [
        "endpoint",
        Column("TTFT", "ms", better="lower"),
        Column("rate", "tokens/s", 0, better="higher"),
        "right",
        "memory",
    ],
    [
        ["vllm | <b>fast</b>", 50.04, 1234.4, True, None],
        ["한국어 서버", 1250.0, 99.0, False, "1.5 GB"],
    ],
    note="Medians.",
)
CHARTS = [
    BarChart("Bars", "ms", [Bar("a<b", 5.0, 4.0, 7.0, "single"), Bar("a<b", None, group="concurrent")]),
    LineChart("Lines", "at once", "tokens/s", [Series("one & all", [(1, 10.0), (4, 31.0), (8, 30.0)])]),
    TimelineChart("When", [Span("one", 0.0, 2.0, 0.5, "single"), Span("one", 2.0, 2.1, None, "single", ok=False)]),
]


@pytest.fixture
def report() -> Report:
    return Report(
        title="Two <servers>",
        made_with='python -m app bench --endpoint "a=b"',
        tables=[SPEED],
        charts=CHARTS,
        notes=["TPOT = (latency - TTFT) / (n - 1)"],
        details=[Detail("One failed", [("expected", "yes"), ("came", "<script>alert(1)</script>\n  no")])],
        facts={"machine": "2 cores"},
        data={"runs": [1, 2]},
    )


def printed(report: Report, width: int = 100) -> str:
    buffer = io.StringIO()
    print_tables(Console(file=buffer, width=width, color_system=None), report)
    return buffer.getvalue()


def test_markdown_has_one_line_a_row_and_marks_the_best(report: Report):
    lines = render_markdown(report).splitlines()
    assert "| vllm \\| <b>fast</b> | **50.0** | **1,234** | yes | n/a |" in lines
    assert "| 한국어 서버 | 1,250.0 | 99 | no | 1.5 GB |" in lines
    assert "|---|---:|---:|---|---|" in lines


def test_csv_keeps_numbers_as_they_are(report: Report):
    rows = list(csv.reader(io.StringIO(render_csv(report))))
    assert rows[0] == ["endpoint", "TTFT, ms", "rate, tokens/s", "right", "memory"]
    assert rows[1] == ["vllm | <b>fast</b>", "50.04", "1234.4", "True", ""]


def test_a_second_table_of_a_csv_stands_under_its_title(report: Report):
    two = Report(title="t", made_with="m", tables=[SPEED, Table("Other", ["x"], [[1]])])
    assert render_csv(two).splitlines()[-4:] == ["", "Other", "x", "1"]


def test_json_has_the_rows_as_objects_and_the_data(report: Report):
    record = json.loads(render_json(report))
    assert record["tables"][0]["rows"][1]["TTFT, ms"] == 1250.0
    assert record["tables"][0]["rows"][0]["memory"] is None
    assert record["runs"] == [1, 2]


def test_the_terminal_shows_every_cell_and_the_note(report: Report):
    shown = printed(report)
    assert all(words in shown for words in ("vllm | <b>fast</b>", "1,250.0", "n/a", "Medians.", "TPOT = (latency"))


def test_a_narrow_terminal_gets_the_columns_as_rows(report: Report):
    lines = printed(report, width=50).splitlines()
    [rate] = [line.split() for line in lines if line.strip().startswith("rate")]
    assert rate == ["rate,", "tokens/s", "1,234", "99"]


def test_the_page_loads_nothing_and_runs_nothing(report: Report):
    page = render_html(report)
    assert not re.search(r"<script|<link|<img|@import|url\(|https?://", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<title>Two &lt;servers&gt;</title>" in page


def test_every_chart_of_the_page_is_well_formed(report: Report):
    drawings = re.findall(r"<svg.*?</svg>", render_html(report), flags=re.DOTALL)
    assert len(drawings) == 3
    words = ["".join(ElementTree.fromstring(drawing).itertext()) for drawing in drawings]
    assert "a<b" in words[0]
    assert "n/a" in words[0]
    assert "one & all" in words[1]
    assert "failed" in words[2]


def test_a_longer_bar_is_a_larger_value(report: Report):
    page = render_html(
        Report(
            title="t",
            made_with="m",
            tables=[],
            charts=[BarChart("Bars", "ms", [Bar("short", 10.0), Bar("long", 40.0)])],
        )
    )
    lengths = [float(length) for length in re.findall(r'd="M[\d.]+,[\d.]+h([\d.]+)a', page)]
    assert lengths[1] == pytest.approx(4 * lengths[0], rel=0.06)  # the round end is 4 of them


def test_the_best_of_a_column_is_marked_only_where_it_has_one(report: Report):
    assert [SPEED.best(index) for index in range(5)] == [None, 50.04, 1234.4, None, None]
    assert Table("t", [Column("x", better="lower")], [[1], [1]]).best(0) is None


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells under 1 headings"):
        Table("Speed", ["a"], [[1, 2]])


def test_an_empty_report_has_every_form():
    empty = Report(
        title="nothing",
        made_with="m",
        tables=[Table("none", ["a"], [])],
        charts=[BarChart("b", "ms", []), LineChart("l", "x", "y", []), TimelineChart("t", [])],
    )
    assert "nothing" in render_html(empty)
    assert render_csv(empty) == "a\n"
    assert "none" in render_markdown(empty)


def test_all_forms_are_written_side_by_side(report: Report, tmp_path: Path):
    paths = write_report(report, tmp_path / "new" / "folder", "speed")
    assert [path.name for path in paths] == ["speed.json", "speed.csv", "speed.md", "speed.html"]
    assert all(path.stat().st_size for path in paths)


def test_a_folder_that_cannot_be_written_is_one_sentence(report: Report, tmp_path: Path):
    taken = tmp_path / "file"
    taken.touch()
    with pytest.raises(ConfigurationError, match="cannot be written to"):
        write_report(report, taken)


@pytest.mark.parametrize("high", [1.0, 43, 0.0031, 0, 98765, 7.5])
def test_ticks_are_round_and_reach_the_highest_value(high: float):
    marks = ticks(high)
    step = marks[1]
    assert marks[0] == 0
    assert marks[-1] >= high > marks[-2] - 1e-12 or high == 0
    assert 2 <= len(marks) <= 7
    assert f"{step:e}"[:3] in ("1.0", "2.0", "2.5", "5.0")
