"""A scripted endpoint in a process of its own whose answer names its question, after a fixed time.

``python -m tests.batch.echo_server --seconds 0.5 --log FILE`` prints ``{"base_url": ...}`` as its first line. FILE
gets the question of every request, one a line, before the answer.
"""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from tests.scripted_openai import Reply, ScriptedOpenAI
from tests.scripted_openai.replies import Body


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--log", type=Path)
    args = parser.parse_args()
    writing = threading.Lock()

    def echo(body: Body) -> Reply:
        question = body["messages"][-1]["content"]
        if args.log:
            with writing, args.log.open("a") as file:
                file.write(question + "\n")
        return Reply(text=f"answer to {question}", first_token=args.seconds)

    with ScriptedOpenAI() as server:
        server.always(echo)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        print(json.dumps({"base_url": server.base_url}), flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            return


if __name__ == "__main__":
    main()
