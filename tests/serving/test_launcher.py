import json
import os
import signal
import socket
import stat
import subprocess
from pathlib import Path

import psutil
import pytest
from dotenv import dotenv_values

from app.serving.running import running_endpoint
from app.settings_sources import load_settings
from tests.conftest import Outcome
from tests.serving.conftest import Serve, wait_for
from tests.serving.vllm_server import lives

pytestmark = pytest.mark.slow


def state_file(serve: Serve) -> Path:
    return Path(os.environ["STORAGE__HOME"]) / "serving" / f"{serve.port}.json"


def detached(serve: Serve, *args: object) -> Outcome:
    done = serve.detach(*args)
    assert done.code == 0, done.stderr
    return done


def test_a_start_shows_what_vllm_is_doing_and_where_it_answers(serve: Serve) -> None:
    done = detached(serve)
    shown = [line.split("s  ", 1)[1] for line in done.stderr.splitlines() if line.startswith("  ")]
    assert shown[0] == "reading its options"
    assert shown[-2:] == ["loading weights", "reserving the KV cache"]
    assert f"anything at http://127.0.0.1:{serve.port}/v1" in done.stderr
    assert done.stdout == ""


def test_a_detached_server_is_shown_and_stopped_with_all_its_processes(serve: Serve) -> None:
    detached(serve)
    child = serve.started_by("child")
    [row] = json.loads(serve("status", "--json").stdout)
    assert (row["model"], row["state"], row["port"]) == ("anything", "healthy", serve.port)
    assert lives(row["pid"])
    assert lives(child)
    assert serve("stop").code == 0
    assert not lives(row["pid"])
    assert not lives(child)
    assert serve("status").code == 1
    assert not state_file(serve).exists()


def test_run_finds_a_server_that_serve_started_until_it_is_stopped(serve: Serve) -> None:
    assert running_endpoint(load_settings()) is None
    detached(serve, "--api-key", "secret-key")
    found = running_endpoint(load_settings())
    assert found
    assert (found.base_url, found.model) == (f"http://127.0.0.1:{serve.port}/v1", "anything")
    assert found.api_key.get_secret_value() == "secret-key"
    serve("stop")
    assert running_endpoint(load_settings()) is None


def test_a_key_reaches_the_server_but_no_command_line_and_nobody_elses_eyes(serve: Serve) -> None:
    detached(serve, "--api-key", "secret-key")
    pid = json.loads(state_file(serve).read_text())["pid"]
    assert "secret-key" not in " ".join(psutil.Process(pid).cmdline())
    assert '"key": "secret-key"' in serve("logs").stdout
    assert stat.S_IMODE(state_file(serve).stat().st_mode) == 0o600
    assert "secret-key" not in serve(serve.profile(), "--print", "--api-key", "secret-key").stdout


def test_another_process_of_the_same_number_is_neither_found_nor_stopped(serve: Serve) -> None:
    detached(serve)
    written = json.loads(state_file(serve).read_text())
    serve("stop")
    with subprocess.Popen(["sleep", "60"]) as stranger:
        state_file(serve).write_text(json.dumps(written | {"pid": stranger.pid}))
        assert running_endpoint(load_settings()) is None
        assert serve("stop").code == 2
        assert stranger.poll() is None
        stranger.kill()


