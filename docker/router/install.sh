#!/usr/bin/env bash
# Installs vllm-router into a new environment TARGET: install.sh TARGET
set -euo pipefail
python3 -m venv "$1"
"$1/bin/python" -m pip install --quiet --disable-pip-version-check vllm-router==0.1.16
"$1/bin/vllm-router" --help >/dev/null
