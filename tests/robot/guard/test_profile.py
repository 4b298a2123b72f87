from pathlib import Path

import pytest
import yaml

from robot.profile import ProfileError, find_profile, load_profile
from tests.source_tree import ROOT


@pytest.mark.parametrize("path", sorted((ROOT / "robots").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_profile_is_good_and_named_like_its_file(path: Path):
    profile = load_profile(path)
    assert profile.name == path.stem
    assert profile.velocity.keys() <= profile.allow.publish.keys()
    assert profile.deadman_s < 0.55
    assert find_profile(profile.name) == path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"limits": {"linear": "fast"}}, "limits.linear must be a number of at least 0, got 'fast'"),
        ({"limits": {"liner": 1}}, "limits.linear must be"),
        ({"limit": {}}, "limit is unknown; known here: allow, cameras, deadman_s"),
        ({"deadman_s": 3}, "deadman_s must be a number of at least 0.1 and at most 0.5, got 3"),
        ({"deadman_s": float("nan")}, "deadman_s must be"),
        ({"velocity": {"cmd_vel": "geometry_msgs/msg/Twist"}}, "velocity must be topics with full names"),
        ({"velocity": {"/v": "std_msgs/msg/String"}}, "velocity./v must be one of geometry_msgs/msg/Twist"),
        ({"velocity": ["/v"]}, "velocity must be a mapping"),
        ({"geofence": {"x": [1, 0], "y": [0, 1]}}, "geofence.x must be two numbers"),
        ({"geofence": {"x": [0, 1], "y": [0, 1]}, "pose": None}, "geofence.source must be a topic and a type"),
        ({"allow": {"services": ["clear"]}}, "allow.services must be a list of globs that begin with a slash"),
        ({"allow": {"services": "/clear"}}, "allow.services must be a list of globs"),
        ({"allow": {"publish": {"/chatter": "String"}}}, "allow.publish./chatter must be a type"),
        ({"rosbridge": {"port": 70000}}, "rosbridge.port must be a port"),
        ({"name": "../x"}, "name must be a name of letters"),
        ({"pose": "here"}, "pose must be a mapping"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, change: dict[str, object], message: str):
    content = yaml.safe_load((ROOT / "robots" / "turtlesim.yaml").read_text()) | change
    path = tmp_path / "robot.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(ProfileError) as wrong:
        load_profile(path)
    assert f"{path}: {message}" in str(wrong.value)


@pytest.mark.parametrize(
    ("text", "message"), [("[1, 2]", "must be a mapping"), ("a: [", "is not YAML"), ("", "name must")]
)
def test_a_file_that_is_no_profile_says_so(tmp_path: Path, text: str, message: str):
    path = tmp_path / "robot.yaml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=message):
        load_profile(path)


def test_a_file_that_is_not_there_says_so(tmp_path: Path):
    with pytest.raises(ProfileError, match="cannot read"):
        load_profile(tmp_path / "robot.yaml")
