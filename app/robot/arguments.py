"""Arguments as they are sent, where ros-mcp's own defaults would harm: completed, never changed in what they ask."""

from typing import Any

from app.robot.knowledge import SubscribeKnowledge
from graphs.toolset import CallKnowledge
from robot.frames import twist
from robot.profile import RobotProfile


def completed(
    tool: str, arguments: dict[str, Any], profile: RobotProfile, knowledge: CallKnowledge | None
) -> dict[str, Any]:
    """The arguments to send.

    A velocity stream gets a zero at its end, for ros-mcp sends none; a goal is waited for as long as a movement may
    last, not 5 s; and a subscription brings a few messages, not a hundred.
    """
    if tool == "publish_for_durations" and arguments.get("topic") in profile.velocity and arguments.get("rate_hz"):
        stop = twist(type_name=profile.velocity[arguments["topic"]])
        ends = {
            "messages": [*arguments["messages"], stop],
            "durations": [*arguments["durations"], _one_message(arguments)],
        }
        return {**arguments, **ends}
    if tool == "send_action_goal" and arguments.get("timeout") is None:
        return {**arguments, "timeout": profile.limits.duration_s}
    if tool == "subscribe_for_duration" and isinstance(knowledge, SubscribeKnowledge):
        return {"max_messages": knowledge.most_messages(arguments), **arguments}
    return arguments


def _one_message(arguments: dict[str, Any]) -> float:
    return 1.0 / float(arguments["rate_hz"])
