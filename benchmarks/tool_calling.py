"""The evaluation before a right server and two wrong ones: does it show which part is at fault?

    uv run python -m benchmarks.tool_calling

starts the embedded weights behind vLLM on the CPU three times (as its profile says; with a chat template that
leaves the tools out; with the parser of another family), asks all three the same cases, and writes the report to
`benchmarks/results/tool-calling/`. The servers are stopped at the end.
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
RESULTS = "benchmarks/results/tool-calling"
NO_TOOLS = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def app(*args: object, home: Path) -> int:
    """Run one command of the program with a state folder of its own, its output on this terminal."""
    environment = os.environ | {
        "STORAGE__HOME": str(home),
        "VLLM_CPU_CI_ENV": "1",
        "VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1",
        "VLLM_NO_USAGE_STATS": "1",
    }
    command = [sys.executable, "-m", "app", *map(str, args)]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def servers(home: Path) -> Iterator[dict[str, int]]:
    """The three servers' ports by name, until the block ends."""
    template = home / "no-tools.jinja"
    template.write_text(NO_TOOLS)
    wrong: dict[str, Sequence[object]] = {
        "right": (),
        "wrong-template": ("--chat-template", template),
        "wrong-parser": ("--tool-call-parser", "pythonic"),
    }
    ports: dict[str, int] = {}
    try:
        for name, different in wrong.items():
            ports[name] = port = free_port()
            flags = ("--", "--max-model-len", 8192, *different)
            if app("serve", "embedded", "--install", "--detach", "--port", port, *flags, home=home):
                raise SystemExit(f"{name} did not start.")
        yield ports
    finally:
        app("serve", "stop", home=home)


def main() -> None:
    """Start, ask, stop."""
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as ports:
        endpoints = [part for name, port in ports.items() for part in ("-e", f"{name}=http://127.0.0.1:{port}/v1")]
        limits = ("--max-tokens", 96, "--concurrency", 8)
        raise SystemExit(app("eval", *endpoints, *limits, "--out", RESULTS, *sys.argv[1:], home=Path(folder)))


if __name__ == "__main__":
    main()
