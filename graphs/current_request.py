"""Which request to a chat model the code at hand works for.

A context variable, and apart from the clock that sets it: whoever records what is sent can ask for it without
importing a chat model's libraries, and the graph need not know that anybody does.
"""

from contextvars import ContextVar

current_request: ContextVar[str] = ContextVar("current_request", default="")
"""An id that is unique in this process; empty outside of a request that is told as `ModelRequest`."""
