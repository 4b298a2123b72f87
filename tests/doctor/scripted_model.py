"""A model in good health as a rule for the scripted server: what the doctor should find nothing wrong with."""

from typing import Any

from app.doctor.probes import CLOCK
from tests.scripted_openai import Call, Reply
from tests.scripted_openai.replies import Body

ZONES = ("Asia/Tokyo", "Europe/Berlin")


def healthy(body: Body) -> Reply:
    """Calls the tool that fits, reads results, sees red, says nothing else."""
    text = _text(body["messages"])
    if _has_image(body["messages"]):
        return Reply(text="Red.")
    if body["messages"][-1]["role"] == "tool":
        return Reply(text=f"It is {CLOCK}.")
    if not body.get("tools"):
        return Reply(text="5")
    if text.startswith("Add a note: "):
        return Reply(calls=[Call("add_note", {"text": text.removeprefix("Add a note: ")})])
    return Reply(calls=[Call("get_current_time", {"timezone": zone}) for zone in ZONES if zone in text])


def wants_call(body: Body) -> bool:
    """Whether this is the question that should be answered with a call, and nothing forces it."""
    return bool(body.get("tools")) and body["messages"][-1]["role"] == "user" and "tool_choice" not in body


def _text(messages: list[dict[str, Any]]) -> str:
    content = messages[-1]["content"]
    return content if isinstance(content, str) else ""


def _has_image(messages: list[dict[str, Any]]) -> bool:
    return any(
        part.get("type") == "image_url"
        for message in messages
        if isinstance(message["content"], list)
        for part in message["content"]
    )
