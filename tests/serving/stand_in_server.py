"""A stand-in for vLLM: it writes the log of one, starts a child that does not listen to SIGTERM, and serves.

    python stand_in_server.py MODEL [--port N] [any flag of vLLM]

The model's name says how it behaves: `dies:FILE` writes FILE as its log and ends, `never` is never ready,
everything else is served. The real start takes half a minute; these tests ask what the launcher does.
"""

import json
import os
import signal
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
LOG = """(APIServer pid=1) INFO 11-21 07:10:15 [api_utils.py:286] non-default args: {'port': 1}
(APIServer pid=1) INFO 11-21 07:10:31 [model.py:733] Resolved architecture: Qwen3ForCausalLM
(EngineCore pid=2) INFO 11-21 07:10:40 [core.py:119] Initializing a V1 LLM engine (v0.32.0) with config: model='m'
(Worker pid=3) INFO 11-21 07:10:50 [cpu_model_runner.py:104] Starting to load model m...
(EngineCore pid=2) INFO 11-21 07:10:52 [kv_cache_utils.py:1724] CPU KV cache size: 87,381 tokens
"""


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # noqa: N802 # http.server's naming
        served = {"data": [{"id": sys.argv[1], "max_model_len": 2048}]}
        body = json.dumps({} if self.path == "/health" else served).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    model = sys.argv[1]
    print(json.dumps({"argv": sys.argv[1:], "key": os.environ.get("VLLM_API_KEY", "")}), flush=True)
    child = subprocess.Popen([sys.executable, "-c", STUBBORN])
    if model.startswith("dies:"):
        print(Path(model.removeprefix("dies:")).read_text(), flush=True)
        sys.exit(1)
    print(LOG, "child", child.pid, flush=True)
    if model == "never":
        signal.pause()
    port = int(sys.argv[sys.argv.index("--port") + 1])
    HTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
