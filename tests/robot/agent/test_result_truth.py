"""What ros-mcp 3.1.2 answers in each case of failure, word for word, and what it is taken for."""

import json
from typing import Any

import pytest

from app.robot.result_truth import complaint, suspects_the_link
from graphs.toolset import ToolResult

PUBLISHED = {"success": True, "published_count": 20, "total_messages": 1, "topic": "/cmd_vel", "errors": []}
GOAL = {"action": "/turtle1/rotate_absolute", "success": True, "goal_id": "goal_1_a", "status": 4, "result": {}}


def result(answer: dict[str, Any], *, structured: bool = True) -> ToolResult:
    return ToolResult(text=json.dumps(answer), artifact={"structured_content": answer} if structured else None)


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        ("get_topics", {"topics": ["/cmd_vel"], "types": ["geometry_msgs/msg/Twist"], "topic_count": 1}),
        ("publish_for_durations", PUBLISHED),
        ("subscribe_once", {"msg": {"success": False, "error": ""}}),
        ("subscribe_for_duration", {"topic": "/pose", "collected_count": 3, "status_errors": []}),
        ("send_action_goal", GOAL),
        ("call_service", {"service": "/clear", "success": True, "result": {}}),
        ("has_parameter", {"name": "/a:b", "exists": True, "successful": True, "reason": ""}),
        ("get_action_status", {"action_name": "/a", "active_goals": [], "goal_count": 0, "note": "idle"}),
    ],
)
def test_what_went_well_is_left_alone(tool: str, answer: dict[str, Any]):
    assert complaint(tool, result(answer)) is None
    assert not suspects_the_link(tool, result(answer))


@pytest.mark.parametrize(
    ("tool", "answer", "told"),
    [
        ("get_topics", {"warning": "No topics found"}, "No topics found: that may mean"),
        ("get_topic_type", {"error": "Failed to get type for topic /cmd_vel"}, "Failed to get type for topic"),
        ("call_service", {"service": "/x", "success": False, "error": "Service /x does not exist"}, "does not exist"),
        ("call_service", {"service": "/go", "success": True, "result": {"success": False, "message": "low battery"}},
         "The service answered that it failed: low battery"),
        ("set_parameter", {"name": "/a:b", "successful": False, "reason": "read-only"}, "read-only"),
        ("publish_for_durations", PUBLISHED | {"errors": ["Message 1: gone", "Message 2: gone"]}, "gone and 1 more"),
        ("publish_for_durations", PUBLISHED | {"published_count": 0}, "Nothing was published"),
        ("subscribe_for_duration", {"topic": "/pose", "collected_count": 0, "status_errors": []}, "No message came"),
        ("subscribe_for_duration", {"collected_count": 0, "status_errors": ["DENIED"]}, "reported an error: DENIED"),
        ("send_action_goal", GOAL | {"status": 5}, "it was cancelled (status 5)"),
        ("send_action_goal", GOAL | {"status": 6, "result": {"error": "DENIED"}}, "aborted (status 6): DENIED"),
        ("send_action_goal", {"success": False, "error": "Action timed out after 5 seconds"}, "Action timed out"),
    ],
)  # fmt: skip
def test_a_failure_that_is_called_a_success_is_found(tool: str, answer: dict[str, Any], told: str):
    assert told in (complaint(tool, result(answer)) or "")
    assert told in (complaint(tool, result(answer, structured=False)) or "")


def test_a_summary_before_other_content_is_read():
    text = json.dumps({"topic": "/p", "collected_count": 0, "status_errors": []}) + '\n{"x": 1}'
    assert "No message came" in (complaint("subscribe_for_duration", ToolResult(text=text)) or "")


def test_a_result_that_is_an_error_already_is_left_to_its_own_words():
    assert complaint("get_topics", ToolResult(text="it is down", status="error")) is None


@pytest.mark.parametrize("text", ["", "[]", "no json", '"text"', "[image/png, 2 kB: /a.png]"])
def test_what_is_no_object_is_no_failure(text: str):
    assert complaint("subscribe_once", ToolResult(text=text)) is None


@pytest.mark.parametrize(
    ("tool", "answer"),
    [
        ("get_nodes", {"warning": "No nodes found"}),
        ("get_topic_type", {"error": "Failed to get type for topic /cmd_vel"}),
        ("publish_for_durations", {"error": "Failed to advertise topic: [WebSocket] Connection error: [Errno 111]"}),
        ("has_parameter", {"exists": False, "successful": True, "reason": "Unexpected response format"}),
    ],
)
def test_what_a_dead_link_looks_like_makes_the_link_suspect(tool: str, answer: dict[str, Any]):
    assert suspects_the_link(tool, result(answer))
