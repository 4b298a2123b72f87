"""What a result of ros-mcp means, whatever it claims.

`success: true` says that something was sent. Failures stand in warnings, lists of errors, counts of nothing and the
numbers of action states, all of them in results that are marked as good.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, cast

from graphs.toolset import ToolResult

SUCCEEDED = 4
_STATES = {0: "unknown", 1: "accepted", 2: "executing", 3: "cancelling", 5: "cancelled", 6: "aborted"}
_NOTHING_FOUND = re.compile(r"No \w+ found")
_LINK_ERROR = re.compile(r"Connection (?:error|refused|closed)|Errno|No response|timed? ?out", re.IGNORECASE)


def complaint(tool: str, result: ToolResult) -> str | None:
    """Why a result of ros-mcp is a failure, in one sentence; None when nothing in it says so.

    Args:
        tool: the server's own name of the tool.
        result: as it came.
    """
    if result.status == "error":
        return None
    answer = answer_of(result)
    return _stated(answer) or _counted(answer) or (_ended(answer) if tool == "send_action_goal" else None)


def suspects_the_link(tool: str, result: ToolResult) -> bool:
    """Whether the result is what ros-mcp says when it reaches no robot, so that the link is worth a look."""
    answer = answer_of(result)
    if _NOTHING_FOUND.match(str(answer.get("warning", ""))):
        return True
    if tool == "has_parameter":
        return answer.get("exists") is False
    return _LINK_ERROR.search(result.text) is not None or str(answer.get("error", "")).startswith("Failed to get type")


def answer_of(result: ToolResult) -> Mapping[str, Any]:
    """The JSON object in a result; empty when there is none. A summary may stand before other content."""
    structured = (result.artifact or {}).get("structured_content")
    if isinstance(structured, dict):
        return cast(Mapping[str, Any], structured)
    for text in (result.text, result.text.partition("\n")[0]):
        try:
            value: object = json.loads(text)
        except ValueError:
            continue
        if isinstance(value, dict):
            return cast(Mapping[str, Any], value)
    return {}


def _stated(answer: Mapping[str, Any]) -> str | None:
    """What the answer itself calls a failure."""
    if error := answer.get("error"):
        return f"The call failed: {_plain(error)}."
    if answer.get("success") is False or answer.get("successful") is False:
        return f"The call failed: {_plain(answer.get('reason') or answer.get('result') or 'no reason was given')}."
    if _NOTHING_FOUND.match(str(answer.get("warning", ""))):
        return f"{_plain(answer['warning'])}: that may mean that nothing is there, or that the robot is not reached."
    served = answer.get("result")
    if isinstance(served, dict) and "service" in answer and cast(Mapping[str, Any], served).get("success") is False:
        said = cast(Mapping[str, Any], served)
        return f"The service answered that it failed: {_plain(said.get('message') or 'no reason was given')}."
    return None


def _counted(answer: Mapping[str, Any]) -> str | None:
    """Failures that are only listed, or show as nothing at all."""
    for name in ("errors", "status_errors"):
        if (listed := answer.get(name)) and isinstance(listed, list):
            items = cast(list[Any], listed)
            more = f" and {len(items) - 1} more" if len(items) > 1 else ""
            return f"The robot's side reported an error: {_plain(items[0])}{more}."
    if answer.get("collected_count") == 0:
        return "No message came: the topic is silent, slower than ros-mcp can read, or has another name or type."
    if answer.get("published_count") == 0:
        return "Nothing was published."
    return None


def _ended(answer: Mapping[str, Any]) -> str | None:
    """How an action ended; anything but success is a failure."""
    state = answer.get("status", SUCCEEDED)
    if state == SUCCEEDED:
        return None
    named = _STATES.get(state, "unknown") if isinstance(state, int) else "unknown"
    result = answer.get("result")
    error = cast(Mapping[str, Any], result).get("error") if isinstance(result, dict) else result
    why = f": {_plain(error)}" if error else ""
    return f"The action did not succeed: it was {named} (status {state}){why}."


def _plain(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split()).rstrip(".")[:400]
