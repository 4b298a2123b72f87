"""vLLM without a server: its batch ``LLM`` over the same prompts.

stdin: ``{"flags": [...], "template": TEXT or null, "bodies": [BODY, ...], "phases": [[NAME, AT_ONCE, REQUESTS], ...],
"max_tokens": N, "result": FILE}``. The flags are those that the server would get; what only a server knows is left
out. A phase of one at a time is that many calls, another is one call with all prompts, which vLLM schedules itself.
"""

import json
import sys
import time
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path
from typing import Any

_SERVERS_OWN = (
    "--chat-template",
    "--host",
    "--port",
    "--served-model-name",
    "--tool-call-parser",
    "--reasoning-parser",
)


def main() -> None:
    """Load the model once and run every phase."""
    order = json.load(sys.stdin)
    began = time.perf_counter()
    llm = _load(order["flags"])
    loaded = time.perf_counter() - began
    sampling = import_module("vllm").SamplingParams(temperature=0, max_tokens=order["max_tokens"])

    def answer(bodies: list[dict[str, Any]]) -> list[Any]:
        tools = {"tools": bodies[0]["tools"]} if bodies[0].get("tools") else {}
        conversations = [body["messages"] for body in bodies]
        return llm.chat(conversations, sampling, use_tqdm=False, chat_template=order["template"], **tools)

    phases = [_phase(answer, order["bodies"], *phase) for phase in order["phases"]]
    Path(order["result"]).write_text(json.dumps({"loaded": loaded, "phases": phases}), encoding="utf-8")


def _load(flags: list[str]) -> Any:
    vllm = import_module("vllm")
    parser = import_module("vllm.utils.argparse_utils").FlexibleArgumentParser()
    vllm.EngineArgs.add_cli_args(parser)
    known, _ = parser.parse_known_args(_without_servers_own(flags))
    engine = vllm.EngineArgs.from_cli_args(known)
    engine.disable_log_stats = False  # else no answer says when its first token came
    return vllm.LLM.from_engine_args(engine)


def _without_servers_own(flags: list[str]) -> list[str]:
    kept: list[str] = []
    skipped = False
    for flag in flags:
        skipped = flag in _SERVERS_OWN or (skipped and not flag.startswith("--"))
        if not skipped:
            kept.append(flag)
    return kept


def _phase(answer: Any, bodies: list[dict[str, Any]], name: str, at_once: int, requests: int) -> dict[str, Any]:
    asked = list(islice(cycle(bodies), requests))
    answer(asked[:1])
    began = time.perf_counter()
    rows: list[dict[str, Any]] = []
    # one call takes one list of tools for all its prompts
    alike = at_once > 1 and all(body.get("tools") == asked[0].get("tools") for body in asked)
    for batch in [asked] if alike else [[body] for body in asked]:
        started = time.perf_counter() - began
        rows += [_row(output, started) for output in answer(batch)]
        if len(batch) == 1:
            rows[-1]["latency"] = time.perf_counter() - began - started
    return {"name": name, "at_once": at_once, "wall": time.perf_counter() - began, "rows": rows}


def _row(output: Any, started: float) -> dict[str, Any]:
    said, clock = output.outputs[0], output.metrics
    writing = clock.last_token_ts - clock.first_token_ts
    return {
        "started": started,
        "latency": clock.first_token_latency + writing,
        "ttft": clock.first_token_latency,
        "gaps": [],
        "input_tokens": len(output.prompt_token_ids),
        "output_tokens": len(said.token_ids),
        "text": said.text,
        "finish_reason": said.finish_reason,
    }


if __name__ == "__main__":
    main()
