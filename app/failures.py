"""From an exception of the stack below to the one sentence and exit code a person gets."""

from langchain_core import exceptions as model_errors
from langgraph.errors import GraphRecursionError

from app.errors import AgentFailed, EndpointError, OutOfTime, SwitchyardError

_UNREACHABLE = (model_errors.ModelConnectionError, model_errors.ModelTimeoutError)
_REFUSED = (
    model_errors.ModelAuthenticationError,
    model_errors.ModelPermissionDeniedError,
    model_errors.ModelNotFoundError,
    model_errors.ModelRateLimitError,
    model_errors.ModelAPIError,
)


def explained(error: BaseException, *, endpoint: str) -> SwitchyardError:
    """What to tell a person about `error`, raised while `endpoint` (a URL or name) was in use."""
    if isinstance(error, SwitchyardError):
        return error
    if isinstance(error, TimeoutError):
        return OutOfTime("the turn ran out of time.", hint="Raise --timeout, or AGENT__TIMEOUT.")
    if isinstance(error, model_errors.ContextOverflowError):
        return AgentFailed(
            "the conversation no longer fits the model's context, even when shortened.",
            hint="Start a new thread, offer fewer --tools, or serve the model with a larger --max-model-len.",
        )
    if isinstance(error, _UNREACHABLE):
        return EndpointError(
            f"the chat model at {endpoint} stopped answering: {_line(error)}", hint="Is it still running?"
        )
    if isinstance(error, _REFUSED):
        return EndpointError(f"the chat model at {endpoint} failed: {_line(error)}", hint="Its own log says more.")
    if isinstance(error, model_errors.ModelInvalidRequestError):
        return AgentFailed(
            f"the chat model at {endpoint} refused the request: {_line(error)}",
            hint="Often its chat template or tool-call parser does not fit the model.",
        )
    if isinstance(error, GraphRecursionError):
        return AgentFailed("the run took more supersteps than planned.", hint="Lower --max-steps.")
    return AgentFailed(f"{type(error).__name__}: {_line(error)}", hint="--debug shows where it happened.")


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:500] or type(error).__name__
