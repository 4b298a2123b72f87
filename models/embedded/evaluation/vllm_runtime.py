"""The other runtime: an OpenAI-compatible server, asked as the agent asks one; its parser's calls are then checked."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from langchain_core.exceptions import ContextOverflowError, ModelConnectionError
from langchain_core.messages import AIMessage

from app.chat.embedded import EmbeddedChatModel
from app.chat.vllm_chat import ChatVLLM
from app.settings import Endpoint, ModelSettings
from graphs.tool_text import parse_tool_text
from models.embedded.evaluation.cases import Call, Step
from models.embedded.evaluation.replies import Reply, checked
from models.embedded.evaluation.scoring import NOTHING, Answer

AT_ONCE = 8
"""Requests that are under way together."""
LONGEST_ANSWER: int = EmbeddedChatModel.model_fields["max_tokens"].default
"""Tokens, as in the agent."""
ATTEMPTS = 3
"""At a turn: a connection kept open may be closed by an idle server while a request is on its way."""
SERVED_NAME = "switchyard-embedded"
"""What `serve embedded` calls the weights."""


class VllmRuntime:
    """Answers several turns at once over HTTP, greedily."""

    name = "vllm"

    def __init__(self, base_url: str, model: str = SERVED_NAME) -> None:
        settings = ModelSettings(temperature=0, max_tokens=LONGEST_ANSWER)
        self._model = ChatVLLM.of(Endpoint(base_url=base_url), model, settings)

    def close(self) -> None:
        """Close the connections."""
        self._model.root_client.close()

    def answer(self, steps: Sequence[Step]) -> list[Reply]:
        """Replies in the order of the steps.

        Raises:
            langchain_core.exceptions.ModelError: The server does not answer.
        """
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(self._answer, steps))

    def _answer(self, step: Step) -> Reply:
        asked = self._model.bind(tools=list(step.tools)).with_retry(
            retry_if_exception_type=(ModelConnectionError,),
            wait_exponential_jitter=False,
            stop_after_attempt=ATTEMPTS,
        )
        try:
            alone = _written(asked.invoke(list(step.messages)))
        except ContextOverflowError:
            alone = NOTHING
        return Reply(alone=alone, checked=checked(alone, step))


def _written(message: AIMessage) -> Answer:
    """What the parser made a call of, and calls that it left in the text."""
    text, left = parse_tool_text(str(message.text), None)
    return Answer([Call(call["name"], call["args"]) for call in (*message.tool_calls, *left)], text)
