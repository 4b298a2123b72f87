"""`--robot` with and without a name."""

import pytest

from app.robot_option import with_profile
from tests.conftest import RunApp


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ([], []),
        (["--robot"], ["--robot", "turtlesim"]),
        (["--robot", "--yes"], ["--robot", "turtlesim", "--yes"]),
        (["--robot", "arm.yaml"], ["--robot", "arm.yaml"]),
        (["--robot=arm"], ["--robot=arm"]),
        (["--robot", "drive ahead"], ["--robot", "turtlesim", "drive ahead"]),
        (["drive ahead", "--robot"], ["drive ahead", "--robot", "turtlesim"]),
        (["--robot", "arm", "drive ahead"], ["--robot", "arm", "drive ahead"]),
        (["--", "--robot"], ["--", "--robot"]),
    ],
)
def test_the_name_may_be_left_out(given: list[str], full: list[str]) -> None:
    assert with_profile(given) == full


def test_a_profile_that_does_not_exist_is_named_with_those_that_do(run_app: RunApp) -> None:
    outcome = run_app("run", "drive ahead", "--robot", "turtel")
    assert outcome.code == 2
    assert "there is no robot profile turtel; give a path, or one of: turtlesim" in outcome.stderr
