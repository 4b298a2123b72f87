"""Plain transformers over the same prompts: what somebody writes before they know of vLLM.

stdin: ``{"model": NAME, "template": TEXT or null, "bodies": [BODY, ...], "phases": [[NAME, AT_ONCE, REQUESTS], ...],
"max_tokens": N, "result": FILE}``. One at a time is ``generate`` in a loop; several at once are one padded batch after
another. The clock is read at each step, through a stopping criterion that never stops.
"""

import json
import sys
import time
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path
from typing import Any


class Baseline:
    """A model and its tokenizer, loaded as their cards say."""

    def __init__(self, model: str, template: str | None, max_tokens: int) -> None:
        self.torch = import_module("torch")
        transformers = import_module("transformers")
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(model, padding_side="left")
        self.template = template or self.tokenizer.chat_template
        self.tokenizer.pad_token = self.tokenizer.pad_token or self.tokenizer.eos_token
        loaded = transformers.AutoModelForCausalLM.from_pretrained(model, dtype="auto")
        self.model = loaded.to("cuda" if self.torch.cuda.is_available() else "cpu").eval()
        self.max_tokens = max_tokens
        stops = self.model.generation_config.eos_token_id
        self.stops = set(stops if isinstance(stops, list) else [stops]) - {None}

    def answer(self, bodies: list[dict[str, Any]], began: float) -> list[dict[str, Any]]:
        """One padded batch."""
        started = time.perf_counter()
        prompts = [self._prompt(body) for body in bodies]
        inputs = self.tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
        inputs = {name: inputs[name].to(self.model.device) for name in ("input_ids", "attention_mask")}
        steps: list[float] = []

        def tick(ids: Any, _scores: Any, **_: Any) -> Any:
            steps.append(time.perf_counter() - started)
            return self.torch.zeros(ids.shape[0], dtype=self.torch.bool, device=ids.device)

        with self.torch.inference_mode():
            written = self.model.generate(
                **inputs, do_sample=False, max_new_tokens=self.max_tokens, stopping_criteria=[tick]
            )
        width = inputs["input_ids"].shape[1]
        counts = inputs["attention_mask"].sum(dim=1).tolist()
        rows = zip(written[:, width:].tolist(), counts, strict=True)
        return [self._row(tokens, count, steps, started - began) for tokens, count in rows]

    def _prompt(self, body: dict[str, Any]) -> str:
        options = {"tools": body["tools"]} if body.get("tools") else {}
        return self.tokenizer.apply_chat_template(
            body["messages"], chat_template=self.template, tokenize=False, add_generation_prompt=True, **options
        )

    def _row(self, tokens: list[int], asked: int, steps: list[float], started: float) -> dict[str, Any]:
        ends = [place for place, token in enumerate(tokens) if token in self.stops]
        count = ends[0] + 1 if ends else len(tokens)
        seen = steps[:count]
        return {
            "started": started,
            "latency": seen[-1],
            "ttft": seen[0],
            "gaps": [later - earlier for earlier, later in zip(seen, seen[1:], strict=False)],
            "input_tokens": asked,
            "output_tokens": count,
            "text": self.tokenizer.decode(tokens[:count], skip_special_tokens=True),
            "finish_reason": "stop" if ends else "length",
        }


def main() -> None:
    """Load the model once and run every phase."""
    order = json.load(sys.stdin)
    began = time.perf_counter()
    baseline = Baseline(order["model"], order["template"], order["max_tokens"])
    loaded = time.perf_counter() - began
    phases = [_phase(baseline, order["bodies"], *phase) for phase in order["phases"]]
    Path(order["result"]).write_text(json.dumps({"loaded": loaded, "phases": phases}), encoding="utf-8")


def _phase(baseline: Baseline, bodies: list[dict[str, Any]], name: str, at_once: int, requests: int) -> dict[str, Any]:
    asked = list(islice(cycle(bodies), requests))
    baseline.answer(asked[:1], time.perf_counter())
    began = time.perf_counter()
    rows: list[dict[str, Any]] = []
    for start in range(0, requests, at_once):
        rows += baseline.answer(asked[start : start + at_once], began)
    return {"name": name, "at_once": at_once, "wall": time.perf_counter() - began, "rows": rows}


if __name__ == "__main__":
    main()
