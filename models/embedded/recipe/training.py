"""One training run: its steps, its reports and its checkpoints.

The same settings and threads give the same weights bit for bit on the same machine, in one go or
resumed: batches and schedule depend on the seed and the tokens seen, and every operation that torch
could do in any order is made deterministic.
"""

import json
import time
from collections import deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from models.embedded.recipe.batches import Batch, Batches, Place, Plan, make_pool
from models.embedded.recipe.checkpoint import newest_checkpoint, read_checkpoint, write_checkpoint
from models.embedded.recipe.decoder import Decoder
from models.embedded.recipe.optimizers import build_optimizers

EXAM_SEED = -2
"""Of the held-out conversations, whose wordings, toolboxes and pools of words training never shows."""


@dataclass(frozen=True)
class Settings:
    """How a run goes beyond its data; a resumed run must have the same, so they stand in the checkpoint."""

    muon_rate: float
    adam_rate: float
    device: str = "cpu"
    compiled: bool = True
    """Off for runs so short that compiling takes longer than it saves."""


@dataclass(frozen=True)
class Pace:
    """Every how many steps something happens; may differ when a run is resumed."""

    report: int = 50
    held_out: int = 500
    checkpoint: int = 500


@dataclass
class Run:
    """A run and where it is."""

    model: Decoder
    plan: Plan
    settings: Settings
    pace: Pace
    checkpoints: Path
    step: int = 0
    tokens: int = 0
    """Seen so far, padding included."""
    place: Place = field(default_factory=Place)

    def __post_init__(self) -> None:
        torch.use_deterministic_algorithms(True)
        torch._dynamo.config.recompile_limit = 64  # a shape of batch each
        self.model.to(self.settings.device)
        self._optimizers = build_optimizers(
            self.model, self.settings.muon_rate, self.settings.adam_rate, compiled=self.settings.compiled
        )
        self._tops = [optimizer.param_groups[0]["lr"] for optimizer in self._optimizers]
        if self.settings.compiled:
            self.model.compile_blocks()

    def train(self, stop_at: int | None = None) -> None:
        """Train until the budget is spent or, as if interrupted, until step `stop_at`.

        Writes a checkpoint at the end and every so many steps, one JSON line on stdout now and then.
        """
        exam, losses = self._exam(), deque[Tensor](maxlen=self.pace.report)
        began, seen = time.monotonic(), self.tokens
        with Batches(self.plan, self.place) as batches:
            for batch in batches:
                losses.append(self._step(batch))
                self.place = batches.place
                if self.step % self.pace.report == 0:
                    speed = (self.tokens - seen) / (time.monotonic() - began)
                    self._report(loss=torch.stack(list(losses)).mean().item(), tokens_per_second=round(speed))
                    began, seen = time.monotonic(), self.tokens
                if self.step % self.pace.held_out == 0:
                    self._report(held_out=self._held_out(exam))
                over = self.plan.schedule.is_over(self.tokens) or self.step == stop_at
                if over or self.step % self.pace.checkpoint == 0:
                    write_checkpoint(self.checkpoints, self.step, self._state())
                if over:
                    break
        self._report(held_out=self._held_out(exam))

    def resume(self) -> bool:
        """Continue from the newest checkpoint; False where there is none.

        Raises:
            ValueError: when that run was started with other settings.
        """
        file = newest_checkpoint(self.checkpoints)
        if file is None:
            return False
        state = read_checkpoint(file)
        if state["made_with"] != self._made_with():
            raise ValueError(f"{file} is of a run with other settings: {state['made_with']}, not {self._made_with()}")
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        torch.set_rng_state(state["random"])
        self.step, self.tokens, self.place = state["step"], state["tokens"], Place(**state["place"])
        return True

    def _state(self) -> dict[str, Any]:
        return {
            "made_with": self._made_with(),
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "random": torch.get_rng_state(),
            "step": self.step,
            "tokens": self.tokens,
            "place": asdict(self.place),
        }

    def _made_with(self) -> dict[str, Any]:
        made_from = {"shape": asdict(self.model.shape), "plan": asdict(self.plan), "settings": asdict(self.settings)}
        return {**made_from, "plan": {**made_from["plan"], "tokenizer": None}, "threads": torch.get_num_threads()}

    def _step(self, batch: Batch) -> Tensor:
        rate = self.plan.schedule.rate(self.tokens)
        for optimizer, top in zip(self._optimizers, self._tops, strict=True):
            optimizer.param_groups[0]["lr"] = top * rate
        loss = self._loss(batch)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0, foreach=True)
        for optimizer in self._optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step, self.tokens = self.step + 1, self.tokens + batch.ids.size
        return loss.detach()

    def _loss(self, batch: Batch) -> Tensor:
        arrays = batch.ids, batch.positions, batch.targets, batch.weights
        ids, positions, targets, weights = (torch.from_numpy(array).to(self.settings.device) for array in arrays)
        with torch.autocast(self.settings.device, torch.bfloat16):
            hidden = self.model(ids).flatten(0, 1)
            logits = self.model.logits(hidden[positions])
        losses = F.cross_entropy(logits.float(), targets, reduction="none")
        return (losses * weights).sum() / weights.sum()

    def _exam(self) -> list[Batch]:
        whole = Plan(self.plan.tokenizer, EXAM_SEED, self.plan.schedule, self.plan.batch_tokens, pool_size=256)
        return make_pool(whole, Place(tokens=self.plan.schedule.budget), split="test")

    @torch.no_grad()
    def _held_out(self, exam: list[Batch]) -> float:
        losses = [(self._loss(batch).item(), float(batch.weights.sum())) for batch in exam]
        return round(sum(loss * weight for loss, weight in losses) / sum(weight for _, weight in losses), 4)

    def _report(self, **figures: float) -> None:
        """One JSON line on stdout."""
        share = self.tokens / self.plan.schedule.budget
        print(json.dumps({"step": self.step, "tokens": self.tokens, "share": round(share, 4), **figures}), flush=True)
