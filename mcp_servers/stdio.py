"""Serves functions as MCP tools over stdio with the standard library alone.

Every `run` starts its servers anew, and importing the `mcp` package costs a server most of a second of
CPU before it can answer (FastMCP and the low-level server alike); this module answers in a
twentieth of that. It speaks the part of the protocol that a server of tools needs, and nothing of
resources, prompts or sampling: a server that wants those takes the `mcp` package.
"""

import json
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

PROTOCOL_VERSIONS = ("2024-11-05", "2025-06-18", "2025-11-25")
"""Those whose tools work alike. 2025-03-26 is left out: it asks receivers to accept batches."""

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL_ERROR = -32700, -32600, -32601, -32602, -32603

Json = dict[str, Any]


class ToolError(Exception):
    """A call failed in a way the model should read: one sentence, sent as a result with `isError`."""


class RequestError(Exception):
    """A request was refused by the protocol: `code` and a message, sent as a JSON-RPC error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool: what a client is told of it, and the function that gets the checked arguments as keywords."""

    name: str
    title: str
    description: str
    """Its first sentence stands alone and is short: small models read no further."""
    parameters: Json
    """JSON schema of each argument, by name."""
    required: tuple[str, ...] = ()
    annotations: Json
    """MCP hints: `readOnlyHint`, `destructiveHint`, `idempotentHint`, `openWorldHint`."""
    call: Callable[..., str]
    """Returns the result's text, or raises ToolError."""

    @property
    def input_schema(self) -> Json:
        """The schema that arguments are checked against."""
        return {
            "type": "object",
            "properties": self.parameters,
            "required": list(self.required),
            "additionalProperties": False,
        }

    def described(self) -> Json:
        """The entry of `tools/list`."""
        return {
            "name": self.name,
            "title": self.title,
            "description": self.description,
            "inputSchema": self.input_schema,
            "annotations": self.annotations,
        }


class ToolServer:
    """Answers one client. Calls run in threads of their own, so that a slow one holds up nothing."""

    def __init__(self, name: str, version: str, tools: Sequence[Tool], *, source: BinaryIO, sink: BinaryIO) -> None:
        self._info: Json = {"name": name, "version": version}
        self._tools = {tool.name: tool for tool in tools}
        self._source = source
        self._sink = sink
        self._lock = threading.Lock()
        self._running: set[int | str] = set()

    def run(self) -> None:
        """Serve until the client closes its end."""
        for line in self._source:
            if line.strip():
                self._receive(line)

    def _receive(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError as error:
            self._send({"id": None, "error": {"code": PARSE_ERROR, "message": f"not JSON: {error}"}})
            return
        if not isinstance(message, dict) or "method" not in message:
            self._send({"id": None, "error": {"code": INVALID_REQUEST, "message": "not a JSON-RPC request"}})
            return
        message = cast(Json, message)
        if "id" not in message:
            self._notified(message)
        elif message["method"] == "tools/call":
            self._start(message)
        else:
            self._answer(message, self._reply)

    def _notified(self, message: Json) -> None:
        if message["method"] == "notifications/cancelled":
            with self._lock:
                self._running.discard(message.get("params", {}).get("requestId"))

    def _start(self, message: Json) -> None:
        with self._lock:
            self._running.add(message["id"])
        threading.Thread(target=self._answer, args=(message, self._call), daemon=True).start()

    def _answer(self, message: Json, produce: Callable[[str, Json], Json]) -> None:
        try:
            answer: Json = {"result": produce(message["method"], message.get("params") or {})}
        except RequestError as error:
            answer = {"error": {"code": error.code, "message": str(error)}}
        except Exception as error:  # whatever a tool raises, its caller must get an answer
            answer = {"error": {"code": INTERNAL_ERROR, "message": f"{type(error).__name__}: {error}"}}
        if message["method"] == "tools/call" and not self._finish(message["id"]):
            return
        self._send({"id": message["id"], **answer})

    def _finish(self, request_id: int | str) -> bool:
        """False when the client has cancelled the call and expects no answer."""
        with self._lock:
            wanted = request_id in self._running
            self._running.discard(request_id)
        return wanted

    def _send(self, message: Json) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            self._sink.write(data)
            self._sink.flush()

    def _reply(self, method: str, params: Json) -> Json:
        if method == "initialize":
            version = negotiate(str(params.get("protocolVersion", "")))
            return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": self._info}
        if method == "tools/list":
            return {"tools": [tool.described() for tool in self._tools.values()]}
        if method == "ping":
            return {}
        raise RequestError(METHOD_NOT_FOUND, f"method {method!r} is not known here")

    def _call(self, method: str, params: Json) -> Json:
        tool = self._tools.get(str(params.get("name")))
        if tool is None:
            raise RequestError(INVALID_PARAMS, f"there is no tool {params.get('name')!r}")
        arguments: Json = params.get("arguments") or {}
        try:
            check_arguments(tool.input_schema, arguments)
            text, failed = tool.call(**arguments), False
        except ToolError as error:
            text, failed = str(error), True
        return {"content": [{"type": "text", "text": text}], "isError": failed}


def negotiate(asked: str) -> str:
    """The newest version we speak that is not newer than the one asked for; versions are dates."""
    return max((version for version in PROTOCOL_VERSIONS if version <= asked), default=PROTOCOL_VERSIONS[0])


def check_arguments(schema: Json, arguments: Json) -> None:
    """Raise ToolError naming the first argument that does not fit the schema."""
    from jsonschema import Draft202012Validator  # imported late: start-up does not need it

    for error in Draft202012Validator(schema).iter_errors(arguments):
        where = f"{error.json_path[2:]}: " if error.path else ""
        raise ToolError(f"The arguments do not fit: {where}{error.message}.")


def serve(name: str, tools: Sequence[Tool]) -> None:
    """Serve the tools on this process's stdin and stdout until the client goes away."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not break the protocol
    try:
        ToolServer(name, "1.0.0", tools, source=source, sink=sink).run()
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)
