"""The real program, killed with SIGKILL at moments drawn from a seed."""

import os
import secrets

SEED = int(os.environ.get("CRASH_SEED") or secrets.randbelow(1_000_000))
