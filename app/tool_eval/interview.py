"""One case from the first question to the last reply, judged twice: as it came and as our agent reads it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.tool_eval.agent_reading import as_the_agent_reads, repairs
from app.tool_eval.candidate import Candidate
from app.tool_eval.case import Case, Message, Turn, call_message
from app.tool_eval.fault import Fault
from app.tool_eval.verdict import compare, judge
from app.tool_eval.wire_reply import WireReply

_NO_RESULT = "ok"


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One reply with its verdicts."""

    turn: Turn
    reply: WireReply
    read: WireReply
    """The same as the agent reads it."""
    own: tuple[Fault, ...]
    """What is wrong with it as it came."""
    agent: tuple[Fault, ...]
    """What is wrong with it as the agent reads it."""
    streamed: bool

    @property
    def repaired(self) -> int:
        """Calls that only the agent has."""
        return repairs(self.reply, self.read)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One case, asked once."""

    case: Case
    attempt: int = 1
    exchanges: tuple[Exchange, ...] = ()
    skipped: str = ""
    """Why it was not asked; empty where it was."""

    @property
    def own(self) -> tuple[Fault, ...]:
        """What is wrong with the model's replies."""
        return tuple(fault for exchange in self.exchanges for fault in exchange.own)

    @property
    def agent(self) -> tuple[Fault, ...]:
        """What is wrong with what the agent made of them."""
        return tuple(fault for exchange in self.exchanges for fault in exchange.agent)

    @property
    def seconds(self) -> float:
        """Time of all replies together."""
        return sum(exchange.reply.seconds for exchange in self.exchanges)


async def interview(candidate: Candidate, case: Case, *, stream: bool, attempt: int = 1) -> Outcome:
    """Ask the case turn by turn; it ends where neither the model nor the agent got a turn right."""
    if not candidate.can_be_asked(case):
        return Outcome(case=case, attempt=attempt, skipped=f"{candidate.name} does not know what it asks for")
    messages = list(case.history)
    exchanges: list[Exchange] = []
    for turn in case.turns:
        if turn.user:
            messages.append({"role": "user", "content": turn.user})
        exchange = await _ask(candidate, case, turn, messages, stream)
        exchanges.append(exchange)
        if exchange.own and exchange.agent:
            break
        messages += _continuation(turn, exchange.read if not exchange.agent else exchange.reply)
    return Outcome(case=case, attempt=attempt, exchanges=tuple(exchanges))


async def _ask(candidate: Candidate, case: Case, turn: Turn, messages: list[Message], stream: bool) -> Exchange:
    reply = await candidate.ask(case, messages, stream=stream)
    own = judge(case, turn.expect, reply)
    if case.both_ways:
        other = await candidate.ask(case, messages, stream=not stream)
        own += [fault for fault in judge(case, turn.expect, other) if fault not in own]
        own += compare(reply, other) if stream else compare(other, reply)
    read = as_the_agent_reads(reply, case.tools.by_name.keys())
    agent = tuple(judge(case, turn.expect, read))
    return Exchange(turn=turn, reply=reply, read=read, own=tuple(own), agent=agent, streamed=stream)


def _continuation(turn: Turn, reply: WireReply) -> list[Message]:
    """The reply as history, and what its tools answer."""
    if not reply.calls:
        return [{"role": "assistant", "content": reply.text}]
    results = _Results(turn.results)
    calls = [
        (call.id or f"call_{number}", call.name, call.arguments or {}) for number, call in enumerate(reply.calls, 1)
    ]
    told = [{"role": "tool", "tool_call_id": call_id, "content": results.of(name)} for call_id, name, _ in calls]
    return [call_message(calls, reply.text), *told]


class _Results:
    """Hands out each tool's results in order; the last one again where more are asked for."""

    def __init__(self, results: Mapping[str, Sequence[str]]) -> None:
        self._left = {name: list(texts) for name, texts in results.items()}

    def of(self, name: str) -> str:
        texts = self._left.get(name)
        if not texts:
            return _NO_RESULT
        return texts.pop(0) if len(texts) > 1 else texts[0]
