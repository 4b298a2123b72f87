"""An MCP server over stdio that costs next to nothing, so that a measurement shows its client.

Usage: light_server.py [SECONDS], the time it takes to answer initialize. Its tools are `note`, which answers at
once, and `wait`, which takes some milliseconds. Neither is marked as read-only, so nothing that a client does for
the safety of calls is left out.
"""

import json
import sys
import threading
import time
from typing import Any

TOOLS = [
    {
        "name": "note",
        "description": "Keep a note.",
        "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]},
    },
    {
        "name": "wait",
        "description": "Wait.",
        "inputSchema": {"type": "object", "properties": {"ms": {"type": "integer"}}, "required": ["ms"]},
    },
]


def main() -> None:
    delay = float(sys.argv[1]) if len(sys.argv) > 1 else 0.0
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message:
            continue
        if message["method"] == "tools/call" and message["params"]["name"] == "wait":
            threading.Thread(target=answer, args=(message, delay), daemon=True).start()
        else:
            answer(message, delay)


def answer(message: dict[str, Any], delay: float) -> None:
    method, params = message["method"], message.get("params") or {}
    result: dict[str, Any] = {}
    if method == "initialize":
        time.sleep(delay)
        version, info = params["protocolVersion"], {"name": "light", "version": "1"}
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    elif method == "tools/list":
        result = {"tools": TOOLS}
    elif method == "tools/call":
        time.sleep(params["arguments"].get("ms", 0) / 1000)
        result = {"content": [{"type": "text", "text": f"done: {params['arguments']}"}]}
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
