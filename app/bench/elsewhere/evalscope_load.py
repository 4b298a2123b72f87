"""One load test by evalscope, row by row as it kept them.

stdin: ``{"arguments": {... of evalscope's Arguments}, "bodies": [BODY, ...], "folder": FOLDER, "result": FILE}``.
The result is a list
of rows with seconds, tokens and the answer's text. evalscope keeps the events of an answer as a pickle; it is
read here, by the process that wrote it a moment ago in a folder of its own, and nowhere else.
"""

import base64
import json
import pickle
import sqlite3
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

_COLUMNS = (
    "start_time",
    "completed_time",
    "success",
    "latency",
    "first_chunk_latency",
    "inter_token_latencies",
    "prompt_tokens",
    "completion_tokens",
    "response_messages",
)


def main() -> None:
    """Run the load test that stdin describes."""
    order = json.load(sys.stdin)
    folder = Path(order["folder"])
    dataset = folder / "requests.jsonl"
    dataset.write_text("".join(json.dumps(body) + "\n" for body in order["bodies"]), encoding="utf-8")
    places = {"dataset_path": str(dataset), "outputs_dir": str(folder)}
    arguments = import_module("evalscope.perf.arguments").Arguments(**order["arguments"], **places)
    import_module("evalscope.perf.main").run_perf_benchmark(arguments)
    [database] = folder.rglob("benchmark_data.db")
    with sqlite3.connect(database) as connection:
        rows = connection.execute(f"SELECT {', '.join(_COLUMNS)} FROM result ORDER BY start_time").fetchall()
    found = [_record(dict(zip(_COLUMNS, row, strict=True))) for row in rows]
    Path(order["result"]).write_text(json.dumps(found), encoding="utf-8")


def _record(row: dict[str, Any]) -> dict[str, Any]:
    messages = pickle.loads(base64.b64decode(row.pop("response_messages")))
    choices = [choice for message in messages if isinstance(message, dict) for choice in message.get("choices") or ()]
    deltas = [choice.get("delta") or choice.get("message") or {} for choice in choices]
    finished = [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]
    return row | {
        "inter_token_latencies": json.loads(row["inter_token_latencies"] or "[]"),
        "text": "".join(delta.get("content") or "" for delta in deltas),
        "called": any(delta.get("tool_calls") for delta in deltas),
        "finish_reason": finished[-1] if finished else "",
        "said": "" if row["success"] else " ".join(str(message) for message in messages)[:300],
    }


if __name__ == "__main__":
    main()
