"""The scripted server as a program, for tests that drive the command line in another process.

``python -m tests.scripted_openai --script FILE [--port N] [--log FILE]`` prints ``{"base_url": ...}`` as its
first line and serves until it is terminated. FILE is a JSON list of replies, for example
``["first text", {"calls": [{"name": "get_time", "arguments": {}}]}, {"text": "done", "repeat": true}]``.
``--log`` gets one JSON line per chat request: ``{"headers": ..., "body": ...}``.
"""

import argparse
import json
import signal
import sys
from pathlib import Path

from tests.scripted_openai.replies import Reply, load_script
from tests.scripted_openai.server import Request, ScriptedOpenAI


class _Logging(ScriptedOpenAI):
    log: Path | None = None

    def record(self, request: Request) -> Reply:
        if self.log:
            with self.log.open("a") as file:
                file.write(json.dumps({"headers": request.headers, "body": request.body}) + "\n")
        return super().record(request)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--script", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--model", default="scripted")
    parser.add_argument("--max-model-len", type=int, default=32768)
    parser.add_argument("--log", type=Path)
    args = parser.parse_args()
    replies, default = load_script(args.script)
    with _Logging(args.model, port=args.port, max_model_len=args.max_model_len) as server:
        server.log = args.log
        server.enqueue(*replies)
        server.always(default)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(json.dumps({"base_url": server.base_url}), flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
