"""Trains the decoder: `python -m models.embedded.recipe.train --out run --tokens 30M`.

Tokenizer first, where there is none to start from. Interrupted, the same command with `--resume`
continues; what comes out does not depend on it. Result: `OUT/model`, bf16 weights.
"""

import argparse
import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import torch

from models.embedded.recipe.batches import Plan
from models.embedded.recipe.checkpoint import newest_checkpoint, read_checkpoint
from models.embedded.recipe.codec import Codec, train_tokenizer
from models.embedded.recipe.conversations import Conversations
from models.embedded.recipe.decoder import Decoder, Shape, export, load
from models.embedded.recipe.deepening import deepened
from models.embedded.recipe.schedule import Schedule
from models.embedded.recipe.training import Pace, Run, Settings

TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json")


def amount(text: str) -> int:
    """A number of tokens: 30000000, 30M or 500k."""
    unit = {"k": 1_000, "m": 1_000_000}.get(text[-1:].lower(), 1)
    return int(float(text.rstrip("kKmM")) * unit)


def build_parser() -> argparse.ArgumentParser:
    """The options; every bit of what comes out depends on all of them but OUT, interruptions and the pace."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="checkpoints and the model are written there")
    parser.add_argument("--resume", action="store_true", help="continue from the newest checkpoint in OUT, if any")
    parser.add_argument(
        "--init",
        type=Path,
        nargs="+",
        help="model, or OUT of another run, to go on from, with its tokenizer; several: their mean",
    )
    parser.add_argument("--tokens", type=amount, default=amount("30M"), help="to train on, padding included")
    parser.add_argument("--batch-tokens", type=amount, default=4096, help="of a batch, padding included")
    parser.add_argument("--pool-size", type=int, default=1024, help="conversations that are sorted by length together")
    parser.add_argument("--vocabulary", type=int, default=1024)
    parser.add_argument("--tokenizer-samples", type=int, default=6000, help="conversations the tokenizer is made from")
    parser.add_argument("--hidden", type=int, default=192, help="a multiple of 32")
    parser.add_argument("--layers", type=int, help="4, or as many as INIT has; more than INIT has: new ones are added")
    parser.add_argument("--muon-rate", type=float, default=0.02)
    parser.add_argument("--adam-rate", type=float, default=4e-3)
    parser.add_argument("--decay", type=float, default=0.5, help="share of the tokens, at the end, with a falling rate")
    parser.add_argument("--seed", type=int, default=1, help="1 or more")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--eager", action="store_true", help="do not compile: faster for less than a million tokens")
    parser.add_argument("--report-every", type=int, default=50, metavar="STEPS")
    parser.add_argument("--check-every", type=int, default=500, metavar="STEPS", help="the held-out loss")
    parser.add_argument("--save-every", type=int, default=500, metavar="STEPS")
    parser.add_argument("--stop-at", type=int, metavar="STEP", help="stop there, as if interrupted")
    return parser


def train(options: argparse.Namespace) -> bool:
    """Train and export to OUT/model; False where `--stop-at` ended it before the budget did."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what makes matrix products on a GPU repeatable
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    run = start(options)
    if options.resume:
        run.resume()
    if not run.plan.schedule.is_over(run.tokens):
        run.train(options.stop_at)
    if not run.plan.schedule.is_over(run.tokens):
        return False
    codec = Codec(options.out)
    print(json.dumps({"made": str(options.out / "model"), "fingerprint": fingerprint(run.model)}), flush=True)
    export(run.model, options.out, options.out / "model", end=codec.end, pad=codec.pad)
    return True


def fingerprint(model: Decoder) -> str:
    """A hash of all weights, bit for bit, before they are rounded for the export."""
    seen = hashlib.sha256()
    for weight in model.state_dict().values():
        seen.update(weight.cpu().numpy().tobytes())
    return seen.hexdigest()


def start(options: argparse.Namespace) -> Run:
    """A run at its beginning."""
    codec = prepare_tokenizer(options)
    shape = Shape(
        vocab_size=codec.size, hidden=options.hidden, intermediate=2 * options.hidden, layers=options.layers or 4,
        heads=options.hidden // 32, kv_heads=options.hidden // 32,
    )  # fmt: skip
    ramp = Schedule.ramp if options.init is None else 0
    schedule = Schedule(options.tokens, decay=options.decay, ramp=ramp)
    return Run(
        model=Decoder(shape) if options.init is None else begun(options.init, options.layers).train(),
        plan=Plan(options.out, options.seed, schedule, options.batch_tokens, options.pool_size),
        settings=Settings(options.muon_rate, options.adam_rate, options.device, compiled=not options.eager),
        pace=Pace(options.report_every, options.check_every, options.save_every),
        checkpoints=options.out / "checkpoints",
    )


def begun(directories: Sequence[Path], layers: int | None = None) -> Decoder:
    """The model of a directory, or the mean of several that went on from the same one.

    Raises:
        ValueError: when it has more than `layers` layers, or the several differ in shape.
    """
    model, *others = (_begun(directory) for directory in directories)
    if any(other.shape != model.shape for other in others):
        raise ValueError(f"{', '.join(map(str, directories))} differ in shape, so there is no mean of them")
    weights = [each.state_dict() for each in (model, *others)]
    model.load_state_dict({name: torch.stack([w[name] for w in weights]).mean(0) for name in weights[0]})
    return deepened(model, layers or model.shape.layers)


def _begun(directory: Path) -> Decoder:
    """The model that `export` wrote, or the newest one of a run that was not finished."""
    file = newest_checkpoint(directory / "checkpoints")
    if file is None:
        return load(directory)
    state = read_checkpoint(file)
    model = Decoder(Shape(**state["made_with"]["shape"]))
    model.load_state_dict(state["model"])
    return model


def prepare_tokenizer(options: argparse.Namespace) -> Codec:
    """That of the model to continue from or of the run to resume, else a new one."""
    options.out.mkdir(parents=True, exist_ok=True)
    if options.init is not None:
        for name in TOKENIZER_FILES:
            shutil.copyfile(options.init[0] / name, options.out / name)
    elif not (options.resume and all((options.out / name).exists() for name in TOKENIZER_FILES)):
        stream = Conversations(seed=-1)
        train_tokenizer((stream.sample() for _ in range(options.tokenizer_samples)), options.out, options.vocabulary)
    return Codec(options.out)


def main() -> None:
    train(build_parser().parse_args())


if __name__ == "__main__":
    main()
