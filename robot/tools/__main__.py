"""``python -m robot.tools``: the tools for one robot, over stdio.

Everything may come from the environment, which is what an mcp.json can set: ``ROBOT_PROFILE``, ``GUARD_PORT`` and,
for a guard that demands one, ``GUARD_TOKEN``.
"""

import argparse
import os
import sys
from pathlib import Path

from robot.profile import Address, ProfileError, load_profile


def main() -> int:
    """Serve until the client goes away; 2 when the profile cannot be used."""
    options = _parser().parse_args()
    try:
        profile = load_profile(options.profile)
    except ProfileError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    from robot.tools.actions import Robot
    from robot.tools.server import build_server

    address = Address(options.host, options.port or profile.guard.port)
    build_server(Robot(profile, address, os.environ.get("GUARD_TOKEN", ""))).run()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m robot.tools", description=__doc__)
    profile = os.environ.get("ROBOT_PROFILE") or None
    parser.add_argument("--profile", type=Path, default=profile, required=not profile, help="robots/<name>.yaml")
    parser.add_argument("--host", default="127.0.0.1", help="where the guard listens")
    port = os.environ.get("GUARD_PORT") or "0"
    parser.add_argument("--port", type=int, default=port, help="the guard's port; 0 takes the profile's")
    return parser


if __name__ == "__main__":
    sys.exit(main())
