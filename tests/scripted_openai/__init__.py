"""A real HTTP server that speaks vLLM's OpenAI dialect and says what a test tells it to.

In a test (fixture ``scripted_openai`` of ``tests/conftest.py``)::

    server.enqueue(Reply(calls=[Call("get_time", {"zone": "Asia/Tokyo"})]), "It is noon.")
    server.always(lambda body: Reply(calls=[Call("search", {"page": len(body["messages"])})]))
    ... point the program at server.base_url ...
    assert server.requests[1].body["messages"][:2] == server.requests[0].body["messages"]

As a program: ``python -m tests.scripted_openai --script replies.json``; see ``__main__.py``.
"""

from tests.scripted_openai.replies import Call, Reply, http_error, overflow
from tests.scripted_openai.server import Request, ScriptedOpenAI

__all__ = ["Call", "Reply", "Request", "ScriptedOpenAI", "http_error", "overflow"]
