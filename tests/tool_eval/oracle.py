"""Scripted models that know the cases: one that is always right, and those that are wrong in one way."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from app.tool_eval.case import Case, ExpectedCall
from tests.scripted_openai import Call, Reply

Body = dict[str, Any]
Rule = Callable[[Body], Reply]
WORDS = (
    "Which city, and where? Who is the recipient? How much? 日期是哪天？订单号是多少？몇 시에? 내용은 무엇?",
    "It is 07:48. Cairo is warmer. 已发货. 64 %. Jane Austen. bread. 3 degrees.",
)


def oracle(cases: Sequence[Case]) -> Rule:
    """A model that answers every case rightly, by what was asked and how far the conversation went."""
    known = {(case.asked, tuple(case.tools.by_name)): case for case in cases}

    def answer(body: Body) -> Reply:
        said = [message["content"] for message in body["messages"] if message["role"] == "user"]
        names = tuple(tool["function"]["name"] for tool in body["tools"])
        case = next(known[text, names] for text in reversed(said) if (text, names) in known)
        after = body["messages"][len(case.history) :]
        turn = case.turns[sum(message["role"] == "assistant" for message in after)]
        expect = turn.expect
        if expect.rule == "none":
            return Reply(text=" ".join(WORDS))
        if expect.rule == "some":
            return Reply(calls=[Call(names[0], {"text": "hello"})])
        calls = [made(call) for call in expect.calls]
        return Reply(calls=calls[:1] if expect.rule == "one of" else calls)

    return answer


def leaking(rule: Rule) -> Rule:
    """The same, its calls left in the text as a server without a parser leaves them."""

    def answer(body: Body) -> Reply:
        reply = rule(body)
        blocks = [
            f"<tool_call>\n{json.dumps({'name': call.name, 'arguments': call.arguments})}\n</tool_call>"
            for call in reply.calls
        ]
        return Reply(text="\n".join(blocks)) if blocks else reply

    return answer


def made(call: ExpectedCall) -> Call:
    """A call with the first accepted value of each argument that is wanted."""
    return Call(call.name, {name: chosen(values[0]) for name, values in call.arguments.items() if values[0] != ""})


def chosen(value: Any) -> Any:
    """An accepted value as it would be sent; objects of accepted values become objects."""
    if isinstance(value, list):
        return [chosen(item) for item in value]
    if isinstance(value, dict) and all(isinstance(options, list) for options in value.values()):
        return {key: chosen(options[0]) for key, options in value.items() if options[0] != ""}
    return value
