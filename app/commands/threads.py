"""``threads list | show | delete``: what is on disk, without starting servers or a model."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from app.console import printable, shortened
from app.errors import UsageError
from app.runtime import open_store_for
from app.settings_sources import load_settings
from app.store import Store

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage


T = TypeVar("T")


def list_threads(*, as_json: bool) -> int:
    """Print all threads, the latest first."""
    threads = asyncio.run(_with_store(lambda store: store.threads.all()))
    if as_json:
        print(json.dumps([asdict(thread) for thread in threads], ensure_ascii=False, indent=2))
    else:
        for thread in threads:
            print(f"{thread.id}  {thread.updated_at[:16].replace('T', ' ')}  {printable(thread.title)}")
    return 0


def show_thread(thread: str, *, as_json: bool) -> int:
    """Print a thread's messages.

    Raises:
        UsageError: there is no such thread.
    """
    messages = asyncio.run(_with_store(lambda store: _messages(store, thread)))
    if as_json:
        print(json.dumps([_as_json(message) for message in messages], ensure_ascii=False, indent=2))
    else:
        for message in messages:
            print("\n".join(_lines(message)))
    return 0


def delete_thread(thread: str) -> int:
    """Forget a thread.

    Raises:
        UsageError: there is no such thread.
    """

    async def delete(store: Store) -> None:
        await _known(store, thread)
        await store.delete_thread(thread)

    asyncio.run(_with_store(delete))
    return 0


async def _with_store(act: Callable[[Store], Awaitable[T]]) -> T:
    async with open_store_for(load_settings()) as store:
        return await act(store)


async def _known(store: Store, thread: str) -> None:
    if await store.threads.find(thread) is None:
        raise UsageError(f"there is no thread {thread}.", hint="threads list shows all.")


async def _messages(store: Store, thread: str) -> "list[AnyMessage]":
    await _known(store, thread)
    found = await store.checkpointer.aget_tuple({"configurable": {"thread_id": thread}})
    return list(found.checkpoint["channel_values"].get("messages", [])) if found else []


def _lines(message: "AnyMessage") -> list[str]:
    from langchain_core.messages import AIMessage, ToolMessage

    from app.approval import render_arguments

    who = {"human": "you", "ai": "agent"}.get(message.type, message.type)
    text = printable(message.text)
    if isinstance(message, ToolMessage):
        return [f"  {'✓' if message.status == 'success' else '✗'} {message.name}: {shortened(text, 300)}"]
    lines = [f"{who}: {text}"] if text.strip() else []
    if isinstance(message, AIMessage):
        calls = [f"  → {call['name']}({printable(render_arguments(call['args']))})" for call in message.tool_calls]
        return [*lines, *calls]
    return lines


def _as_json(message: "AnyMessage") -> dict[str, Any]:
    from langchain_core.messages import AIMessage, ToolMessage

    record: dict[str, Any] = {"role": message.type, "content": message.content, "id": message.id}
    if isinstance(message, AIMessage) and message.tool_calls:
        record["tool_calls"] = message.tool_calls
    if isinstance(message, ToolMessage):
        record |= {"name": message.name, "tool_call_id": message.tool_call_id, "status": message.status}
    return record
