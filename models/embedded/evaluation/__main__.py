"""Measures the embedded model: `python -m models.embedded.evaluation`.

Prints how many cases are right, by kind: the model alone, with the agent's checks, and (in process) with
constrained decoding as well, which is what the agent does. Needs no torch.
`--runtime vllm` or `both` starts the server that `serve embedded` starts, unless `--url` names one.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from contextlib import closing, nullcontext
from pathlib import Path

from models.embedded.evaluation.cases import KINDS, Case, load_cases
from models.embedded.evaluation.measuring import Outcome, measure
from models.embedded.evaluation.onnx_runtime import OnnxRuntime
from models.embedded.evaluation.report import differences, scores, table, wrong
from models.embedded.evaluation.served import serving_embedded
from models.embedded.evaluation.vllm_runtime import SERVED_NAME, VllmRuntime


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    cases = load_cases(*options.only)
    outcomes = dict(_measured(options, cases))
    print("\n".join(table(outcomes)))
    for name, measured in outcomes.items():
        for text in [*wrong(measured)][: options.show]:
            print(f"\n{name}: {text}")
    if len(outcomes) == 2:
        print("", *differences(outcomes), sep="\n")
    if options.json:
        options.json.write_text(_as_json(outcomes), encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.embedded.evaluation", description=__doc__)
    parser.add_argument("--only", choices=KINDS, action="append", default=[], metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--runtime", choices=("onnx", "vllm", "both"), default="onnx")
    parser.add_argument("--directory", type=Path, help="the ONNX model; unset means the shipped one")
    parser.add_argument("--url", help="of a vLLM that runs, up to and including /v1")
    parser.add_argument("--model", default=SERVED_NAME, help="its name at --url")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="wrong cases to print")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write scores and all answers here")
    return parser


def _measured(options: argparse.Namespace, cases: Sequence[Case]) -> Iterator[tuple[str, list[Outcome]]]:
    if options.runtime != "vllm":
        yield OnnxRuntime.name, measure(OnnxRuntime(options.directory), cases)
    if options.runtime != "onnx":
        with (
            nullcontext(options.url) if options.url else serving_embedded() as url,
            closing(VllmRuntime(url, options.model)) as runtime,
        ):
            yield VllmRuntime.name, measure(runtime, cases)


def _as_json(outcomes: dict[str, list[Outcome]]) -> str:
    runtimes = {
        name: {"scores": scores(measured), "cases": [one.as_json() for one in measured]}
        for name, measured in outcomes.items()
    }
    return json.dumps(runtimes, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    main()
