"""Events as attributes of spans, named by the conventions for generative AI where those have a word."""

from app.events import ApprovalNeeded, Failed, Final, ModelRequest, ToolFinished
from app.tracing.span import Value

_ENDINGS = {4: "endpoint_down", 5: "server_down", 124: "timeout", 130: "interrupted"}
"""By exit code; every other failure is `failed`."""


def chat_facts(event: ModelRequest) -> dict[str, Value]:
    """What is known of a request to a chat model, without its content."""
    facts: dict[str, Value] = {
        "gen_ai.provider.name": "switchyard" if event.endpoint == event.model else "openai_compatible",
        "gen_ai.request.model": event.model,
        "gen_ai.response.model": event.model,
        "switchyard.endpoint": event.endpoint,
        "switchyard.outcome": event.outcome,
    }
    host, _, port = event.endpoint.rpartition(":")
    if host and port.isdigit():
        facts |= {"server.address": host.strip("[]"), "server.port": int(port)}
    if event.first_token is not None:
        facts["gen_ai.response.time_to_first_chunk"] = round(event.first_token, 6)
    if event.finish_reason:
        facts["gen_ai.response.finish_reasons"] = [event.finish_reason]
    if event.input_tokens or event.output_tokens:
        facts["gen_ai.usage.input_tokens"] = event.input_tokens
        facts["gen_ai.usage.output_tokens"] = event.output_tokens
    if event.cached_tokens:
        facts["gen_ai.usage.cache_read.input_tokens"] = event.cached_tokens
    return facts


def call_facts(event: ToolFinished) -> dict[str, Value]:
    """How a tool call ended, without what it returned."""
    facts: dict[str, Value] = {"switchyard.tool.outcome": event.outcome, "switchyard.tool.result_size": event.size}
    if event.server:
        facts["switchyard.mcp.server"] = event.server
    if event.fault:
        facts["switchyard.tool.fault"] = event.fault
    return facts


def end_facts(event: Final | Failed | ApprovalNeeded) -> dict[str, Value]:
    """How a run ended, without its answer."""
    if isinstance(event, Final):
        return {"switchyard.outcome": event.stopped_by}
    if isinstance(event, ApprovalNeeded):
        return {"switchyard.outcome": "approval_needed"}
    return {"switchyard.outcome": _ENDINGS.get(event.exit_code, "failed"), "switchyard.exit_code": event.exit_code}
