"""Converts trained weights for onnxruntime-genai: `python -m models.embedded.recipe.convert run/model out`.

The model builder of onnxruntime-genai does the work (it needs torch, transformers, onnx, onnx-ir). What
is added: one thread, because a matrix this small is faster without a pool and costs no spinning core.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def convert(weights: Path, out: Path, precision: str) -> None:
    """Write the ONNX model, its configuration and the tokenizer to `out`."""
    with tempfile.TemporaryDirectory() as cache:
        command = [sys.executable, "-m", "onnxruntime_genai.models.builder", "-i", str(weights), "-o", str(out)]
        command += ["-p", precision, "-e", "cpu", "-c", cache]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{done.stdout}\nThe model builder failed.")
    use_one_thread(out / "genai_config.json")


def use_one_thread(file: Path) -> None:
    """Set the session options of a genai configuration."""
    config: dict[str, Any] = json.loads(file.read_text())
    config["model"]["decoder"]["session_options"] |= {"intra_op_num_threads": 1, "inter_op_num_threads": 1}
    file.write_text(json.dumps(config, indent=4) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--precision", choices=("fp32", "int8", "int4"), default="int8")
    a = parser.parse_args()
    convert(a.weights, a.out, a.precision)


if __name__ == "__main__":
    main()
