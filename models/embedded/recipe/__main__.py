"""Makes the embedded model, from nothing to both exports: `uv run python -m models.embedded.recipe --out run`.

Runs in the serving environment (made first where there is none) with the packages of
`requirements.txt` laid over it by uv, so that neither torch nor the ONNX tools enter the project.
The options are those of `train` and the precision that `make` adds; `--help` shows them.
"""

import os
import sys
from pathlib import Path

from app.serving.environment import Kind, ensure_environment, python_of
from app.serving.package_sources import pip_sources

ROOT = Path(__file__).resolve().parents[3]
REQUIREMENTS = Path(__file__).parent / "requirements.txt"


def command(arguments: list[str]) -> tuple[list[str], dict[str, str]]:
    """What makes the model in an environment that can, and the environment variables for it."""
    kind: Kind = "gpu" if "cuda" in arguments or "--device=cuda" in arguments else "cpu"
    python, sources = python_of(ensure_environment(kind, on_progress=print)), pip_sources()
    layered = ["uv", "run", "--quiet", "--no-project", "--python", str(python), "--with-requirements"]
    program = [*layered, str(REQUIREMENTS), *sources.options, "python", "-m", "models.embedded.recipe.make"]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    return [*program, *arguments], {**os.environ, **sources.environment, "PYTHONPATH": path}


def main() -> None:
    program, environment = command(sys.argv[1:])
    os.execvpe(program[0], program, environment)


if __name__ == "__main__":
    main()
