"""The verdict on one reply: everything that is wrong with it, the cause first."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from app.doctor.tool_markup import missing_parser
from app.tool_eval.call_matching import match_call, match_calls
from app.tool_eval.case import Case, Expectation
from app.tool_eval.fault import Fault
from app.tool_eval.wire_reply import ReceivedCall, WireReply
from graphs.tool_text import parse_tool_text


@dataclass(frozen=True)
class _Question:
    case: Case
    expect: Expectation
    reply: WireReply


def judge(case: Case, expect: Expectation, reply: WireReply) -> list[Fault]:
    """What is wrong with a reply; nothing where it is right."""
    if reply.refusal:
        return [Fault("refused" if reply.status else "no answer", reply.refusal)]
    asked = _Question(case, expect, reply)
    return [fault for check in _CHECKS for fault in check(asked)]


def compare(streamed: WireReply, whole: WireReply) -> list[Fault]:
    """What differs between a reply that was streamed and the same reply that was not."""
    if streamed.refusal or whole.refusal:
        return []
    came, wanted = [call.shape for call in streamed.calls], [call.shape for call in whole.calls]
    if came == wanted:
        return []
    told = [" and ".join(map(str, reply.calls)) or "no call" for reply in (streamed, whole)]
    return [Fault("stream differs", f"streamed {told[0]}; whole {told[1]}")]


def markup_in(text: str, case: Case) -> str:
    """What is left of a call in the text: the name of the parser that would have read it, or `JSON`; else empty."""
    if parser := missing_parser(text):
        return parser
    return "JSON" if parse_tool_text(text, case.tools.by_name.keys())[1] else ""


def _markup(asked: _Question) -> Iterator[Fault]:
    if not asked.expect.may_show_markup and (form := markup_in(asked.reply.text, asked.case)):
        yield Fault("markup in text", f"a call was left in the text, in the form of {form}")


def _wire(asked: _Question) -> Iterator[Fault]:
    ids = [call.id for call in asked.reply.calls]
    if asked.reply.disorder:
        yield Fault("call ids", asked.reply.disorder)
    elif not all(ids):
        yield Fault("call ids", "a call has no id")
    elif len(set(ids)) < len(ids):
        yield Fault("call ids", f"two calls have the id {next(one for one in ids if ids.count(one) > 1)}")


def _cut_off(asked: _Question) -> Iterator[Fault]:
    if asked.reply.cut_off and (asked.reply.calls or asked.expect.wants_call):
        yield Fault("cut off", "the reply was cut off for want of tokens; a call in it is never sent")


def _calls(asked: _Question) -> Iterator[Fault]:
    calls, names = asked.reply.calls, asked.case.tools.by_name
    broken = [call for call in calls if call.arguments is None]
    unknown = [call for call in calls if call.name not in names and call not in broken]
    for call in broken:
        told = f"{call.name or 'a call'} has arguments that are no JSON object: {call.raw_arguments[:200]}"
        yield Fault("arguments not JSON", told)
    yield from (Fault("unknown tool", f"there is no tool {call.name!r}") for call in unknown)
    if not unknown and not broken:
        yield from _expected_calls(asked, calls)


def _expected_calls(asked: _Question, calls: Sequence[ReceivedCall]) -> Iterator[Fault]:
    expect = asked.expect
    if expect.rule == "none":
        yield from (Fault("unexpected call", f"{call} was called, and nothing should have been") for call in calls)
    elif not calls:
        yield Fault("no call", "no call came")
    elif expect.rule == "calls":
        yield from match_calls(expect.calls, calls, asked.case.tools, exact=expect.exact)
    elif expect.rule == "one of":
        yield from _one_of(asked, calls)


def _one_of(asked: _Question, calls: Sequence[ReceivedCall]) -> Iterator[Fault]:
    if len(calls) > 1:
        yield Fault("number of calls", f"{len(calls)} calls came, and only one was allowed")
        return
    tools, exact = asked.case.tools, asked.expect.exact
    faults = [match_call(wanted, calls[0], tools, exact=exact) for wanted in asked.expect.calls]
    if all(faults):
        named = [fault for fault in faults if fault and fault.kind != "wrong tool"] or faults
        yield from (fault for fault in named[:1] if fault)


def _text(asked: _Question) -> Iterator[Fault]:
    reply, expect = asked.reply, asked.expect
    if expect.rule != "none" or reply.calls:
        return
    if not reply.text.strip() and expect.needs_text:
        yield Fault("empty answer", "neither a call nor a text came")
    elif expect.says and not re.search(expect.says, reply.text, re.IGNORECASE):
        yield Fault("wrong text", f"the text has nothing like /{expect.says}/")


_CHECKS: tuple[Callable[[_Question], Iterator[Fault]], ...] = (_cut_off, _markup, _calls, _wire, _text)
