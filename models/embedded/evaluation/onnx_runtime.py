"""The runtime inside the agent: onnxruntime-genai, bare and through the agent's own chat model.

Through the chat model as well, because it does more than to check afterwards: it puts results in where
the model begins to quote them, and holds calls to what they can be.
"""

import threading
from collections.abc import Sequence
from pathlib import Path

from langchain_core.exceptions import ContextOverflowError

from app.chat.embedded import EmbeddedChatModel
from app.chat.embedded_template import render_prompt
from graphs.tool_text import parse_tool_text
from models.embedded.evaluation.cases import Call, Step
from models.embedded.evaluation.replies import Reply
from models.embedded.evaluation.scoring import NOTHING, Answer


class OnnxRuntime:
    """Answers one turn after the other in this process."""

    name = "onnx"

    def __init__(self, directory: Path | None = None) -> None:
        self._model = EmbeddedChatModel.from_directory(directory)
        self._free = EmbeddedChatModel.from_directory(directory, constrained=False)

    def answer(self, steps: Sequence[Step]) -> list[Reply]:
        """Replies in the order of the steps."""
        return [self._reply(step) for step in steps]

    def _reply(self, step: Step) -> Reply:
        checked, constrained = (_said(model, step) for model in (self._free, self._model))
        return Reply(alone=self._alone(step), checked=checked, constrained=constrained)

    def _alone(self, step: Step) -> Answer:
        engine = self._model.load()
        prompt = engine.encode(render_prompt(self._model.template, step.messages, step.tools))
        limit = min(self._model.max_tokens, self._model.context_window - len(prompt))
        if limit < 1:
            return NOTHING
        written = "".join(piece.text for piece in engine.generate(prompt, limit=limit, stop=threading.Event()))
        text, calls = parse_tool_text(written, None)
        return Answer([Call(call["name"], call["args"]) for call in calls], text)


def _said(model: EmbeddedChatModel, step: Step) -> Answer:
    try:
        said = model.bind_tools(step.tools).invoke(list(step.messages))
    except ContextOverflowError:
        return NOTHING
    return Answer([Call(call["name"], call["args"]) for call in said.tool_calls], str(said.text))
