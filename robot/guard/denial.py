"""A refusal in rosbridge's own words, so that whoever waits for an answer gets one and can pass on the reason."""

from robot import frames
from robot.frames import Frame

PREFIX = "DENIED by robot guard: "


def render_denial(frame: Frame, reason: str) -> Frame:
    """The answer to a frame that was not forwarded."""
    text = PREFIX + reason
    identifier = frame.get("id")
    if frame["op"] == "call_service":
        return frames.service_response(_name(frame, "service"), text, result=False, identifier=identifier)
    if frame["op"] == "send_action_goal":
        values = {"error": text}
        status = frames.STATUS_ABORTED
        return frames.action_result(_name(frame, "action"), identifier, values, status=status, result=False)
    return frames.status("error", text, identifier=identifier)


def render_dry_run(frame: Frame) -> Frame | None:
    """The answer to a frame that was swallowed as if it had been done; None where rosbridge would be silent."""
    identifier = frame.get("id")
    if frame["op"] == "call_service":
        return frames.service_response(_name(frame, "service"), {"dry_run": True}, result=True, identifier=identifier)
    if frame["op"] == "send_action_goal":
        values, status = {"dry_run": True}, frames.STATUS_SUCCEEDED
        return frames.action_result(_name(frame, "action"), identifier, values, status=status, result=True)
    return None


def _name(frame: Frame, key: str) -> str:
    name = frame.get(key)
    return name if isinstance(name, str) else ""
