#!/usr/bin/env bash
# Installs Switchyard as it is locked from the folder SOURCE into a new environment TARGET: install.sh SOURCE TARGET
set -euo pipefail
source_folder="$(cd "$1" && pwd)"
mkdir -p "$(dirname "$2")"
target="$(cd "$(dirname "$2")" && pwd)/$(basename "$2")"

command -v uv >/dev/null || python3 -m pip install --quiet --root-user-action ignore "uv>=0.8"

# Not editable: the environment has to work after SOURCE is gone.
UV_PROJECT_ENVIRONMENT="$target" UV_PYTHON="$(command -v python3)" UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy \
  uv sync --project "$source_folder" --frozen --no-dev --no-editable --compile-bytecode --quiet

"$target/bin/switchyard" --version
