"""What a thread remembers between steps, and what a run may change.

Everything here is written to the checkpoint, so it holds messages and JSON types only: images and
long outputs stay in files and are referred to by path.
"""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from langchain_core.messages import AnyMessage
from langgraph.graph.message import add_messages
from pydantic import ConfigDict
from typing_extensions import TypedDict

from graphs.grants import Grant
from graphs.policy import Verdict

StoppedBy = Literal["answer", "max_steps", "repetition", "denied", "cut_off", "empty"]


class Compaction(TypedDict, total=False):
    """How the history is shortened for the model, kept so that the prompt changes only in batches."""

    cleared_through: str
    """Id of the last message whose tool outputs are shown as a placeholder."""
    summarised_through: str
    """Id of the last message that the summary stands for."""
    summary: str


class AgentState(TypedDict, total=False):
    """The state of one thread."""

    messages: Annotated[list[AnyMessage], add_messages]
    verdicts: dict[str, Verdict]
    """By call id, for the calls of the last AIMessage."""
    grants: list[Grant]
    """What a person allowed for this thread."""
    steps: int
    """Model calls made in this turn."""
    stopped_by: StoppedBy | None
    compaction: Compaction


@dataclass(frozen=True, kw_only=True)
class Context:
    """What one run may change; LangGraph Studio shows these as a form."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(use_attribute_docstrings=True)

    model: str = ""
    """Served model name; empty means the first endpoint's."""
    system_prompt: str = ""
    """Replaces the shipped system prompt."""
    max_steps: int = 25
    """Model calls allowed in one turn."""
    approve: Literal["ask", "all"] = "ask"
    """`all` approves what the policy would ask about; never what it denies."""


JSON = dict[str, Any]
