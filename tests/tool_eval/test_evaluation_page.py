"""What docs/tool-calling-evaluation.md shows is read and asked here."""

import re
from pathlib import Path

from app.tool_eval.case_files import load_cases
from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT
from tests.tool_eval.conftest import Evaluate
from tests.tool_eval.oracle import oracle

PAGE = (ROOT / "docs/tool-calling-evaluation.md").read_text(encoding="utf-8")


def test_the_page_counts_the_cases_and_names_their_categories() -> None:
    cases = load_cases()
    assert f"\n{len(cases)} cases in English" in PAGE
    assert {case.category for case in cases} <= set(re.findall(r"`(\w+)`", PAGE))


def test_the_pages_own_cases_can_be_asked(evaluate: Evaluate, scripted_openai: ScriptedOpenAI, tmp_path: Path) -> None:
    folder = tmp_path / "shown"
    folder.mkdir()
    for name, text in re.findall(r"```yaml\n# (\S+)\n(.*?)```", PAGE, re.DOTALL):
        (folder / name).write_text(text, encoding="utf-8")
    answers = oracle(load_cases(folder))
    scripted_openai.always(lambda body: answers(body) if body["messages"][-1]["content"] != "안녕!" else "안녕하세요")
    one = evaluate("--cases", folder)
    assert [outcome["case"] for outcome in one["outcomes"]] == ["rome", "chat", "chain"]
    assert one["scores"]["own"] == 1.0
