"""A chat model that says what it is told to, tools that are Python functions, and a journal in memory.

They stand for the world in tests of the graph alone; the real ones have tests of their own.
"""

import inspect
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from pydantic import PrivateAttr

from graphs.chat_models import ModelChoice
from graphs.journal import JournalEntry
from graphs.toolset import OnProgress, ToolResult, ToolSpec


@dataclass(frozen=True)
class Request:
    """What one call of the model was given."""

    messages: list[BaseMessage]
    tools: list[dict[str, Any]] | None
    tool_choice: str | None

    def prompt(self) -> list[str]:
        """The messages as JSON lines, in what a server would be sent."""
        return [
            json.dumps(
                [
                    message.type,
                    message.content,
                    getattr(message, "tool_calls", None),
                    getattr(message, "tool_call_id", None),
                ]
            )
            for message in self.messages
        ]


@dataclass(frozen=True)
class Pieces:
    """A scripted reply: chunks in order; an exception among them breaks the stream off there."""

    items: tuple[AIMessageChunk | Exception, ...]


def call_piece(
    name: str, arguments: dict[str, Any] | str, *, call_id: str | None = "c1", index: int = 0
) -> AIMessageChunk:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    piece = {"name": name, "args": text, "id": call_id, "index": index, "type": "tool_call_chunk"}
    return AIMessageChunk(content="", tool_call_chunks=[piece])


def ending(reason: str = "stop", *, used: tuple[int, int] | None = None) -> AIMessageChunk:
    usage = None if used is None else {"input_tokens": used[0], "output_tokens": used[1], "total_tokens": sum(used)}
    return AIMessageChunk(content="", response_metadata={"finish_reason": reason}, usage_metadata=usage)


class ScriptedModel(BaseChatModel):
    """Plays back what was enqueued and records what it was asked."""

    _script: deque[Pieces] = PrivateAttr(default_factory=deque)
    _requests: list[Request] = PrivateAttr(default_factory=list)
    _summaries: list[Request] = PrivateAttr(default_factory=list)
    summary: str = "Something happened."
    """What it answers when it is asked without streaming, which only compaction does."""

    @property
    def requests(self) -> list[Request]:
        return self._requests

    @property
    def summaries(self) -> list[Request]:
        """The requests for a summary."""
        return self._summaries

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def enqueue(self, *items: str | AIMessageChunk | Exception, finish: str | None = "stop") -> "ScriptedModel":
        """One more reply; a string is streamed in small pieces."""
        pieces: list[AIMessageChunk | Exception] = []
        for item in items:
            texts = [item[i : i + 5] for i in range(0, len(item), 5)] if isinstance(item, str) else None
            pieces += [item] if texts is None else [AIMessageChunk(content=text) for text in texts]
        if finish is not None:
            pieces.append(ending(finish))
        self._script.append(Pieces(tuple(pieces)))
        return self

    def enqueue_calls(self, *calls: tuple[str, dict[str, Any] | str], prefix: str = "c") -> "ScriptedModel":
        """A reply that is nothing but calls, their ids numbered."""
        pieces = [
            call_piece(name, arguments, call_id=f"{prefix}{i}", index=i) for i, (name, arguments) in enumerate(calls)
        ]
        return self.enqueue(*pieces, finish="tool_calls")

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=list(tools), **kwargs)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        self._requests.append(Request(list(messages), kwargs.get("tools"), kwargs.get("tool_choice")))
        if not self._script:
            raise AssertionError("the script is over, and the model was asked again")
        for item in self._script.popleft().items:
            if isinstance(item, Exception):
                raise item
            yield ChatGenerationChunk(message=item.model_copy())

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("the graph streams")

    async def _agenerate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        self._summaries.append(Request(list(messages), kwargs.get("tools"), kwargs.get("tool_choice")))
        return ChatResult(generations=[ChatGeneration(message=AIMessage(self.summary))])


@dataclass
class ScriptedModels:
    """The ChatModels of a test: the choices in the order given."""

    choices: list[ModelChoice]

    async def choose(self, name: str) -> Sequence[ModelChoice]:
        named = [choice for choice in self.choices if choice.name == name]
        return named or self.choices


Function = Callable[..., Any]


@dataclass
class FunctionToolset:
    """Python functions as tools of a server called `test`; records what was called."""

    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _specs: tuple[ToolSpec, ...] = ()
    _functions: dict[str, Function] = field(default_factory=dict)

    def add(
        self, function: Function, *, read_only: bool = True, schema: dict[str, Any] | None = None
    ) -> "FunctionToolset":
        name = function.__name__
        kwargs = {} if schema is None else {"input_schema": schema}
        spec = ToolSpec(name=name, server="test", tool=name, description=f"Does {name}.", read_only=read_only, **kwargs)
        self._specs = (*self._specs, spec)
        self._functions[name] = function
        return self

    def remove(self, name: str) -> None:
        self._specs = tuple(spec for spec in self._specs if spec.name != name)

    def change(self, name: str, **fields: Any) -> None:
        self._specs = tuple(replace(spec, **fields) if spec.name == name else spec for spec in self._specs)

    def specs(self) -> Sequence[ToolSpec]:
        return self._specs

    async def call(
        self, name: str, arguments: dict[str, Any], *, call_id: str, on_progress: OnProgress | None = None
    ) -> ToolResult:
        self.calls.append((name, arguments))
        function = self._functions[name]
        extra = {"on_progress": on_progress} if "on_progress" in inspect.signature(function).parameters else {}
        try:
            outcome = function(**arguments, **extra)
            outcome = await outcome if inspect.isawaitable(outcome) else outcome
        except Exception as error:  # the protocol: every failure is an error result
            return ToolResult(text=str(error), status="error")
        return outcome if isinstance(outcome, ToolResult) else ToolResult(text=str(outcome))


@dataclass
class MemoryJournal:
    """A journal that keeps its entries in a dict, and the order of what was written."""

    entries: dict[tuple[str, str], JournalEntry] = field(default_factory=dict)
    written: list[tuple[str, str]] = field(default_factory=list)

    async def find(self, thread: str, call_id: str) -> JournalEntry | None:
        return self.entries.get((thread, call_id))

    async def start(self, thread: str, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        self.written.append(("start", call_id))
        self.entries[thread, call_id] = JournalEntry(thread=thread, call_id=call_id, name=name, arguments=arguments)

    async def finish(self, thread: str, call_id: str, result: ToolResult) -> None:
        self.written.append(("finish", call_id))
        known = self.entries.get((thread, call_id))
        entry = known or JournalEntry(thread=thread, call_id=call_id, name="", arguments={})
        self.entries[thread, call_id] = replace(entry, result=result)
