"""What docs/benchmarking.md shows of tasks is read here."""

import re
from pathlib import Path

from app.agent_bench.task_file import load_tasks
from tests.source_tree import ROOT

PAGE = (ROOT / "docs/benchmarking.md").read_text(encoding="utf-8")


def test_the_pages_tasks_can_be_read_and_ours_are_counted(tmp_path: Path) -> None:
    [text] = re.findall(r"```yaml\n(variables:.*?)```", PAGE, re.DOTALL)
    (tmp_path / "tasks.yaml").write_text(text)
    [task] = load_tasks(tmp_path / "tasks.yaml").tasks
    assert task.calls is not None
    assert [call.name for call in task.calls] == ["notes:add_note", "notes:list_notes"]
    assert (task.order, task.state is not None) == ("same", True)
    assert len(load_tasks().tasks) == 12
    assert "Twelve tasks" in PAGE
