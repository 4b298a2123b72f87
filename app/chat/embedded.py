"""The embedded model as a LangChain chat model: a few megabytes, in this process, without a server.

It reads the last request, the tools and the exchange since; earlier turns are left out by its
template. It answers greedily, and what it may call is checked (`embedded_calls`) before anybody acts
on it. Weights are loaded at the first answer, in the thread that generates.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.exceptions import ContextOverflowError
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from app.chat.embedded_constraint import CallConstraint
from app.chat.embedded_prompt import read_prompt
from app.chat.embedded_quotes import Quotes
from app.chat.embedded_template import render_prompt
from app.chat.embedded_thread import iterate_in_thread
from app.errors import ConfigurationError
from app.shipped import local_or_shipped

if TYPE_CHECKING:
    from app.chat.embedded_engine import EmbeddedEngine

MODEL_DIRECTORY = "models/embedded/model"
TEMPLATE = "prompts/templates/embedded.jinja"
NAME = "embedded"

_FILES = ("model.onnx", "genai_config.json", "tokenizer.json")
_load_lock = threading.Lock()


class EmbeddedChatModel(BaseChatModel):
    """A chat model over onnxruntime-genai."""

    directory: Path
    """Holds the ONNX model, `genai_config.json` and `tokenizer.json`."""
    template: Path
    """The chat template the weights were trained with."""
    max_tokens: int = 1536
    """Most tokens of an answer."""
    constrained: bool = True
    """Whether calls are held to the tools' schemas and to what was shown while they are written."""

    @classmethod
    def from_directory(cls, directory: Path | None = None, **options: Any) -> "EmbeddedChatModel":
        """The model of a directory, by default the shipped one; nothing is loaded yet.

        Raises:
            ConfigurationError: when a file is missing.
        """
        directory = directory or local_or_shipped(MODEL_DIRECTORY)
        template = options.pop("template", None) or local_or_shipped(TEMPLATE)
        missing = [str(file) for file in (*(directory / name for name in _FILES), template) if not file.is_file()]
        if missing:
            hint = "models/embedded/README.md says how the model is made."
            raise ConfigurationError(f"The embedded model lacks {', '.join(missing)}.", hint=hint)
        return cls(directory=directory, template=template, **options)

    @property
    def _llm_type(self) -> str:
        return NAME

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"directory": str(self.directory), "max_tokens": self.max_tokens}

    @cached_property
    def context_window(self) -> int:
        """Tokens of prompt and answer together."""
        config = json.loads((self.directory / "genai_config.json").read_text(encoding="utf-8"))
        return int(config["model"]["context_length"])

    @cached_property
    def _engine(self) -> "EmbeddedEngine":
        from app.chat.embedded_engine import EmbeddedEngine  # the runtime library is needed from here on

        return EmbeddedEngine(self.directory)

    def load(self) -> "EmbeddedEngine":
        """The engine, loaded at most once; blocks for about a tenth of a second the first time."""
        with _load_lock:
            return self._engine

    async def count_tokens(self, messages: Sequence[AnyMessage], tools: Sequence[dict[str, Any]]) -> int:
        """Prompt tokens of messages and tool schemas."""
        engine = await asyncio.to_thread(self.load)
        return len(engine.encode(render_prompt(self.template, messages, tools)))

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind tools; `tool_choice` is `auto` or `none`, since nothing can force a model this small.

        Raises:
            ValueError: for another tool choice.
        """
        if tool_choice not in (None, "auto", "none"):
            raise ValueError(f"The embedded model knows the tool choices 'auto' and 'none', not {tool_choice!r}.")
        schemas = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=schemas, tool_choice=tool_choice or "auto", **kwargs)

    def _generate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, **kwargs))

    async def _agenerate(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, **kwargs))

    def _stream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> Iterator[ChatGenerationChunk]:
        for message in self._answer(messages, stop, threading.Event(), **kwargs):
            chunk = ChatGenerationChunk(message=message)
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self, messages: list[BaseMessage], stop: list[str] | None = None, run_manager: Any = None, **kwargs: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        answer = iterate_in_thread(lambda cancelled: self._answer(messages, stop, cancelled, **kwargs))
        try:
            async for message in answer:
                chunk = ChatGenerationChunk(message=message)
                if run_manager:
                    await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
                yield chunk
        finally:
            await answer.aclose()

    def _answer(
        self,
        messages: Sequence[BaseMessage],
        stop: list[str] | None,
        cancelled: threading.Event,
        *,
        tools: Sequence[dict[str, Any]] = (),
        tool_choice: str = "auto",
        max_tokens: int | None = None,
    ) -> Iterator[AIMessageChunk]:
        """The answer in chunks; blocks, and ends early once `cancelled` is set."""
        from app.chat.embedded_answer import Request, stream_answer

        if stop:
            raise ValueError("The embedded model takes no stop sequences.")
        engine = self.load()
        text = render_prompt(self.template, messages, tools)
        prompt, shown = engine.encode(text), read_prompt(text)
        limit = min(max_tokens or self.max_tokens, self._room(len(prompt)))
        request = Request(shown=shown, tools=tools, may_call=tool_choice != "none")
        constraint = CallConstraint(tools, shown.parts) if self.constrained else None
        given = Quotes(shown.results)
        pieces = engine.generate(prompt, limit=limit, stop=cancelled, given=given, constraint=constraint)
        yield from stream_answer(pieces, request, prompt_tokens=len(prompt))

    def _room(self, prompt_tokens: int) -> int:
        """Tokens left for the answer."""
        room = self.context_window - prompt_tokens
        if room < 1:
            raise ContextOverflowError(
                f"The request takes {prompt_tokens} tokens; the embedded model reads fewer than {self.context_window}."
            )
        return room
