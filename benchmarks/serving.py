"""The embedded weights behind vLLM, `transformers serve` and no server at all, beside one that is slow on purpose.

``uv run python benchmarks/serving.py`` starts the three servers of ``endpoints.yaml``, benchmarks them with both
protocols, a sweep and ``--offline``, writes ``benchmarks/results/serving/`` and stops what it started. Options of
``bench`` given to it replace the sweep and ``--offline``; ``--out FOLDER`` leaves the kept result alone. The scripted
server must come out as it was told to be, last, and no row may be missing.
"""

import argparse
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
FILES = ["--endpoints", "benchmarks/endpoints.yaml", "--prompts", "benchmarks/embedded-prompts.yaml"]
EVERYTHING = ["--requests", "10", "--sweep", "1,2,4,8", "--offline", "embedded"]
SLOW_NAME = "scripted, slow on purpose"
VLLM, TRANSFORMERS, SLOW = 8110, 8111, 8112
SLOW_REPLY = {"text": "so slow " * 12, "first_token": 1.5, "per_token": 0.12, "repeat": True}
READY_SECONDS = 900.0
ACCELERATE = "accelerate==1.14.0"
"""What `transformers serve` needs besides vLLM's environment; its own requirements are all there."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Benchmark the embedded weights behind several servers.")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder of the report")
    known, options = parser.parse_known_args()
    options = options or EVERYTHING
    variables = {**os.environ, "VLLM_NO_USAGE_STATS": "1", "HF_HUB_OFFLINE": "1"}
    variables.pop("STORAGE__HOME", None)
    command = app("bench", *FILES, *options, "--name", "embedded weights", "--out", known.out)
    with servers(variables):
        code = subprocess.run(command, cwd=ROOT, env=variables, check=False).returncode
    return code or check_rows(known.out, offline="--offline" in options)


@contextmanager
def servers(variables: dict[str, str]) -> Iterator[None]:
    """The three, ready."""
    environment = ensure_environment("cpu", on_progress=print)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        work = Path(folder)
        variables = variables | {"STORAGE__HOME": str(work / "home")}
        script = work / "slow.json"
        script.write_text(json.dumps([SLOW_REPLY]))
        stack.enter_context(running(scripted(script), variables, work / "slow.log"))
        stack.enter_context(running(transformers(python_of(environment), work), variables, work / "transformers.log"))
        stack.enter_context(running(app("serve", "embedded", "--port", VLLM), variables, work / "vllm.log"))
        for port in (SLOW, TRANSFORMERS, VLLM):
            wait_for(port, work)
        yield


def check_rows(folder: Path, *, offline: bool) -> int:
    """1 and a line where a table lacks one of those that were to be measured, or the slow one is not last."""
    wanted = {"vLLM", "transformers serve", SLOW_NAME}
    wanted |= {"embedded (vLLM batch)", "embedded (transformers)"} if offline else set()
    wrong: list[str] = []
    for table in json.loads((ROOT / folder / "report.json").read_text())["tables"]:
        if table["title"].startswith(("One", "At", "Sweep")):
            names = [row["endpoint"] for row in table["rows"]]
            wrong += [f"{table['title']}: no row for {name}" for name in sorted(wanted - set(names))]
            wrong += [f"{table['title']}: the slow one is not last"] if names[-1] != SLOW_NAME else []
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


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
