"""The commands of ``robot``, apart from the others because they work without a model, and must when one runs wild."""

from pathlib import Path
from typing import Annotated

import typer

robot = typer.Typer(help="Robots: simulate one, guard one, stop it, look after it.", no_args_is_help=True)

Named = Annotated[str, typer.Argument(metavar="[PROFILE]", help="Name of the robot's profile.")]
RobotOption = Annotated[str, typer.Option("--robot", metavar="PROFILE", help="Whose guard; needless with one only.")]
AsJson = Annotated[bool, typer.Option("--json", help="Machine-readable.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; for where nobody can answer.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show tracebacks.")]


@robot.command()
def sim(
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, help="Port of rosbridge; 0 takes a free one.")] = 9090,
    page_port: Annotated[
        int, typer.Option("--page-port", min=0, help="Port of the web page; 0 takes a free one.")
    ] = 9080,
    no_page: Annotated[bool, typer.Option("--no-page", help="Serve no web page.")] = False,
    ros1: Annotated[bool, typer.Option("--ros1", help="Play ROS 1 instead of ROS 2.")] = False,
    log: Annotated[Path | None, typer.Option("--log", help="Append every operation, a JSON object a line.")] = None,
    profile: Annotated[str, typer.Option("--robot", help="Whose guard the page shows and stops.")] = "turtlesim",
    debug: Debug = False,
) -> None:
    """Play a robot behind rosbridge, with a map here and a page in the browser, until Ctrl-C."""
    from app.commands.robot import SimulatorFlags, run_simulator

    flags = SimulatorFlags(host, port, None if no_page else page_port, ros1, log, profile)
    raise typer.Exit(run_simulator(flags))


@robot.command()
def guard(
    profile: Annotated[str, typer.Argument(metavar="[PROFILE]", help="A profile's name or file.")] = "turtlesim",
    rosbridge: Annotated[str, typer.Option("--rosbridge", help="HOST:PORT instead of the profile's.")] = "",
    host: Annotated[str, typer.Option("--host", help="Beyond loopback every client needs the token.")] = "127.0.0.1",
    port: Annotated[int | None, typer.Option("--port", "-p", min=0, help="For clients; 0 takes a free one.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="Let no command through.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Answer commands as if they were done.")] = False,
    held: Annotated[bool, typer.Option("--held", help="Let nothing through before the first release.")] = False,
    debug: Debug = False,
) -> None:
    """Stand between rosbridge and any client of it, until Ctrl-C; no agent needed."""
    from app.commands.robot import run_guard

    valued = {"--rosbridge": rosbridge, "--host": host, "--port": "" if port is None else str(port)}
    switches = {"--read-only": read_only, "--dry-run": dry_run, "--held": held}
    options = [word for name, value in valued.items() if value for word in (name, value)]
    raise typer.Exit(run_guard(profile, [*options, *(name for name, given in switches.items() if given)]))


@robot.command()
def stop(profile: Named = "", debug: Debug = False) -> None:
    """Press the emergency stop of a robot, or of every robot (exit code 6 when a guard does not answer)."""
    from app.commands.robot import stop_robots

    raise typer.Exit(stop_robots(profile))


@robot.command()
def status(profile: Named = "", as_json: AsJson = False, debug: Debug = False) -> None:
    """Show what guards say of their robots (exit code 6 when one does not answer)."""
    from app.commands.robot import show_status

    raise typer.Exit(show_status(profile, as_json=as_json))


@robot.command()
def reset(profile: Named = "", yes: Yes = False, debug: Debug = False) -> None:
    """Take the emergency stop back, after a person has looked at the robot."""
    from app.commands.robot import reset_robot

    raise typer.Exit(reset_robot(profile, yes=yes))


@robot.command()
def record(
    file: Annotated[Path, typer.Argument(help="A new file.")],
    profile: RobotOption = "",
    seconds: Annotated[float | None, typer.Option("--seconds", min=0.1, help="How long; else until Ctrl-C.")] = None,
    past: Annotated[bool, typer.Option("--past", help="All that the black box has, instead of what comes.")] = False,
    debug: Debug = False,
) -> None:
    """Keep what passes the guard, both ways, in a file."""
    from app.commands.robot_recording import Recording
    from app.commands.robot_recording import record as keep

    raise typer.Exit(keep(Recording(file, profile, seconds, past)))


@robot.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording, or a black box.")],
    profile: RobotOption = "",
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="2 plays twice as fast.")] = 1.0,
    yes: Yes = False,
    debug: Debug = False,
) -> None:
    """Send what reached the robot then once more, in the same rhythm, through its guard."""
    from app.commands.robot_recording import replay_recording

    raise typer.Exit(replay_recording(file, profile, speed=speed, yes=yes))
