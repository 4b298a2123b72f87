"""Makes a long thread fit the model: first old tool outputs go, then the middle becomes a summary.

Both happen in batches and well below the limit, because every change of the prompt's beginning
costs the server its prefix cache. What was decided is returned for the state to keep, so the view
stays the same until the next compaction. The newest step is never touched: a model that does not
see what it just asked for asks again.
"""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolMessage

from graphs.chat_models import ModelChoice
from graphs.history import History
from graphs.state import Compaction
from graphs.token_budget import estimate_messages, estimate_prompt, estimate_text, is_over, prompt_limit
from graphs.tool_text import parse_tool_text

_TARGET = 0.6
"""Share of the limit that a compaction aims at."""
_ENTRY_LENGTHS = (1_500, 600, 250, 100)
"""Characters of one message in the record that is summarised; the first that makes all of it fit is taken."""
_LONGEST_SUMMARY = 6_000
_RECORD_SHARE = 0.7
"""Share of the limit that the record may take in the request for a summary."""


async def fit(history: History, choice: ModelChoice, tools: Sequence[dict[str, Any]], *, measured: bool) -> History:
    """The history if it fits the model's context window, else a shorter one.

    Args:
        history: the thread.
        choice: the model that is about to be asked; it also writes the summary.
        tools: tool schemas that are sent along.
        measured: whether the last reply's usage is that of this model and this compaction.
    """
    if choice.context_window is None:
        return history
    limit = prompt_limit(choice.context_window)
    if not await is_over(limit, history.view(), tools, choice, measured=measured):
        return history
    return await shorten(history, choice, tools)


async def shorten(history: History, choice: ModelChoice, tools: Sequence[dict[str, Any]]) -> History:
    """A shorter history, or the same object when there is nothing left to shorten."""
    size = estimate_prompt(history.view(), tools, measured=False)
    limit = min(size, prompt_limit(choice.context_window)) if choice.context_window else size
    target = int(limit * _TARGET)
    shorter = _clear_outputs(history, keep=target // 2)
    if estimate_prompt(shorter.view(), tools, measured=False) > target:
        shorter = await _summarise(shorter, choice, keep=target // 2, room=limit)
    if estimate_prompt(shorter.view(), tools, measured=False) >= size:
        return history
    return shorter


def _clear_outputs(history: History, *, keep: int) -> History:
    """Clear tool outputs from the oldest on; the newest step and about `keep` tokens of outputs stay."""
    messages = history.with_images
    end = _newest_step(messages)
    kept = estimate_messages([message for message in messages[end:] if isinstance(message, ToolMessage)])
    while end > 0:
        message = messages[end - 1]
        kept += estimate_messages([message]) if isinstance(message, ToolMessage) else 0
        if kept > keep:
            break
        end -= 1
    if end <= history.cleared or (last_id := messages[end - 1].id) is None:
        return history
    return history.compacted(Compaction(cleared_through=last_id))


async def _summarise(history: History, choice: ModelChoice, *, keep: int, room: int) -> History:
    cut = _cut(history, keep)
    last_id = history.messages[cut - 1].id if cut else None
    if cut <= history.summarised or last_id is None:
        return history
    transcript = _render_transcript(history, cut, int(room * _RECORD_SHARE))
    request = [SystemMessage(history.summary_prompt), HumanMessage(transcript)]
    reply = await choice.model.ainvoke(request, config={"tags": ["nostream"]})
    summary = parse_tool_text(reply.text, None)[0].strip()
    if not summary:
        return history
    return history.compacted(Compaction(summarised_through=last_id, summary=summary[:_LONGEST_SUMMARY]))


def _newest_step(messages: Sequence[AnyMessage]) -> int:
    """Index where the newest step begins: the last message that is not a tool result."""
    return max((index for index, message in enumerate(messages) if not isinstance(message, ToolMessage)), default=0)


def _cut(history: History, keep: int) -> int:
    """How many messages to summarise, so that the rest begins with a step and has about `keep` tokens."""
    messages = history.messages
    cut = _newest_step(messages)
    for start in range(cut, history.summarised, -1):
        if estimate_messages(history.tail(start)) > keep:
            break
        cut = start if not isinstance(messages[start], ToolMessage) else cut
    return cut


def _render_transcript(history: History, cut: int, room: int) -> str:
    """The messages before `cut` as text of at most `room` tokens: entries get shorter before any is dropped."""
    messages = history.tail(history.summarised)[: _shown_length(history, cut)]
    earlier = history.compaction.get("summary")
    head = [f"Summary of what came before: {earlier}"] if earlier else []
    room -= estimate_text("".join(head))
    entries: list[str] = []
    for longest in _ENTRY_LENGTHS:
        entries = [_render(message, longest) for message in messages]
        if estimate_text("\n\n".join(entries)) <= room:
            break
    while entries and estimate_text("\n\n".join(entries)) > room:
        entries = entries[1:]
    return "\n\n".join(head + entries)


def _shown_length(history: History, cut: int) -> int:
    """Repair adds and drops results, so the cut is found by what follows it."""
    return len(history.tail(history.summarised)) - len(history.tail(cut))


def _render(message: AnyMessage, longest: int) -> str:
    text = _shortened(message.text, longest)
    if isinstance(message, ToolMessage):
        return f"Result of {message.name}: {text}"
    if isinstance(message, AIMessage):
        calls = [f"Called {call['name']} with {json.dumps(call['args'])}" for call in message.tool_calls]
        return "\n".join([f"Agent: {text}", *(_shortened(call, longest) for call in calls)])
    return f"Person: {text}"


def _shortened(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    return f"{text[: longest // 2]} ... {text[-longest // 2 :]}"
