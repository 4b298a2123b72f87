from pathlib import Path

import pytest
import yaml

from app.errors import ConfigurationError
from app.serving.profiles import FOLDER, find_profile, load_profile, profile_names
from tests.source_tree import ROOT

PROMISED = [
    "embedded",
    "hermes-2-pro-8b",
    "llama-3.1-8b",
    "mistral-7b-v0.3",
    "qwen2.5-14b",
    "qwen2.5-7b",
    "qwen2.5-7b-awq",
    "qwen3-8b",
    "robobrain2.0-7b",
    "robobrain2.0-7b-fp8",
    "robobrain2.0-7b-w8a16",
    "robobrain2.5-8b",
]


def test_the_promised_profiles_are_there() -> None:
    assert profile_names() == PROMISED


@pytest.mark.parametrize("name", PROMISED)
def test_a_profile_says_to_people_what_it_says_to_vllm(name: str) -> None:
    written = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    profile = load_profile(FOLDER / f"{name}.yaml")
    assert {"memory", "parser", "template", "content", "note"} <= set(profile.notes)
    assert profile.notes["parser"] == written["tool-call-parser"]
    if "chat-template" in written:
        assert written["chat-template"] == f"prompts/templates/{profile.notes['template']}.jinja"
        assert profile.options["chat-template"] == str(ROOT / written["chat-template"])
        assert Path(profile.options["chat-template"]).is_file()
    assert profile.title
    assert not profile.title.startswith("memory")


def test_a_template_of_the_working_directory_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "prompts" / "templates" / "qwen2_5.jinja"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    monkeypatch.chdir(tmp_path)
    assert load_profile(FOLDER / "qwen2.5-7b.yaml").options["chat-template"] == str(own)


def test_a_file_of_ones_own_is_a_profile_too(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("# Mine\nmodel: someone/something\n")
    found = find_profile(str(tmp_path / "mine.yaml"))
    assert found
    assert (found.name, found.title, found.model) == ("mine", "Mine", "someone/something")


def test_a_profile_that_is_no_table_or_names_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("max-model-len: 5\n")
    with pytest.raises(ConfigurationError, match="names no model"):
        load_profile(tmp_path / "odd.yaml")
    (tmp_path / "odd.yaml").write_text("model: [\n")
    with pytest.raises(ConfigurationError, match="is not YAML"):
        load_profile(tmp_path / "odd.yaml")
