"""An MCP server over stdio that keeps a ledger of what it did, and can kill whoever called it.

Usage: python ledger_server.py FOLDER

FOLDER/ledger gets one line per execution, on disk before the answer goes out. When FOLDER/kill.json names the
token of a call, its caller gets SIGKILL before or after that call is executed, once. Standard library only,
so that a hundred starts cost little.
"""

import json
import os
import signal
import sys
from pathlib import Path

FOLDER = Path(sys.argv[1])
SCHEMA = {"type": "object", "properties": {"token": {"type": "string"}}, "required": ["token"]}
TOOLS = [
    {"name": "look", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": True}},
    {"name": "act", "inputSchema": SCHEMA, "annotations": {"readOnlyHint": False}},
]


def execute(name, token):
    if planned("before", token):
        os.kill(os.getppid(), signal.SIGKILL)
        sys.exit()
    with (FOLDER / "ledger").open("a") as file:
        file.write(f"{name} {token}\n")
        file.flush()
        os.fsync(file.fileno())
    if planned("after", token):
        os.kill(os.getppid(), signal.SIGKILL)
        sys.exit()
    return {"content": [{"type": "text", "text": f"did {token}"}]}


def planned(when, token):
    path = FOLDER / "kill.json"
    if not path.exists() or json.loads(path.read_text()) != {"token": token, "when": when}:
        return False
    path.unlink()
    return True


def answer(method, params):
    if method == "initialize":
        version = params["protocolVersion"]
        info = {"name": "ledger", "version": "1"}
        return {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        return execute(params["name"], params["arguments"]["token"])
    return {}


with (FOLDER / "pids").open("a") as pids:
    pids.write(f"{os.getpid()}\n")
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        reply = {
            "jsonrpc": "2.0",
            "id": message["id"],
            "result": answer(message["method"], message.get("params") or {}),
        }
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
