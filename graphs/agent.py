"""The agent's graph: model, tool router, approval, one fan-out of tool calls, and back.

Approval comes before any execution of a step and never beside it: calls running next to an open
question would let the model go on with half of the answers.
"""

from langgraph.graph import START, StateGraph

from graphs.chat_models import ChatModels
from graphs.journal import Journal
from graphs.model_call import Attempts
from graphs.nodes.approval import Approval
from graphs.nodes.model import ModelNode
from graphs.nodes.tool_execution import ToolExecution
from graphs.nodes.tool_router import ToolRouter
from graphs.policy import Policy
from graphs.state import AgentState, Context
from graphs.toolset import Toolset


def build_agent(
    *,
    models: ChatModels,
    toolset: Toolset,
    journal: Journal,
    policy: Policy,
    system_prompt: str,
    summary_prompt: str,
    attempts: Attempts | None = None,
) -> StateGraph[AgentState, Context, AgentState, AgentState]:
    """The graph, not yet compiled; its input is `{"messages": [HumanMessage]}`.

    Args:
        models: which chat model answers, and which take over.
        toolset: the tools, read anew in every step.
        journal: memory of calls that outlives a crash.
        policy: who may run what.
        system_prompt: used unless the run's context brings its own.
        summary_prompt: how the model is asked to shorten a thread that no longer fits.
        attempts: how often a model is asked before another takes over.
    """
    model = ModelNode(
        models=models,
        toolset=toolset,
        system_prompt=system_prompt,
        summary_prompt=summary_prompt,
        attempts=attempts or Attempts(),
    )
    graph = StateGraph(AgentState, context_schema=Context)
    graph.add_node("model", model.run)
    graph.add_node("tool_router", ToolRouter(toolset=toolset, policy=policy).run)
    graph.add_node("approval", Approval(toolset=toolset, policy=policy).run)
    graph.add_node("tool_execution", ToolExecution(toolset=toolset, journal=journal).run)
    graph.add_edge(START, "model")
    graph.add_edge("model", "tool_router")
    graph.add_edge("tool_execution", "model")
    return graph
