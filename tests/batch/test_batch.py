import json
import resource
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.batch.item import BadItem, parse_line
from app.batch.output_file import OutputFile, OutputLost
from app.errors import UsageError
from tests.batch.conftest import read_lines, write_items
from tests.conftest import Outcome, RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error
from tests.scripted_openai.replies import Body

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
ADD = Call("add_note", {"text": "buy milk"})
Batch = Callable[..., Outcome]


def echo(body: Body) -> Reply:
    return Reply(text=f"answer to {body['messages'][-1]['content']}")


@pytest.fixture
def batch(run_app: RunApp, scripted_openai: ScriptedOpenAI, tmp_path: Path) -> Batch:
    """``batch in.jsonl out.jsonl`` with these items against the scripted endpoint."""
    scripted_openai.always(echo)

    def run(items: list[dict[str, object] | str], *words: object, tools: object = ("--tools", "none:*")) -> Outcome:
        source = write_items(tmp_path / "in.jsonl", *items)
        flags = ("--base-url", scripted_openai.base_url, *tools, "--quiet", "--json")
        return run_app("batch", source, tmp_path / "out.jsonl", *flags, *words)

    return run


@pytest.fixture
def results(tmp_path: Path) -> Callable[[], list[dict[str, object]]]:
    return lambda: read_lines(tmp_path / "out.jsonl")


@pytest.fixture
def failures(tmp_path: Path) -> Callable[[], list[dict[str, object]]]:
    return lambda: read_lines(tmp_path / "out.failures.jsonl")


Lines = Callable[[], list[dict[str, object]]]


@pytest.mark.slow
def test_every_item_gets_its_own_answer_and_a_second_run_asks_nothing(
    batch: Batch, results: Lines, scripted_openai: ScriptedOpenAI
) -> None:
    items: list[dict[str, object] | str] = [{"id": f"q{n}", "query": f"question {n}"} for n in range(5)]
    assert batch(items).code == 0
    assert {r["id"]: r["answer"] for r in results()} == {f"q{n}": f"answer to question {n}" for n in range(5)}
    asked = len(scripted_openai.requests)
    again = batch([*items, {"id": "q5", "query": "question 5", "metadata": {"from": "me"}}])
    assert (again.report["answered"], again.report["answered_before"]) == (1, 5)
    assert len(scripted_openai.requests) == asked + 1
    assert results()[-1]["metadata"] == {"from": "me"}
    assert results()[-1]["tokens"]["output"] > 0  # type: ignore[index]  # an object


@pytest.mark.slow
def test_bad_lines_are_told_with_their_number_and_nothing_is_lost(
    batch: Batch, results: Lines, failures: Lines
) -> None:
    good: list[dict[str, object] | str] = [{"id": 1, "query": "a"}, {"query": "b"}]
    outcome = batch([good[0], "{not json", "[1]", {"id": 2}, {"id": "1", "query": "c"}, "", good[1]], "-c", 1)
    assert outcome.code == 1
    assert [r["id"] for r in results()] == [1, "line-7"]
    said = outcome.stderr.splitlines()
    assert said[0].startswith("line 2 is not JSON")
    assert said[1:4] == [
        "line 3 is not a JSON object but a list.",
        "line 4 has neither `query` nor `messages`.",
        "line 5 has the id '1' of line 1 again.",
    ]
    assert [(f["line"], f["exit_code"]) for f in failures()] == [(n, 2) for n in (2, 3, 4, 5)]
    assert failures()[0]["text"] == "{not json"


@pytest.mark.slow
def test_a_conversation_is_shown_to_the_model_as_it_was_held(batch: Batch, scripted_openai: ScriptedOpenAI) -> None:
    said = [("system", "Be brief."), ("user", "I am Ada."), ("assistant", "Hello."), ("user", "Who am I?")]
    assert batch([{"messages": [{"role": role, "content": text} for role, text in said]}]).code == 0
    shown = scripted_openai.requests[0].body["messages"]
    assert [(message["role"], message["content"]) for message in shown] == said


@pytest.mark.slow
def test_items_that_name_a_thread_continue_it_in_their_order(batch: Batch, scripted_openai: ScriptedOpenAI) -> None:
    assert batch([{"query": f"step {n}", "thread": "talk"} for n in range(3)]).code == 0
    last = max((request.body["messages"] for request in scripted_openai.requests), key=len)
    assert [m["content"] for m in last if m["role"] == "user"] == ["step 0", "step 1", "step 2"]


