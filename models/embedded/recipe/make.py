"""Trains and converts, in the environment that has torch: what `python -m models.embedded.recipe` starts there."""

import json

from models.embedded.recipe.compare import compare
from models.embedded.recipe.convert import convert
from models.embedded.recipe.train import build_parser, train


def main() -> None:
    parser = build_parser()
    parser.add_argument("--precision", choices=("fp32", "int8", "int4"), default="int8", help="of the ONNX model")
    options = parser.parse_args()
    if train(options):
        weights, onnx = options.out / "model", options.out / "onnx"
        convert(weights, onnx, options.precision)
        print(json.dumps({"weights": str(weights), "onnx": str(onnx), **compare(weights, onnx, 20)}), flush=True)


if __name__ == "__main__":
    main()
