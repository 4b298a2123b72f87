"""What is printed fits its row and carries no control character of anybody else."""

import pytest
from prompt_toolkit.utils import get_cwidth
from rich.cells import cell_len
from rich.text import Text

from app.events import ToolFinished, ToolProgress, ToolStarted, Usage
from app.repl.footer import context_share, fitting, footer_text
from app.repl.live import Live, last_rows
from app.repl.markdown import TerminalMarkdown
from app.repl.packing import packed
from app.repl.tool_lines import finished_line, progress_text, started_line
from app.repl.transcript import render
from app.repl.turn_view import spent_text

EVIL = "\x1b[2J\x1b]0;owned\x07\u202eabc\r"


def unseen(text: str) -> list[str]:
    return [c for c in text if not c.isprintable() and c not in "\n"]


@pytest.mark.parametrize("thing", [EVIL, Text(EVIL), TerminalMarkdown(EVIL), TerminalMarkdown("a &#27;[2J &#7; b")])
def test_control_characters_never_reach_the_terminal(thing: object) -> None:
    assert unseen(render(60, thing)) == []  # type: ignore[arg-type]  # every case is a renderable


def test_markdown_is_read_and_brackets_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    shown = render(60, TerminalMarkdown("# Title\n\nSee [b]x[/b], [here](http://a.b/c) and `code`."))
    assert "See [b]x[/b], here (" in shown
    assert "http://a.b/c" in shown
    assert "\x1b]8" not in shown


def test_an_item_keeps_its_number_when_printed_alone() -> None:
    assert "3" in render(40, TerminalMarkdown("3. third"))


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_tool_call_takes_one_row_each_way(width: int) -> None:
    started = ToolStarted(call_id="1", server="s", name="find_objects", arguments={"what": "茶碗" * 50, "n": 1})
    finished = ToolFinished(
        call_id="1", server="s", name="find_objects", status="error", seconds=1.5, size=12345, result="line\n" * 99
    )
    for line in (started_line(started, width), finished_line(finished, width)):
        rows = render(width, line).splitlines()
        assert len(rows) == 1
        assert cell_len(line.plain) <= width


def test_a_tool_line_says_name_time_and_size() -> None:
    finished = ToolFinished(call_id="1", server="s", name="add", status="success", seconds=0.25, size=1, result="3")
    assert finished_line(finished, 80).plain == "✓ add 0.25 s, 1 character: 3"


def test_progress_shows_a_bar_where_the_total_is_known() -> None:
    assert progress_text(ToolProgress(call_id="1", progress=5, total=10, message="half")) == "━━━━━╌╌╌╌╌ 5/10 half"
    assert progress_text(ToolProgress(call_id="1", progress=5)) == "5"


@pytest.mark.parametrize("width", [10, 40, 80])
def test_the_footer_drops_its_last_parts_where_it_is_narrow(width: int) -> None:
    row = footer_text(["qwen3-30b-instruct", "context 12%", "servers 3/3", "thread 12345678"], width)
    assert get_cwidth(row) <= width
    assert row.startswith("qwen3-30b"[: width - 1])
    assert ("thread" in row) == (width == 80)


def test_the_share_of_the_context_is_of_prompt_and_answer() -> None:
    assert context_share(Usage(input_tokens=900, output_tokens=100, context_window=4000)) == "context 25%"
    assert context_share(Usage(input_tokens=900, output_tokens=100)) == "context 1,000"
    assert context_share(None) == ""


def test_live_rows_fit_and_disappear_at_the_end() -> None:
    live = Live()
    live.begin("thinking")
    live.tail = "word " * 100 + EVIL
    live.progress["1"] = "moving"
    live.queued = ["next " * 30]
    rows = [text for _, text in live.lines(30)]
    assert rows
    assert all(get_cwidth(row) <= 30 and not unseen(row) for row in rows)
    live.end()
    live.queued = []
    assert live.lines(30) == []


def test_the_last_rows_are_cut_by_cells_not_characters() -> None:
    assert last_rows("茶碗茶碗", 4) == ["茶碗", "茶碗"]
    assert fitting("茶碗茶碗", 5) == "茶碗…"


def test_pieces_are_never_broken_in_two() -> None:
    rows = packed(["[y] once", "[t] this thread", "[a] always"], "  ", 30)
    assert [row.plain for row in rows] == ["  [y] once  [t] this thread", "  [a] always"]


def test_what_a_turn_took_is_said_in_one_line() -> None:
    assert spent_text(2.34, 1234, 56) == "2.3 s · 1,234 tokens in, 56 out"
    assert spent_text(75, 0, 0) == "1 min 15 s"
