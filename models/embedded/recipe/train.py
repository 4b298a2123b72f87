"""Trains the decoder for a given wall time: `python -m models.embedded.recipe.train --out run --minutes 40`.

Muon for the matrices, AdamW for the rest; batches of one length each, so that few shapes are
compiled; the curriculum follows the loss, from one-call conversations to everything.
"""

import argparse
import json
import shutil
import time
from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from models.embedded.recipe.codec import Codec, train_tokenizer
from models.embedded.recipe.conversations import Conversations
from models.embedded.recipe.decoder import Decoder, Shape, export, load

LENGTHS = (128, 192, 256, 384, 512)
"""Fixed lengths of a batch: one compilation each."""
REPORT_EVERY = 50
"""Steps."""


class Batches:
    """Endless batches of about `tokens` padded tokens, all of one length."""

    def __init__(self, codec: Codec, stream: Conversations, tokens: int) -> None:
        self._codec, self._stream, self._tokens = codec, stream, tokens
        self._waiting: dict[int, list[tuple[list[int], list[bool]]]] = defaultdict(list)

    def next(self, level: float) -> tuple[Tensor, Tensor]:
        """Ids and the mask of what is predicted; boxes and kinds grow with `level` (0 to 1)."""
        draw = self._stream.draw
        while True:
            kind = None if draw.chance(0.3 + 0.7 * level) else "single"
            size = draw.number_in(1, 2 + round(6 * level * draw.random.random() ** 0.5))
            ids, mask = self._codec.encode(self._stream.sample(kind, size))
            length = next((length for length in LENGTHS if len(ids) <= length), None)
            if length is None:
                continue
            rows = self._waiting[length]
            rows.append((ids, mask))
            if len(rows) >= self._tokens // length:
                del self._waiting[length]
                return self._padded(rows, length)

    def _padded(self, rows: list[tuple[list[int], list[bool]]], length: int) -> tuple[Tensor, Tensor]:
        out = torch.full((len(rows), length), self._codec.pad)
        keep = torch.zeros((len(rows), length), dtype=torch.bool)
        for row, (ids, mask) in enumerate(rows):
            out[row, : len(ids)] = torch.tensor(ids)
            keep[row, : len(mask)] = torch.tensor(mask)
        return out, keep


@dataclass
class Progress:
    """Where the training is."""

    minutes: float
    level: float
    smooth: float
    """Loss, smoothed; the curriculum follows it."""
    begin: float
    steps: int = 0
    tokens: int = 0

    @property
    def share(self) -> float:
        """Of the wall time, 0 to 1."""
        return (time.monotonic() - self.begin) / 60 / self.minutes

    def rate(self) -> float:
        """Share of the top learning rate: warm up, hold, then decay linearly over the second half."""
        return max(0.0, min(1.0, self.share / 0.02, (1.0 - self.share) / 0.5))

    def note(self, loss: float, tokens: int) -> None:
        """Count one step."""
        self.steps, self.tokens = self.steps + 1, self.tokens + tokens
        self.smooth += 0.04 * (loss - self.smooth)
        self.level = max(self.level, min(1.0, (1.0 - self.smooth) / 0.8))


def build_optimizers(model: Decoder, muon_rate: float, adam_rate: float) -> list[torch.optim.Optimizer]:
    """Muon for the matrices, AdamW for embeddings and gains."""
    named = list(model.named_parameters())
    matrices = [weight for name, weight in named if weight.ndim == 2 and "embed" not in name]
    others = [weight for name, weight in named if weight.ndim != 2 or "embed" in name]
    return [
        torch.optim.Muon(matrices, lr=muon_rate, momentum=0.95, weight_decay=0.01),
        torch.optim.AdamW(others, lr=adam_rate, betas=(0.9, 0.98), weight_decay=0.0),
    ]


def train(model: Decoder, batches: Batches, optimizers: list[torch.optim.Optimizer], progress: Progress) -> None:
    """Train until the time is over; prints one JSON line now and then."""
    forward = torch.compile(model, dynamic=False)
    tops = [group["lr"] for optimizer in optimizers for group in optimizer.param_groups]
    recent: deque[float] = deque(maxlen=REPORT_EVERY)
    while progress.share < 1:
        groups = [group for optimizer in optimizers for group in optimizer.param_groups]
        for group, top in zip(groups, tops, strict=True):
            group["lr"] = top * progress.rate()
        ids, keep = batches.next(progress.level)
        hidden = forward(ids)[:, :-1][keep[:, 1:]]
        loss = F.cross_entropy(model.logits(hidden), ids[:, 1:][keep[:, 1:]])
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        recent.append(loss.item())
        progress.note(recent[-1], ids.numel())
        if progress.steps % REPORT_EVERY == 0:
            report(progress, sum(recent) / len(recent))


def report(progress: Progress, loss: float) -> None:
    """One JSON line on stdout."""
    minutes = progress.share * progress.minutes
    row = {"step": progress.steps, "minutes": round(minutes, 2), "loss": round(loss, 4),
           "level": round(progress.level, 2), "tokens": progress.tokens}  # fmt: skip
    print(json.dumps(row), flush=True)


def prepare(init: Path | None, out: Path) -> tuple[Codec, Decoder]:
    """Tokenizer and model: those of an earlier run, or new ones."""
    out.mkdir(parents=True, exist_ok=True)
    if init is None:
        stream = Conversations(seed=-1)
        train_tokenizer((stream.sample() for _ in range(6000)), out)
        codec = Codec(out)
        return codec, Decoder(Shape(vocab_size=codec.size))
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(init / name, out / name)
    return Codec(out), load(init).train()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the model is written to OUT/model")
    parser.add_argument("--minutes", type=float, default=40)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=3072, help="padded tokens of a batch")
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=4e-3)
    parser.add_argument("--init", type=Path, help="model directory to continue from")
    parser.add_argument("--seed", type=int, default=0)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    codec, model = prepare(a.init, a.out)
    level, smooth = (0.0, 7.0) if a.init is None else (1.0, 0.2)
    progress = Progress(minutes=a.minutes, level=level, smooth=smooth, begin=time.monotonic())
    batches = Batches(codec, Conversations(a.seed + 1), a.tokens)
    train(model, batches, build_optimizers(model, a.muon_rate, a.adam_rate), progress)
    export(model, a.out, a.out / "model", end=codec.end, pad=codec.pad)


if __name__ == "__main__":
    main()
