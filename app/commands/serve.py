"""``serve``: start a server and watch it, or leave it running; ``serve list | status | stop | logs``."""

import json
import shlex
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.console import say, styled, warn
from app.errors import Interrupted, UsageError
from app.serving.command_line import SECRETS, Launch, Wish, plan_launch
from app.serving.containers import compose_command, compose_line, compose_variables
from app.serving.end_signals import EndSignals, Stopped
from app.serving.env_file import write_endpoint
from app.serving.find_vllm import find_vllm, installed_vllm
from app.serving.launcher import Server, guarded, healthy, start_server, stop_record, wait_until_ready
from app.serving.profiles import find_profile, profile_names
from app.serving.running import ServerRecord, forget, remember, server_records
from app.settings import SettingsTree
from app.settings_sources import load_environment, load_settings
from robot.loopback import is_loopback

_STEP = 0.2


@dataclass(frozen=True)
class ServeOptions:
    """What `serve` shall do with the server."""

    show: bool
    detach: bool
    install: bool
    docker: bool
    write_env: bool


def serve_model(wish: Wish, options: ServeOptions) -> int:
    """Start a server; without `--detach` it lives as long as this does.

    Raises:
        UsageError: The profile, the model or a flag is not known.
        ConfigurationError: There is no vLLM, or no Docker.
        EndpointError: The server did not start.
    """
    settings = load_settings()
    launch = plan_launch(wish)
    if launch.notice:
        say(launch.notice)
    if not is_loopback(launch.host):
        warn(f"{launch.host} lets other machines in; /metrics, /tokenize and /invocations need no key.")
    if options.docker:
        return _serve_in_container(launch, options)
    if options.show:
        print(launch.shown(installed_vllm(settings.serving) or ["vllm", "serve"]))
        return 0
    vllm = find_vllm(settings.serving, install=options.install, on_progress=lambda line: say(styled(line, "dim")))
    return _serve(settings, launch, vllm, options)


def list_profiles(*, as_json: bool) -> int:
    """Print the profiles that come with Switchyard."""
    profiles = [profile for name in profile_names() if (profile := find_profile(name))]
    rows = [
        {"profile": profile.name, "model": profile.model, "title": profile.title, **profile.notes}
        for profile in profiles
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        print(f"{row['profile']}  {row['model']}")
        for name in ("memory", "parser", "template", "note"):
            print(f"    {name}: {row.get(name, '')}")
    return 0


def show_status(*, as_json: bool) -> int:
    """Print the servers that run; 1 when there is none."""
    settings = load_settings()
    rows = [_status(settings, record) for record in server_records(settings.storage)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0 if rows else 1
    for row in rows:
        print(f"{row['model']}  {row['base_url']}  {row['state']}  pid {row['pid']}  up {row['seconds']:.0f} s")
        print(f"    log: {row['log']}")
    if not rows:
        say("no server that `serve` started is running.")
    return 0 if rows else 1


def stop_servers(port: int | None) -> int:
    """Stop the server at a port, or all of them."""
    settings = load_settings()
    records = _chosen(settings, port)
    left = [record for record in records if not stop_record(settings, record)]
    for record in records:
        say(f"{record.model} at {record.base_url} {'does not end' if record in left else 'stopped'}.")
    return 1 if left else 0


def show_log(port: int | None, *, follow: bool, lines: int) -> int:
    """Print the end of a server's log, or of the last one's."""
    log = Path(_chosen(load_settings(), port)[0].log)
    written = log.read_text(encoding="utf-8", errors="replace").splitlines()
    print("\n".join(written[-lines:]), flush=True)
    return subprocess.run(["tail", "-n", "0", "-F", log], check=False).returncode if follow else 0


def _serve(settings: SettingsTree, launch: Launch, vllm: list[str], options: ServeOptions) -> int:
    with EndSignals() as signals:
        server = start_server(settings, launch, vllm, signals, outlive=options.detach)
        try:
            with guarded(settings, server):
                say(f"starting {launch.model} at {launch.base_url}; log: {server.record.log}")
                wait_until_ready(server, timeout=settings.serving.start_timeout, on_stage=_stage_line(server))
                remember(settings.storage, server.record, ready=True)
                _announce(server, options)
                return 0 if options.detach else _watch(server)
        except Stopped as stopped:
            if stopped.number == signal.SIGINT:
                raise Interrupted(f"{launch.served_name} stopped.") from None
            return 128 + stopped.number
        finally:
            if not options.detach:
                forget(settings.storage, server.record)


def _announce(server: Server, options: ServeOptions) -> None:
    record = server.record
    seconds = time.time() - record.started
    say(styled(f"ready after {seconds:.0f} s: {record.model} at {record.base_url} (pid {record.pid})", "green"))
    if options.write_env:
        _write_env(record)
    say(
        "`run` and `repl` find it; `serve stop` ends it."
        if options.detach
        else "`run` and `repl` find it; Ctrl-C ends it."
    )


def _watch(server: Server) -> int:
    while (code := server.ended()) is None:
        time.sleep(_STEP)
    server.stop()
    warn(f"vLLM ended with code {code}; log: {server.record.log}")
    return 1


def _stage_line(server: Server) -> Callable[[str], None]:
    return lambda stage: say(styled(f"  {time.time() - server.record.started:4.0f} s  {stage}", "dim"))


def _write_env(record: ServerRecord) -> None:
    key = {"MODEL__API_KEY": record.api_key} if record.api_key else {}
    values = {"MODEL__BASE_URL": record.base_url, "MODEL__NAME": record.model, **key}
    written, kept = write_endpoint(Path(".env"), values)
    if written:
        say(f"wrote {', '.join(written)} to .env.")
    if kept:
        warn(f".env keeps its own {', '.join(kept)}.")


def _status(settings: SettingsTree, record: ServerRecord) -> dict[str, Any]:
    answers = record.lives and healthy(record)
    if answers and not record.ready:  # the launcher did not live to see it
        remember(settings.storage, record, ready=True)
    if not record.lives:
        state = "dead, but not all of its processes"
    elif answers:
        state = "healthy"
    else:
        state = "does not answer" if record.ready else "starting"
    seconds = round(time.time() - record.started, 1)
    shown = {"model": record.model, "base_url": record.base_url, "port": record.port, "pid": record.pid}
    return {**shown, "state": state, "seconds": seconds, "log": record.log}


def _chosen(settings: SettingsTree, port: int | None) -> list[ServerRecord]:
    records = server_records(settings.storage)
    chosen = [record for record in records if port in (None, record.port)]
    if chosen:
        return chosen
    known = ", ".join(str(record.port) for record in records)
    raise UsageError(
        f"no server that `serve` started runs{f' at port {port}' if port else ''}.",
        hint=f"There is one at: {known}." if known else "`serve PROFILE --detach` starts one.",
    )


def _serve_in_container(launch: Launch, options: ServeOptions) -> int:
    variables = compose_variables(launch)
    if options.show:
        shown = shlex.join([f"{name}={value}" for name, value in variables.items() if name not in SECRETS])
        print(f"{shown} {shlex.join(compose_line(detach=options.detach))}")
        return 0
    command = compose_command(detach=options.detach)
    return subprocess.run(command, env=load_environment() | dict(variables), check=False).returncode
