"""The HTTP half: routes, recording, and the failures a real endpoint shows on the wire.

Standard library threads, not asyncio: the server answers also while a test blocks its own event loop.
"""

import itertools
import json
import select
import socket
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.scripted_openai import wire
from tests.scripted_openai.replies import Body, Reply, Rule, http_error, overflow, resolve


@dataclass
class Request:
    """One recorded POST /v1/chat/completions."""

    body: Body
    headers: dict[str, str]
    """Names in lower case."""
    abandoned: threading.Event = field(default_factory=threading.Event)
    """Set when the client went away before the answer was complete."""


class ScriptedOpenAI:
    """A server on a loopback port; use it as a context manager, or call `close`."""

    def __init__(self, *models: str, port: int = 0, max_model_len: int | None = 32768) -> None:
        self.models = list(models) or ["scripted"]
        self.max_model_len = max_model_len
        self.enforce_window = False
        """Answer 400 overflow by itself when a prompt counts more tokens than `max_model_len`."""
        self.api_key: str | None = None
        """When set, requests with another key get 401."""
        self.has_tokenize = True
        self.requests: list[Request] = []
        self.paths: list[str] = []
        """Every request line as it came: `GET /v1/models` and the like."""
        self.closing = threading.Event()
        self._replies: deque[Rule] = deque()
        self._default: Rule | None = None
        self._changed = threading.Condition()
        self._ids = itertools.count(1)
        self._http = _HTTPServer(("127.0.0.1", port), self)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def base_url(self) -> str:
        return f"{self.root_url}/v1"

    def enqueue(self, *replies: Rule) -> None:
        """Answer the next requests with these, in order."""
        with self._changed:
            self._replies.extend(replies)

    def always(self, rule: Rule | None) -> None:
        """Answer with this whenever the queue is empty."""
        self._default = rule

    def wait_for_requests(self, count: int, timeout: float = 10) -> None:
        """Block until `count` chat requests arrived; in async tests call it through `asyncio.to_thread`."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, timeout):
                raise TimeoutError(f"{len(self.requests)} of {count} requests arrived")

    def new_call_id(self) -> str:
        return f"call_{next(self._ids)}"

    def record(self, request: Request) -> Reply:
        """Keep a request and pick its reply."""
        with self._changed:
            self.requests.append(request)
            rule = self._replies.popleft() if self._replies else self._default
            self._changed.notify_all()
        asked = wire.count_tokens(request.body["messages"], request.body.get("tools"))
        if self.enforce_window and self.max_model_len and asked > self.max_model_len:
            return overflow(self.max_model_len, asked)
        return http_error(400, "the script has no more replies") if rule is None else resolve(rule, request.body)

    def close(self) -> None:
        """Stop serving and cut every connection. May be called twice."""
        self.closing.set()
        self._http.shutdown()
        self._http.cut_connections()
        self._http.server_close()
        self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = False  # server_close then joins them, so no socket outlives a test
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], script: ScriptedOpenAI) -> None:
        super().__init__(address, _Handler)
        self.script = script
        self._open: set[socket.socket] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def cut_connections(self) -> None:
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is part of many tests; anything else is shown."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _HTTPServer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: stderr belongs to the test."""

    def do_GET(self) -> None:  # noqa: N802 -- http.server's naming
        script = self._note()
        if self._refused():
            return
        if self.path == "/health":
            self._send(200, b"")
        elif self.path == "/v1/models":
            entries = [_model(name, script.max_model_len) for name in script.models]
            self._send_json(200, {"object": "list", "data": entries})
        else:
            self._send_json(404, {"detail": "Not Found"})

    def do_POST(self) -> None:  # noqa: N802 -- http.server's naming
        script = self._note()
        length = int(self.headers.get("Content-Length", 0))
        raw = self.rfile.read(length)
        if len(raw) < length:  # the client died between the head and the body
            self.close_connection = True
            return
        body: Body = json.loads(raw or "{}")
        if self._refused():
            return
        if self.path == "/v1/chat/completions":
            self._chat(Request(body, {name.lower(): value for name, value in self.headers.items()}))
        elif self.path == "/tokenize" and script.has_tokenize:
            count = wire.count_tokens(body["messages"], body.get("tools"))
            self._send_json(200, {"count": count, "max_model_len": script.max_model_len, "tokens": []})
        else:
            self._send_json(404, {"detail": "Not Found"})

    def _note(self) -> ScriptedOpenAI:
        self.server.script.paths.append(f"{self.command} {self.path}")
        return self.server.script

    def _refused(self) -> bool:
        key = self.server.script.api_key
        if key is None or self.headers.get("Authorization") == f"Bearer {key}":
            return False
        self._send_json(401, {"error": "Unauthorized"})
        return True

    def _chat(self, request: Request) -> None:
        script = self.server.script
        reply = script.record(request)
        model = request.body["model"]
        if model not in script.models:
            reply = http_error(404, f"The model `{model}` does not exist.")
        try:
            self._answer(request, reply)
        except ConnectionError:
            request.abandoned.set()
            self.close_connection = True

    def _answer(self, request: Request, reply: Reply) -> None:
        script = self.server.script
        came = time.monotonic()
        if reply.delay:
            script.closing.wait(reply.delay)
        if reply.hold_after == 0:
            self._hold(reply)
        if reply.drop_after == 0:
            self.close_connection = True
        elif reply.status != 200:
            error = reply.error if isinstance(reply.error, dict) else {"error": {"message": reply.error}}
            self._send_json(reply.status, error, reply.headers)
        elif request.body.get("stream"):
            self._stream(request, reply, came)
        else:
            self._pace(reply, came, wire.token_count(reply))
            self._send_json(200, wire.completion(reply, request.body, script.new_call_id), reply.headers)

    def _pace(self, reply: Reply, came: float, token: int) -> None:
        """Wait until the nth token is due."""
        due = came + reply.first_token + (token - 1) * reply.per_token
        if token and (reply.first_token or reply.per_token):
            self.server.script.closing.wait(max(due - time.monotonic(), 0))

    def _stream(self, request: Request, reply: Reply, came: float) -> None:
        self._head(200, {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"} | reply.headers)
        tokens = wire.token_count(reply)
        for sent, event in enumerate(wire.events(reply, request.body, self.server.script.new_call_id)):
            if sent == reply.drop_after:
                self.close_connection = True
                return
            if sent <= tokens:
                self._pace(reply, came, sent)
            data = f"data: {event}\n\n".encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            if sent + 1 == reply.hold_after:
                self._hold(reply)
        self.wfile.write(b"0\r\n\r\n")

    def _hold(self, reply: Reply) -> None:
        while reply.hold and not reply.hold.wait(0.02):
            readable, _, _ = select.select([self.connection], [], [], 0)
            if self.server.script.closing.is_set() or (readable and not self.connection.recv(1, socket.MSG_PEEK)):
                raise ConnectionResetError("the client went away")

    def _send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        self._send(status, data, {"Content-Type": "application/json"} | (headers or {}))

    def _send(self, status: int, data: bytes, headers: dict[str, str] | None = None) -> None:
        self._head(status, {"Content-Length": str(len(data))} | (headers or {}))
        self.wfile.write(data)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


def _model(name: str, max_model_len: int | None) -> Body:
    entry = {"id": name, "object": "model", "created": 0, "owned_by": "vllm", "root": name}
    return entry if max_model_len is None else entry | {"max_model_len": max_model_len}
