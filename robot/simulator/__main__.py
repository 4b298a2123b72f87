"""``python -m robot.simulator``: the command line of the simulated robot."""

import argparse
import sys
from pathlib import Path

from robot.simulator.page_server import PAGE_PORT
from robot.simulator.run import RunOptions, run_simulator
from robot.simulator.server import ROSBRIDGE_PORT


def options_of(arguments: list[str]) -> RunOptions:
    """The options that a command line asks for; ends the program on a wrong one."""
    parser = argparse.ArgumentParser(prog="python -m robot.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where rosbridge listens (default: this machine alone)")
    parser.add_argument("--port", type=int, default=ROSBRIDGE_PORT, help="port of rosbridge, 0 for a free one")
    parser.add_argument("--page-port", type=int, default=PAGE_PORT, help="port of the web page, 0 for a free one")
    parser.add_argument("--no-page", action="store_true", help="serve no web page")
    parser.add_argument("--ros1", action="store_true", help="play rosbridge of ROS 1 instead of ROS 2")
    parser.add_argument(
        "--status-frames", action="store_true", help="tell clients of their mistakes; real rosbridge is silent"
    )
    parser.add_argument(
        "--rate", action="append", default=[], type=_rate, metavar="TOPIC=HZ", help="publish a topic at this rate"
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="append every operation, a JSON object a line")
    parser.add_argument("--guard", type=Path, metavar="FILE", help="state file of a guard, for the web page")
    given = parser.parse_args(arguments)
    return RunOptions(
        host=given.host,
        port=given.port,
        ros1=given.ros1,
        status_frames=given.status_frames,
        rates=dict(given.rate),
        log_file=given.log,
        page_port=None if given.no_page else given.page_port,
        guard=given.guard,
    )


def _rate(text: str) -> tuple[str, float]:
    topic, _, rate = text.partition("=")
    try:
        hertz = float(rate)
    except ValueError:
        hertz = 0.0
    if not topic.startswith("/") or not 0 < hertz <= 1000:
        raise argparse.ArgumentTypeError(f"{text!r} is not TOPIC=HZ with a rate above 0, such as /turtle1/pose=5")
    return topic, hertz


if __name__ == "__main__":
    sys.exit(run_simulator(options_of(sys.argv[1:])))
