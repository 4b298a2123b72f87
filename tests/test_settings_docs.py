"""`.env.example` and `docs/settings.md` say what the settings are."""

import re
from pathlib import Path

import pytest

from app.settings import SettingsTree
from app.settings_sources import load_settings
from scripts.generate_settings_docs import ROOT, generated, render_env_example, render_settings_page, sections


@pytest.mark.parametrize("path", generated(), ids=lambda path: path.name)
def test_the_file_is_the_generated_one(path: Path):
    assert path.read_text(encoding="utf-8") == generated()[path], "run scripts/generate_settings_docs.py"


def test_every_setting_is_in_both_files():
    names = [variable.name for section in sections() for variable in section.variables]
    assert len(names) > 20
    for name in names:
        assert f"\n# {name}=" in render_env_example()
        assert f"\n| `{name}` | " in render_settings_page()


def test_the_example_uncommented_gives_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert [line for line in example.splitlines() if line and not line.startswith("# ")] == []
    uncommented = re.sub(r"^# ([A-Z_]+=)", r"\1", example, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(uncommented, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STORAGE__HOME")
    assert load_settings().model_dump() == SettingsTree().model_dump()


def test_a_secret_is_shown_empty():
    assert "\n# MODEL__API_KEY=\n" in render_env_example()
    assert "| `STORAGE__POSTGRES` | secret |  |" in render_settings_page()