@pytest.mark.slow
def test_an_answer_to_another_question_under_the_same_id_is_refused(batch: Batch, failures: Lines) -> None:
    batch([{"id": "a", "query": "one"}])
    outcome = batch([{"id": "a", "query": "two"}])
    assert outcome.code == 1
    assert "asks something else than the answer that is kept for the id 'a'" in str(failures()[0]["error"])


@pytest.mark.slow
def test_what_fails_is_tried_again_by_the_same_command_and_only_that(
    batch: Batch, results: Lines, failures: Lines, scripted_openai: ScriptedOpenAI
) -> None:
    broken = True

    def rule(body: Body) -> Reply:
        bad = body["messages"][-1]["content"] == "bad"
        return http_error(400, "no such thing") if bad and broken else echo(body)

    scripted_openai.always(rule)
    items: list[dict[str, object] | str] = [{"query": "good"}, {"id": "x", "query": "bad"}]
    assert batch(items).code == 1
    assert "no such thing" in str(failures()[0]["error"])
    assert failures()[0]["item"] == {"id": "x", "query": "bad"}
    broken = False
    assert batch(items).report["answered_before"] == 1
    assert results()[-1]["answer"] == "answer to bad"
    assert failures() == []


@pytest.mark.slow
def test_an_endpoint_that_comes_back_costs_an_attempt_and_not_the_item(
    batch: Batch, results: Lines, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(*(http_error(503) for _ in range(3)))
    assert batch([{"query": "hello"}], "--retries", 1).code == 0
    assert results()[0]["attempts"] == 2


@pytest.mark.slow
def test_a_call_that_nobody_approves_fails_its_item_until_it_is_allowed(
    batch: Batch, results: Lines, failures: Lines, servers: Callable[..., Path], scripted_openai: ScriptedOpenAI
) -> None:
    config = ("--mcp-config", servers(notes=NOTES))
    scripted_openai.enqueue(Reply(calls=[ADD]))
    outcome = batch([{"id": "a", "query": "Add a note"}], tools=config)
    assert outcome.code == 3
    assert str(failures()[0]["error"]).startswith("approval is needed for add_note")
    scripted_openai.enqueue("Noted.")
    outcome = batch([{"id": "a", "query": "Add a note"}], "--yes", tools=config)
    assert outcome.code == 0, outcome.stderr
    assert (results()[0]["answer"], results()[0]["tool_calls"]) == ("Noted.", 1)
    assert len(scripted_openai.requests) == 2


@pytest.mark.slow
def test_a_dead_endpoint_ends_the_batch_instead_of_failing_every_item(
    run_app: RunApp, tmp_path: Path, failures: Lines
) -> None:
    source = write_items(tmp_path / "in.jsonl", *({"query": str(n)} for n in range(30)))
    words = ("--base-url", "http://127.0.0.1:9/v1", "--tools", "none:*", "--retries", 0, "--give-up-after", 3, "-c", 1)
    outcome = run_app("batch", source, tmp_path / "out.jsonl", *words)
    assert outcome.code == 4
    assert "3 items in a row failed" in outcome.stderr
    assert len(failures()) == 3


@pytest.mark.slow
def test_threads_of_answers_are_gone_unless_they_are_kept(batch: Batch, run_app: RunApp, own_folders: Path) -> None:
    batch([{"id": "a", "query": "one"}])
    assert json.loads(run_app("threads", "list", "--json").stdout) == []
    batch([{"id": "b", "query": "two"}], "--keep-threads")
    (kept,) = json.loads(run_app("threads", "list", "--json").stdout)
    assert kept["id"].startswith("batch:b:")


@pytest.mark.slow
def test_an_answer_in_the_thread_that_was_never_written_down_is_read_and_not_asked_for(
    batch: Batch, results: Lines, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    items: list[dict[str, object] | str] = [{"id": "a", "query": "one"}, {"id": "b", "query": "two"}]
    batch(items, "--keep-threads", "-c", 1)
    out = tmp_path / "out.jsonl"
    first, second = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(first + second[:20])  # as a process leaves it that is killed while it writes
    with sqlite3.connect(tmp_path / "out.jsonl.ledger") as ledger:
        assert ledger.execute("SELECT count(*) FROM items WHERE answered").fetchone() == (2,)
    ledger.close()
    outcome = batch(items)
    assert outcome.code == 0
    assert "was torn" in outcome.stderr
    assert [r["answer"] for r in results()] == ["answer to one", "answer to two"]
    assert len(scripted_openai.requests) == 2


@pytest.mark.slow
def test_deleted_results_begin_a_new_batch(batch: Batch, tmp_path: Path, scripted_openai: ScriptedOpenAI) -> None:
    batch([{"id": "a", "query": "one"}], "--keep-threads")
    (tmp_path / "out.jsonl").unlink()
    assert batch([{"id": "a", "query": "one"}]).report["answered"] == 1
    assert len(scripted_openai.requests) == 2
    assert [m["role"] for m in scripted_openai.requests[1].body["messages"]] == ["system", "user"]


@pytest.mark.slow
def test_files_that_cannot_serve_are_refused_before_anything_starts(
    run_app: RunApp, tmp_path: Path, scripted_openai: ScriptedOpenAI
) -> None:
    source, foreign = write_items(tmp_path / "in.jsonl", {"query": "a"}), tmp_path / "diary.txt"
    foreign.write_text("Dear diary")
    endpoint = ("--base-url", scripted_openai.base_url)
    for results, told in (
        (source, "must be three files"),
        (tmp_path / "no" / "out.jsonl", "cannot be written"),
        (Path("/dev/null"), "is not a file"),
        (foreign, "holds no results of a batch"),
    ):
        outcome = run_app("batch", source, results, *endpoint)
        assert (outcome.code, told in outcome.stderr) == (2, True), outcome.stderr
    assert foreign.read_text() == "Dear diary"
    assert run_app("batch", tmp_path / "none.jsonl", tmp_path / "out.jsonl").code == 2
    assert scripted_openai.requests == []


def test_a_file_of_results_belongs_to_one_batch_at_a_time(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "out"), pytest.raises(UsageError, match="another batch is writing"):
        OutputFile(tmp_path / "out")


@contextmanager
def small_disk() -> Iterator[None]:
    """No file may grow beyond 100 bytes, which writes meet as they meet a full disk; pytest's own files neither."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_line_that_no_longer_fits_leaves_the_others_whole(tmp_path: Path) -> None:
    with OutputFile(tmp_path / "out") as file:
        file.append({"id": 1, "line": 1, "digest": "a"})
        with small_disk(), pytest.raises(OutputLost, match="cannot be written any more"):
            file.append({"id": 2, "line": 2, "digest": "b", "answer": "x" * 100})
    assert read_lines(tmp_path / "out") == [{"id": 1, "line": 1, "digest": "a"}]


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"\xff{}", "is not UTF-8."),
        (b"[" * 100_000, "is nested too deeply."),
        (b'{"query": 5}', "has a bad `query`: input should be a valid string."),
        (b'{"query": " "}', "asks nothing: the text is empty."),
        (b'{"query": "a", "messages": []}', "has `query` and `messages`."),
        (
            b'{"messages": [{"role": "assistant", "content": "a"}]}',
            "has `messages` whose last is not a text of the user.",
        ),
        (b'{"id": "", "query": "a"}', "has an `id` that is empty, longer than 200 characters or not printable."),
        (b'{"id": true, "query": "a"}', "has a bad `id"),
    ],
)
def test_a_line_that_is_no_item_is_told_in_one_sentence(raw: bytes, told: str) -> None:
    with pytest.raises(BadItem) as bad:
        parse_line(raw, 1)
    assert told in str(bad.value)
    assert "\n" not in str(bad.value)


@pytest.mark.slow
def test_with_a_queue_flags_of_the_workers_are_refused(run_app: RunApp, tmp_path: Path) -> None:
    source = write_items(tmp_path / "in.jsonl", {"query": "a"})
    outcome = run_app("batch", source, tmp_path / "out.jsonl", "--queue", "postgresql://nowhere", "--yes")
    assert outcome.code == 2
    assert "Give those flags to `batch worker`" in outcome.stderr