def test_what_outlives_a_killed_server_is_shown_and_stopped(serve: Serve) -> None:
    detached(serve)
    child = serve.started_by("child")
    os.kill(json.loads(state_file(serve).read_text())["pid"], signal.SIGKILL)
    assert "not all of its processes" in wait_for(lambda: "dead" in (out := serve("status").stdout) and out)
    assert serve("stop").code == 0
    assert not lives(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_a_server_in_the_foreground_ends_with_the_launcher(serve: Serve, number: signal.Signals) -> None:
    launcher = serve.start(serve.profile(), "--port", serve.port)
    server = wait_for(lambda: state_file(serve).exists() and json.loads(state_file(serve).read_text()))["pid"]
    child = serve.started_by("child")
    wait_for(lambda: json.loads(state_file(serve).read_text())["ready"])
    launcher.send_signal(number)
    wait_for(lambda: not lives(server))
    code = launcher.wait(timeout=20)
    if number != signal.SIGKILL:
        assert code == (130 if number == signal.SIGINT else 128 + number)
        assert not lives(child)
        assert not state_file(serve).exists()
    serve("stop")
    wait_for(lambda: not lives(child))


def test_a_server_whose_launcher_was_killed_during_the_start_is_found_once_it_answers(serve: Serve) -> None:
    detached(serve)
    written = json.loads(state_file(serve).read_text())
    state_file(serve).write_text(json.dumps(written | {"ready": False}))
    assert running_endpoint(load_settings()) is None
    assert "healthy" in serve("status").stdout
    assert running_endpoint(load_settings()) is not None


def test_ctrl_c_during_the_start_leaves_nobody(serve: Serve) -> None:
    launcher = serve.start(serve.profile("never"), "--detach", "--port", serve.port)
    child = serve.started_by("child")
    launcher.send_signal(signal.SIGINT)
    assert launcher.wait(timeout=20) == 130
    assert not lives(child)
    assert not state_file(serve).exists()


def test_ctrl_c_before_the_server_says_anything_leaves_nobody(serve: Serve) -> None:
    launcher = serve.start(serve.profile("never"), "--detach", "--port", serve.port)
    wait_for(lambda: list(Path(os.environ["STORAGE__HOME"]).glob(f"logs/serve-{serve.port}.log")))
    launcher.send_signal(signal.SIGINT)
    assert serve.finish(launcher).code == 130
    assert not [found for found in psutil.process_iter(["cmdline"]) if str(serve.port) in (found.info["cmdline"] or ())]


def test_a_start_that_takes_too_long_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVING__START_TIMEOUT", "0.5")
    done = serve.detach(model="never")
    assert done.code == 4
    assert "not ready after 0 seconds" in done.stderr or "not ready after 1 seconds" in done.stderr
    assert not lives(serve.started_by("child"))


def test_a_failed_start_says_why_and_leaves_nobody(serve: Serve, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("KeyError: 'invalid tool call parser: nonsense (chose from { hermes,mistral })'\n")
    done = serve.detach(model=f"dies:{log}")
    assert done.code == 4
    assert "error: vLLM did not start: this vLLM has no parser called 'nonsense'." in done.stderr
    assert "hint: `serve list`" in done.stderr
    assert not state_file(serve).exists()
    assert serve("status").code == 1


def test_a_port_in_use_is_said_before_anything_starts(serve: Serve) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", serve.port))
        other.listen()
        done = serve(serve.profile(), "--detach", "--port", serve.port)
    assert done.code == 4
    assert f"127.0.0.1:{serve.port} cannot be opened: Address already in use." in done.stderr


def test_a_second_server_at_the_same_port_is_refused_with_the_way_out(serve: Serve) -> None:
    detached(serve)
    done = serve(serve.profile(), "--detach", "--port", serve.port)
    assert done.code == 4
    assert f"serve stop --port {serve.port}" in done.stderr


def test_write_env_names_the_server_and_leaves_every_value_that_is_there(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# mine\nMODEL__NAME=chosen-by-me\n")
    done = detached(serve, "--write-env")
    values = dotenv_values(tmp_path / ".env")
    assert values == {"MODEL__NAME": "chosen-by-me", "MODEL__BASE_URL": f"http://127.0.0.1:{serve.port}/v1"}
    assert (tmp_path / ".env").read_text().startswith("# mine\n")
    assert ".env keeps its own MODEL__NAME" in done.stderr


def test_a_server_for_other_machines_is_warned_about(serve: Serve) -> None:
    done = serve(serve.profile(), "--print", "--host", "0.0.0.0")
    assert "need no key" in done.stderr
    assert "--host 0.0.0.0" in done.stdout
