"""Asks the chat model for the next step of the turn."""

from dataclasses import dataclass, field

from langchain_core.messages import AIMessage
from langgraph.runtime import Runtime

from graphs.chat_models import ChatModels
from graphs.history import History
from graphs.model_call import Answer, Attempts, BoundModels, ModelCall
from graphs.reply import call_ids
from graphs.state import AgentState, Context
from graphs.toolset import Toolset
from graphs.turn import is_new_turn, stop_reason


@dataclass(frozen=True, kw_only=True)
class ModelNode:
    """One request to the model, with what the thread remembers and the tools there are now."""

    models: ChatModels
    toolset: Toolset
    system_prompt: str
    summary_prompt: str
    attempts: Attempts = Attempts()
    bound: BoundModels = field(default_factory=BoundModels)
    image_limits: dict[str, int] = field(default_factory=dict[str, int])

    async def run(self, state: AgentState, runtime: Runtime[Context]) -> AgentState:
        """The next AIMessage. A turn that went on too long gets one last request, whose calls are ignored."""
        context = runtime.context or Context()
        messages = state.get("messages", [])
        steps = 0 if is_new_turn(messages) else state.get("steps", 0)
        stopped_by = stop_reason(messages, steps, context.max_steps)
        call = ModelCall(
            choices=await self.models.choose(context.model),
            specs=self.toolset.specs(),
            bound=self.bound,
            attempts=self.attempts,
            emit=runtime.stream_writer,
            image_limits=self.image_limits,
            last=stopped_by is not None,
        )
        answer = await call.ask(self._history(state, context))
        update = AgentState(messages=[_message(answer, last=call.last)], steps=steps + 1, stopped_by=stopped_by)
        if answer.history.compaction:
            update["compaction"] = answer.history.compaction
        return update

    def _history(self, state: AgentState, context: Context) -> History:
        return History(
            messages=state.get("messages", []),
            system_prompt=context.system_prompt or self.system_prompt,
            summary_prompt=self.summary_prompt,
            compaction=state.get("compaction", {}),
        )


def _message(answer: Answer, *, last: bool) -> AIMessage:
    message = answer.reply.message(call_ids(answer.history.messages), answer.choice.name)
    if last:
        return message.model_copy(update={"tool_calls": [], "invalid_tool_calls": []})
    return message
