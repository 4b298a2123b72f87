"""Conversations that every template has to survive, as a client sends them, and what the model answers next."""

import json
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}


@dataclass(frozen=True)
class Case:
    name: str
    messages: list[Message]
    reply: Message
    """What the model is made to write, as the assistant message it should become."""
    tools: list[dict[str, Any]] = field(default_factory=list)


def user(content: Any) -> Message:
    return {"role": "user", "content": content}


def system(content: Any) -> Message:
    return {"role": "system", "content": content}


def assistant(content: str | None = None, *calls: tuple[str, dict[str, Any]], first: int = 1) -> Message:
    message: Message = {"role": "assistant", "content": content}
    if calls:
        message["tool_calls"] = [
            {
                "id": f"call_{number:09}",
                "type": "function",
                "function": {"name": name, "arguments": json.dumps(arguments, ensure_ascii=False)},
            }
            for number, (name, arguments) in enumerate(calls, first)
        ]
    return message


def result(content: Any, number: int = 1) -> Message:
    """A result as ChatOpenAI sends it: without the tool's name."""
    return {"role": "tool", "content": content, "tool_call_id": f"call_{number:09}"}


def tool(name: str, description: str | None = "Does one thing.", required: bool = True, **properties: Any) -> Any:
    parameters: dict[str, Any] = {"type": "object", "properties": properties}
    if required and properties:
        parameters["required"] = list(properties)
    described = {} if description is None else {"description": description}
    return {"type": "function", "function": {"name": name, **described, "parameters": parameters}}


CLOCK = tool("get_time", "The time in a zone.", zone={"type": "string", "description": "IANA name"})
NOTE = tool("write_note", "Keeps a note.", text={"type": "string"})
WHERE = {"$ref": "#/$defs/Point"}
PATH = tool("follow_path", "Drives along points.", points={"type": "array", "items": WHERE})
PATH["function"]["parameters"]["$defs"] = {
    "Point": {"type": "object", "properties": {"x": {"type": "number"}, "next": WHERE}, "required": ["x"]}
}
ROUTE = {"from": {"city": "Bern", "at": {"hour": 8}}, "via": [{"city": "Olten"}, {"city": "Zug"}], "quiet": True}
JOURNEY = tool(
    "plan_journey",
    "Plans a journey.",
    route={
        "type": "object",
        "properties": {
            "from": {"type": "object", "properties": {"city": {"type": "string"}, "at": {"type": "object"}}},
            "via": {"type": "array", "items": {"type": "object", "properties": {"city": {"type": "string"}}}},
            "quiet": {"type": "boolean"},
        },
    },
)
TOKYO, PARIS = ("get_time", {"zone": "Asia/Tokyo"}), ("get_time", {"zone": "Europe/Paris"})
CLOSING = {"text": "write </tool_call> last, then <tool_call>"}
AWKWARD = {"text": 'He said "no\\way"\n\tand left: {x}; [y]'}

TEXT_CASES = [
    Case("no tools", [user("Hello!")], assistant("Good day.")),
    Case("tools, plain answer", [user("Hello!")], assistant("Good day."), [CLOCK]),
    Case("system prompt of the client", [system("Be brief."), user("Tokyo?")], assistant("", TOKYO), [CLOCK]),
    Case(
        "tool without description",
        [user("Stop.")],
        assistant("", ("halt", {"now": True})),
        [tool("halt", None, now={"type": "boolean"})],
    ),
    Case("tool without parameters", [user("Home.")], assistant("", ("go_home", {})), [tool("go_home")]),
    Case(
        "nullable type",
        [user("Forget the label.")],
        assistant("", ("set_label", {"label": None})),
        [tool("set_label", label={"type": ["string", "null"], "default": None})],
    ),
    Case("$ref", [user("Go.")], assistant("", ("follow_path", {"points": [{"x": 1, "next": {"x": 2.5}}]})), [PATH]),
    Case(
        "anyOf",
        [user("Wait two.")],
        assistant("", ("wait", {"until": 2})),
        [tool("wait", until={"anyOf": [{"type": "number"}, {"type": "string", "format": "date-time"}]})],
    ),
    Case(
        "enum",
        [user("Left!")],
        assistant("", ("turn", {"side": "left"})),
        [tool("turn", side={"type": "string", "enum": ["left", "right"]})],
    ),
    Case("nested objects", [user("Plan it.")], assistant("", ("plan_journey", {"route": ROUTE})), [JOURNEY]),
    Case(
        "null content, result without name",
        [user("Tokyo?"), assistant(None, TOKYO), result("09:00")],
        assistant("It is 09:00."),
        [CLOCK],
    ),
    Case("two calls at once", [user("Tokyo and Paris?")], assistant("", TOKYO, PARIS), [CLOCK]),
    Case(
        "two results at once",
        [user("Tokyo and Paris?"), assistant("", TOKYO, PARIS), result("09:00"), result("01:00", 2)],
        assistant("09:00 and 01:00."),
        [CLOCK],
    ),
    Case(
        "several steps and turns",
        [
            user("Tokyo?"),
            assistant("", TOKYO),
            result("ERROR: no clock"),
            assistant("", TOKYO, first=2),
            result("09:00", 2),
            assistant("It is 09:00."),
            user("And Paris?"),
        ],
        assistant("", PARIS, first=3),
        [CLOCK],
    ),
    Case("text before a call", [user("Tokyo?")], assistant("Let me look.", TOKYO), [CLOCK]),
    Case(
        "unicode and markup",
        [user("Merke: Zürich 東京 <b>&amp;</b> 🚀")],
        assistant("", ("write_note", {"text": "Zürich 東京 <b>&amp;</b> 🚀"})),
        [NOTE],
    ),
    Case("quotes and line ends", [user("Note it.")], assistant("", ("write_note", AWKWARD)), [NOTE]),
    Case(
        "closing tag in a value",
        [user("Note it."), assistant("", ("write_note", CLOSING)), result("kept </tool_call>"), user("Again.")],
        assistant("", ("write_note", CLOSING), first=2),
        [NOTE],
    ),
    Case(
        "text in parts",
        [user([{"type": "text", "text": "What time is it "}, {"type": "text", "text": "in Tokyo?"}])],
        assistant("", TOKYO),
        [CLOCK],
    ),
]

IMAGE_CASES = [
    Case(
        "image in a user turn",
        [user([{"type": "text", "text": "What is this?"}, IMAGE, IMAGE])],
        assistant("A cup."),
        [NOTE],
    ),
    Case(
        "image in a result",
        [user("Look."), assistant("", ("look", {})), result([{"type": "text", "text": "camera 1:"}, IMAGE])],
        assistant("A cup."),
        [tool("look")],
    ),
]
CASES = TEXT_CASES + IMAGE_CASES
