#!/usr/bin/env bash
# Installs ros-mcp into a new environment TARGET: install.sh TARGET
set -euo pipefail

python3 -m venv "$1"
# The release that app/robot reads results of: another one may word them otherwise.
"$1/bin/pip" install --quiet --disable-pip-version-check "ros-mcp==3.1.2"
"$1/bin/ros-mcp" --help >/dev/null
