"""An MCP server over stdio in nothing but the standard library, for the ways in which servers misbehave.

It starts in the time Python takes, and it may send what a proper library would refuse to send.

Usage: bare.py MODE [FOLDER]
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

MODE = sys.argv[1]
FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()

TOOLS = {
    "ok": ["echo", "pid", "die", "big", "odd", "environment", "leave_after", "note", "secret"],
    "strange_names": ["weird name/with:signs", "x" * 70, "echo"],
    "robot": ["connect", "echo", "fail"],
}


def send(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def text(value):
    return {"content": [{"type": "text", "text": value}]}


def call(name, arguments):
    if name in {"echo", "connect", "note"}:
        with (FOLDER / "calls.txt").open("a") as log:
            log.write(name + json.dumps(arguments) + "\n")
    answers = {
        "pid": lambda: text(str(os.getpid())),
        "big": lambda: text("0123456789" * (arguments["size"] // 10)),
        "odd": lambda: {"content": [{"type": "hologram", "data": 1}, {"type": "text", "text": "after"}]},
        "environment": lambda: text(json.dumps({key: os.environ.get(key) for key in arguments["names"]})),
        "fail": lambda: {**text("the arm is stuck"), "isError": True},
        "secret": lambda: text("seen " + ",".join(sys.argv[3:])),
    }
    return answers.get(name, lambda: text(json.dumps(arguments, sort_keys=True)))()


def answer(method, params):
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {}},
            "serverInfo": {"name": "bare", "version": "1"},
            "instructions": "Be gentle.",
        }
    if method == "tools/list":
        return page(params.get("cursor"))
    if method == "tools/call":
        if params["name"] == "die":
            print("goodbye", file=sys.stderr, flush=True)
            os._exit(9)
        return call(params["name"], params.get("arguments") or {})
    return {}


def page(cursor):
    names = TOOLS.get(MODE, ["echo"])
    here = names[:1] if cursor is None else names[1:]
    listed = [{"name": name, "inputSchema": {"type": "object"}} for name in here]
    if cursor is None:
        return {"tools": [*listed, {"no": "name"}], "nextCursor": "rest"}
    return {"tools": listed}


def serve():
    for line in sys.stdin:
        message = json.loads(line)
        if "id" in message:
            send({"id": message["id"], "result": answer(message["method"], message.get("params") or {})})
        if MODE == "leaves_after_initialize" and message["method"] == "notifications/initialized":
            os._exit(4)


if MODE == "exits":
    print("cannot open the camera", file=sys.stderr)
    sys.exit(3)
if MODE == "rubbish":
    print("Welcome to the server!\n{not json", flush=True)
    time.sleep(60)
if MODE == "hangs":
    (FOLDER / "hanging.pid").write_text(str(os.getpid()))
    time.sleep(60)
if MODE == "wrapper":
    child = subprocess.Popen([sys.executable, __file__, "ok"])
    stray = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stdin=subprocess.DEVNULL)
    (FOLDER / "family.txt").write_text(f"{child.pid} {stray.pid}")
    sys.exit(child.wait())
if MODE == "banner":
    print("Starting up, please wait ...", flush=True)
if MODE == "crash_once":
    counter = FOLDER / "starts.txt"
    counter.write_text(counter.read_text() + "." if counter.exists() else ".")
serve()
