"""Percentiles, languages, memory and comparisons, each against values worked out by hand."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.bench.bench_report import build_report, ranked
from app.bench.comparison import build_comparison
from app.bench.language import in_language
from app.bench.memory import MemoryReading, ollama_figures, vllm_figures
from app.bench.percentile import percentile
from app.bench.phase import Phase, PhaseResult
from app.bench.request_record import RequestRecord
from app.bench.run_record import RunRecord
from app.bench.run_store import RunStore
from app.errors import ConfigurationError, UsageError
from app.reports import render_html, render_markdown
from tests.conftest import RunApp
from tests.scripted_openai import ScriptedOpenAI

SINGLE, FIVE = Phase("single", 1, 5), Phase("concurrent", 5, 5)


def records(target: str, ttft: float, tpot: float, phase: Phase = SINGLE, failed: int = 0) -> list[RequestRecord]:
    """Five requests of 11 tokens that differ by a hundredth."""
    return [
        RequestRecord(
            target=target,
            protocol=phase.protocol,
            concurrency=phase.concurrency,
            number=number,
            started=number / 10,
            latency=(ttft + 10 * tpot) * (1 + number / 100),
            ttft=ttft * (1 + number / 100),
            gaps=[tpot] * 10,
            input_tokens=7,
            output_tokens=11,
            text="안녕하세요",
            finish_reason="stop",
            error="500: dead" if number <= failed else "",
            language_right=True,
        )
        for number in range(1, 6)
    ]


def result(target: str, ttft: float = 0.05, tpot: float = 0.01, phase: Phase = SINGLE, failed: int = 0) -> PhaseResult:
    return PhaseResult(target, phase, 2.0, records(target, ttft, tpot, phase, failed), MemoryReading(rss=812.5))


def run(*results: PhaseResult, name: str = "today", id: str = "abc123") -> RunRecord:
    return RunRecord(id=id, name=name, command="python -m app bench", facts={"machine": "2 cores"}, results=results)


@pytest.mark.parametrize(("share", "expected"), [(0, 1.0), (10, 1.4), (50, 3.0), (90, 4.6), (99, 4.96), (100, 5.0)])
def test_percentiles_lie_between_the_two_nearest_values(share: float, expected: float):
    assert percentile([5.0, 1.0, 4.0, 2.0, 3.0], share) == pytest.approx(expected)


def test_of_nothing_there_is_no_percentile():
    assert percentile([], 50) is None


def test_the_figures_of_a_phase():
    one = result("a")
    assert one.typical("ttft") == pytest.approx(0.0515)
    assert one.typical("itl") == pytest.approx(0.01)
    assert one.typical("tpot") == pytest.approx(0.0103)
    assert one.output_tokens_per_second == pytest.approx(55 / 2)
    assert one.input_tokens_per_second == pytest.approx(35 / 2)
    assert one.queries_per_second == pytest.approx(2.5)
    assert one.language == "5/5"


def test_an_endpoint_that_fails_ranks_behind_a_slower_one_that_answers():
    slower = replace(result("slower"), wall=4.0)
    assert [entry.target for entry in ranked([result("fails", failed=1), slower])] == ["slower", "fails"]


def test_the_report_has_a_table_for_each_protocol_and_says_what_failed():
    report = build_report(run(result("a", failed=2), result("b"), result("a", phase=FIVE)))
    titles = [table.title for table in report.tables]
    assert titles[:2] == ["One after another: 5 requests", "At once: 5 requests, 5 at a time"]
    assert [row[:3] for row in report.tables[0].rows] == [[1, "b", "5/5"], [2, "a", "3/5"]]
    assert [detail.title for detail in report.details] == ["a: 2 requests failed"]
    assert "| 1 | b | 5/5 |" in render_markdown(report)
    assert render_html(report).count("<svg") == 5


def test_a_sweep_is_drawn_as_lines():
    steps = [result("a", phase=Phase("sweep", level, 20)) for level in (1, 4)]
    titles = [chart.title for chart in build_report(run(*steps)).charts]
    assert titles == ["Sweep: output tokens/s", "Sweep: TTFT, ms"]


def test_a_run_comes_back_from_the_disk_as_it_was(tmp_path: Path):
    store, kept = RunStore(tmp_path / "bench.sqlite"), run(result("a"), result("b", phase=FIVE, failed=1))
    store.add(kept)
    found = store.find("abc123")
    assert [entry.records for entry in found.results] == [entry.records for entry in kept.results]
    assert (found.results[0].memory, found.made_at, found.facts) == (kept.results[0].memory, kept.made_at, kept.facts)
    assert store.find("today").id == store.find("last").id == "abc123"
    with pytest.raises(UsageError, match="no run 'last~1'"):
        store.find("last~1")


def test_a_file_that_holds_no_runs_is_one_sentence(tmp_path: Path):
    (tmp_path / "bench.sqlite").write_bytes(b"not a database, but long enough to be looked at" * 20)
    with pytest.raises(ConfigurationError, match="cannot be used for runs"):
        RunStore(tmp_path / "bench.sqlite").all()


def test_a_comparison_shows_ratios_and_what_can_be_told():
    before, after = run(result("a")), run(result("a", ttft=0.1, tpot=0.01), id="def456")
    [table] = build_comparison(before, after, "bench compare").tables
    rows = {str(row[2]): row for row in table.rows}
    assert rows["TTFT, ms"][5] == pytest.approx(2.0)
    assert rows["TTFT, ms"][6] == "worse"
    assert rows["ITL, ms"][5:] == [pytest.approx(1.0), "not to be told"]
    assert rows["output of a request, tokens/s"][6] == "worse"


def test_one_endpoint_each_is_compared_whatever_their_names():
    [table] = build_comparison(run(result("full")), run(result("quantised", tpot=0.005)), "c").tables
    assert {row[0] for row in table.rows} == {"full / quantised"}
    assert {row[2]: row[6] for row in table.rows}["TPOT, ms"] == "better"


def test_runs_without_anything_in_common_are_not_compared():
    with pytest.raises(UsageError, match="nothing|no endpoint"):
        build_comparison(run(result("a"), result("b")), run(result("c"), result("d")), "c")


@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [
        ("로봇은 지도를 만들고 길을 찾습니다.", "ko", True),
        ("机器人先建立地图，然后规划路径。", "ko", False),
        ("机器人先建立地图，然后规划路径。", "zh", True),
        ("ロボットはまず地図を作ります。", "zh", False),
        ("ロボットはまず地図を作ります。", "ja", True),
        ("机器人先建立地图，然后规划路径。", "ja", False),
        ("The robot first builds a map of the room.", "zh", False),
        ("Сначала робот строит карту комнаты.", "ru", True),
        ("Done.", "en", None),
        ("", "en", None),
        ("12:30", "ko", None),
        ("정답은 `get_current_time` 도구의 결과입니다: https://example.org/very/long/address", "ko", True),
        ('{"answer": "a long English sentence inside of JSON"} 결과는 이렇습니다', "ko", True),
        ("Anything at all goes here", "", None),
    ],
)
def test_the_script_of_an_answer_tells_most_languages(text: str, expected: str, right: bool | None):
    assert in_language(text, expected) is right


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "expected", "right"),
    [
        ("The robot first builds a map of the room.", "en", True),
        ("Der Roboter baut zuerst eine Karte des Zimmers.", "en", False),
        ("Der Roboter baut zuerst eine Karte des Zimmers.", "de", True),
    ],
)
def test_languages_in_latin_letters_are_told_by_lingua(text: str, expected: str, right: bool):
    assert in_language(text, expected) is right


def test_vllms_page_of_metrics_says_how_full_its_cache_is():
    page = (
        'vllm:cache_config_info{block_size="16",num_gpu_blocks="2048",engine="0"} 1.0\n'
        'vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25\n'
        'vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5\n'
    )
    assert vllm_figures(page) == MemoryReading(kv_cache_used=0.5, kv_cache_tokens=32768)
    assert vllm_figures("") == MemoryReading()


def test_ollama_says_itself_what_its_model_takes():
    listed = {
        "models": [
            {"name": "other", "size": 1, "size_vram": 1},
            {"name": "m:7b", "size": 6 << 20, "size_vram": 4 << 20},
        ]
    }
    assert ollama_figures(listed, "m:7b") == MemoryReading(rss=2.0, gpu=4.0)
    assert ollama_figures(listed, "none") == MemoryReading()


def test_the_most_memory_is_kept_figure_by_figure():
    most = MemoryReading(rss=5.0).or_more(MemoryReading(rss=3.0, gpu=7.0))
    assert (most.rss, most.gpu, most.kv_cache_used) == (5.0, 7.0, None)


@pytest.mark.slow
def test_a_run_is_kept_shown_again_and_compared(run_app: RunApp, scripted_openai: ScriptedOpenAI, tmp_path: Path):
    scripted_openai.always("The sky is blue because of scattering.")
    arguments = ("bench", "--endpoint", f"a={scripted_openai.base_url}", "--requests", 2, "--concurrency", 2)
    first = run_app(*arguments, "--name", "one", "--out", tmp_path / "out")
    assert first.code == 0, first.stderr
    assert "One after another: 2 requests" in first.stdout
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        *(f"report.{form}" for form in ("json", "csv", "md", "html")),
        "requests.csv",
    }
    assert run_app(*arguments, "--name", "two").code == 0
    assert [line.split()[-1] for line in run_app("bench", "list").stdout.splitlines()] == ["two", "one"]
    assert run_app("bench", "show", "one").stdout == first.stdout
    compared = run_app("bench", "compare", "one", "two", "--output", "json").report
    assert {row["endpoint"] for row in compared["tables"][0]["rows"]} == {"a"}


def test_an_endpoint_that_only_fails_ends_with_exit_code_1(run_app: RunApp, scripted_openai: ScriptedOpenAI):
    outcome = run_app("bench", "--endpoint", f"a={scripted_openai.base_url}", "--requests", 1, "--output", "markdown")
    assert outcome.code == 1
    assert "the script has no more replies" in outcome.stdout
    assert "a: 1 of 1 failed, the first with 400: the script has no more replies" in outcome.stderr
