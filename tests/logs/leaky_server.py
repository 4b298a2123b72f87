"""An MCP server that says its secrets and dies: what causes are made of."""

import os
import sys

sys.stderr.write(f"cannot log in with {os.environ['ARM_TOKEN']}\n")
sys.exit(3)
