"""The embedded weights behind vLLM, `transformers serve` and no server at all, beside one that is slow on purpose.

``uv run python benchmarks/serving.py`` starts the three servers of ``endpoints.yaml``, benchmarks them with both
protocols, a sweep and ``--offline`` (or with the options given instead), writes ``benchmarks/results/serving/`` and
stops what it started. The scripted server must come out as it was told to be: last.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from app.paths import cache_folder
from app.serving.environment import ensure_environment, python_of

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path("benchmarks/results/serving")
VLLM, TRANSFORMERS, SLOW = 8110, 8111, 8112
SLOW_REPLY = {"text": "so slow " * 12, "first_token": 1.5, "per_token": 0.12, "repeat": True}
READY_SECONDS = 900.0
ACCELERATE = "accelerate==1.14.0"
"""What `transformers serve` needs besides vLLM's environment; its own requirements are all there."""


def main() -> int:
    environment = ensure_environment("cpu", on_progress=print)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work = Path(folder)
        variables = {
            **os.environ,
            "STORAGE__HOME": str(work / "home"),
            "VLLM_NO_USAGE_STATS": "1",
            "HF_HUB_OFFLINE": "1",
        }
        script = work / "slow.json"
        script.write_text(json.dumps([SLOW_REPLY]))
        stack.enter_context(running(scripted(script), variables, work / "slow.log"))
        stack.enter_context(running(transformers(python_of(environment), work), variables, work / "transformers.log"))
        stack.enter_context(running(app("serve", "embedded", "--port", VLLM), variables, work / "vllm.log"))
        for port in (SLOW, TRANSFORMERS, VLLM):
            wait_for(port, work)
        arguments = ["--endpoints", "benchmarks/endpoints.yaml", "--prompts", "benchmarks/embedded-prompts.yaml"]
        arguments += sys.argv[1:] or ["--requests", "10", "--sweep", "1,2,4,8", "--offline", "embedded"]
        command = app("bench", *arguments, "--name", "embedded weights", "--out", RESULTS)
        kept = {name: value for name, value in variables.items() if name != "STORAGE__HOME"}
        return subprocess.run(command, cwd=ROOT, env=kept, check=False).returncode


def app(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "app", *map(str, arguments)]


def scripted(script: Path) -> list[str]:
    return [sys.executable, "-m", "tests.scripted_openai", "--script", str(script), "--port", str(SLOW)]


def transformers(python: Path, work: Path) -> list[str]:
    """The command. It wants weights and template in one folder, and answers to that folder's name alone."""
    model = shutil.copytree(ROOT / "models/embedded/weights", work / "embedded")
    shutil.copy(ROOT / "prompts/templates/embedded.jinja", model / "chat_template.jinja")
    extra = cache_folder() / ACCELERATE.replace("==", "-")
    if not extra.exists():
        install = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(extra), "--python", str(python)]
        subprocess.run([*install, ACCELERATE], check=True)
    serve = [
        str(python.with_name("transformers")),
        "serve",
        model.name,
        "--host",
        "127.0.0.1",
        "--port",
        str(TRANSFORMERS),
    ]
    return ["env", "-C", str(work), f"PYTHONPATH={extra}", *serve]


@contextmanager
def running(command: Sequence[str], variables: dict[str, str], log: Path) -> Iterator[None]:
    """A program in a session of its own, ended with everything it started."""
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait_for(port: int, work: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health", timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    logs = "\n".join(f"{log.name}: {log.read_text(errors='replace')[-800:]}" for log in sorted(work.glob("*.log")))
    raise SystemExit(f"the server at port {port} did not get ready\n{logs}")


if __name__ == "__main__":
    raise SystemExit(main())
