from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.settings_sources import load_settings


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_flag_beats_the_environment_which_beats_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("MODEL__NAME=from-file\nMODEL__BASE_URL=http://file/v1\nMODEL__TEMPERATURE=0.5\n")
    monkeypatch.setenv("MODEL__NAME", "from-environment")
    monkeypatch.setenv("MODEL__BASE_URL", "http://environment/v1")
    model = load_settings({"model": {"name": "from-flag"}}).model
    assert (model.name, model.base_url, model.temperature) == ("from-flag", "http://environment/v1", 0.5)


@pytest.mark.parametrize("alias", ["OPENAI_API_BASE", "OPENAI_BASE_URL"])
def test_an_alias_names_the_endpoint(alias: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(alias, "http://alias/v1")
    assert load_settings().model.base_url == "http://alias/v1"


def test_an_alias_in_the_environment_beats_our_own_name_in_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("MODEL__NAME=from-file\n")
    monkeypatch.setenv("AGENT_MODEL", "from-environment")
    assert load_settings().model.name == "from-environment"


def test_our_own_name_beats_its_alias_in_the_same_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL__NAME", "own")
    monkeypatch.setenv("AGENT_MODEL", "alias")
    assert load_settings().model.name == "own"


def test_an_alias_in_the_env_file_counts_where_nothing_stronger_does() -> None:
    Path(".env").write_text("OPENAI_API_KEY=secret\n")
    assert load_settings().model.api_key.get_secret_value() == "secret"


def test_a_key_is_not_shown_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "very-secret")
    assert "very-secret" not in repr(load_settings())


def test_strangers_in_the_env_file_are_left_alone() -> None:
    Path(".env").write_text("SOMEBODY_ELSES=1\n")
    assert load_settings().agent.max_steps == 25


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("MODEL__TEMPERATURE", "9", "less than or equal to 2 (it is '9')"),
        ("AGENT__MAX_STEPS", "many", "valid integer"),
        ("MODEL__BASE_URL", "localhost:8000", "should match pattern"),
        ("MODEL__BASEURL", "http://x/v1", "is not a setting"),
        ("MODEL", "gpt", "cannot be read"),
        ("MODEL__ENDPOINTS", "{bad", "cannot be read"),
    ],
)
def test_a_bad_value_names_its_variable(name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert name.split("__")[0] in caught.value.message
    assert said in caught.value.message
    assert caught.value.exit_code == 2


def test_a_misspelt_setting_gets_the_nearest_name_as_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL__BASEURL", "http://x/v1")
    with pytest.raises(ConfigurationError) as caught:
        load_settings()
    assert "MODEL__BASE_URL" in caught.value.hint
