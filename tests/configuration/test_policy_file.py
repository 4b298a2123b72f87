from pathlib import Path

import pytest

from app.errors import ConfigurationError
from app.policy_file import allow_always, load_policy, personal_policy_path
from app.settings import AgentSettings
from graphs.toolset import ToolSpec

WRITES = ToolSpec(name="add_note", server="notes", tool="add_note")
READS = ToolSpec(name="list_notes", server="notes", tool="list_notes", read_only=True)


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def policy_of(text: str) -> AgentSettings:
    Path("some.toml").write_text(text)
    return AgentSettings(policy=Path("some.toml"))


def test_the_shipped_policy_goes_by_annotations() -> None:
    policy = load_policy(AgentSettings())
    assert policy.judge(READS, {})["decision"] == "allow"
    assert policy.judge(WRITES, {})["decision"] == "ask"


def test_a_policy_in_the_working_directory_replaces_the_shipped_one() -> None:
    Path("policy.toml").write_text('default = "deny"\n')
    assert load_policy(AgentSettings()).judge(READS, {})["decision"] == "deny"


def test_limits_are_read_from_the_file() -> None:
    settings = policy_of('[[rules]]\ntool = "notes:*"\ndecision = "allow"\nlimits.text = { pattern = "[a-z ]+" }\n')
    assert load_policy(settings).judge(WRITES, {"text": "milk"})["decision"] == "allow"
    assert load_policy(settings).judge(WRITES, {"text": "MILK!"})["decision"] == "deny"


def test_always_is_written_to_the_persons_own_policy_and_obeyed_next_time() -> None:
    written = allow_always("notes:add_note")
    assert written == personal_policy_path()
    assert written.stat().st_mode & 0o077 == 0
    assert load_policy(AgentSettings()).judge(WRITES, {})["decision"] == "allow"
    assert not Path("policy.toml").exists()


def test_a_projects_denial_holds_against_a_persons_always() -> None:
    allow_always("notes:add_note")
    settings = policy_of('[[rules]]\ntool = "notes:add_note"\ndecision = "deny"\n')
    assert load_policy(settings).judge(WRITES, {})["decision"] == "deny"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("default = ", "not valid TOML"),
        ('default = "maybe"', "default is 'maybe'"),
        ("rule = 1", "unknown key 'rule'"),
        ('rules = "x"', "not a list"),
        ('[[rules]]\ndecision = "allow"', "rule 1 has no `tool`"),
        ('[[rules]]\ntool = "a:b"\ndecision = "yes"', "rule 1 has the decision 'yes'"),
        ('[[rules]]\ntool = "a:b"\nlimits.x = 3', "limit x is not a table"),
        ('[[rules]]\ntool = "a:b"\nlimits.x = { most = 3 }', "unknown key 'most'"),
    ],
)
def test_a_bad_policy_says_where(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_policy(policy_of(text))
    assert said in caught.value.message
    assert "some.toml" in caught.value.message


def test_a_missing_policy_is_an_error_rather_than_no_policy() -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.toml cannot be read"):
        load_policy(AgentSettings(policy=Path("nowhere.toml")))
