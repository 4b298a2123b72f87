import ast
import contextlib
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

from app.deferred_packages import PACKAGES, DeferredPackages
from tests.source_tree import ROOT

pytestmark = pytest.mark.slow

BEGIN = "from app.cold_start import begin_cold_start, end_cold_start; begin_cold_start()\n"


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_a_run_imports_leaves_out_what_it_does_not_use():
    loaded = python(
        f"{BEGIN}import graphs.agent, app.chat.vllm_chat, app.mcp_client.session, app.mcp_client.callbacks, sys\n"
        "print(*sys.modules)"
    ).split()
    unused = {"langchain_mcp_adapters", "langchain_openai.chat_models.azure", "langsmith.types.run"}
    unused |= {"mcp.server", "openai.types.audio", "websockets", "prompt_toolkit", "PIL"}
    assert "mcp.client.session" in loaded
    assert unused & set(loaded) == set()


def test_deferred_packages_still_have_every_name():
    show = "import json; print(json.dumps({p: [n for n in dir(import_module(p)) if n[0] != '_'] for p in PACKAGES}))"
    plain = python(f"from importlib import import_module\nfrom app.deferred_packages import PACKAGES\n{show}")
    missing = f"[(p, n) for p, names in {json.loads(plain)}.items() for n in names if not hasattr(import_module(p), n)]"
    assert python(f"{BEGIN}from importlib import import_module\nprint({missing})") == "[]\n"
    assert all(json.loads(plain).values())


def test_collection_is_off_only_while_the_program_starts():
    said = python(f"{BEGIN}import gc; print(gc.isenabled()); end_cold_start(); print(gc.isenabled())")
    assert said.split() == ["False", "True"]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package `waiting`, found by the finder."""
    folder = tmp_path / "waiting"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [DeferredPackages(["waiting"]), *sys.meta_path])
    yield folder
    for name in [name for name in sys.modules if name.split(".")[0] == "waiting"]:
        del sys.modules[name]


def test_init_runs_when_the_package_is_asked_and_only_once(package: Path):
    (package / "__init__.py").write_text("import waiting.counted\nwaiting.counted.runs.append(1)\nname = 'found'\n")
    (package / "counted.py").write_text("runs = []\n")
    counted = importlib.import_module("waiting.counted")
    waiting = importlib.import_module("waiting")
    assert counted.runs == []
    assert (waiting.name, waiting.name) == ("found", "found")
    assert counted.runs == [1]
    with pytest.raises(AttributeError, match="no attribute 'other'"):
        _ = waiting.other


def test_a_package_keeps_its_own_getattr(package: Path):
    (package / "__init__.py").write_text("def __getattr__(name):\n    return name.upper()\n")
    assert importlib.import_module("waiting").anything == "ANYTHING"


def test_threads_that_need_each_other_do_not_wait_for_ever(package: Path):
    (package / "meeting.py").write_text(
        "import threading\ninit_began, inner_began = threading.Event(), threading.Event()\n"
    )
    (package / "__init__.py").write_text(
        "from waiting import meeting\nmeeting.init_began.set()\nmeeting.inner_began.wait(5)\n"
        "from waiting.inner import value\n"
    )
    (package / "inner.py").write_text(
        "from waiting import meeting\nmeeting.inner_began.set()\nimport waiting\nvalue = waiting.late\n"
    )
    meeting = importlib.import_module("waiting.meeting")

    def ask_package() -> None:
        with contextlib.suppress(ImportError, AttributeError):
            _ = importlib.import_module("waiting").value

    def import_module() -> None:
        meeting.init_began.wait(5)
        with contextlib.suppress(ImportError, AttributeError):
            importlib.import_module("waiting.inner")

    threads = [threading.Thread(target=target, daemon=True) for target in (ask_package, import_module)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_of_a_deferred_package_needs_a_name_of_the_package(package: str):
    """Imported before the package was asked for anything, such a module would find it half made."""
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    init = Path(spec.origin)
    needed = [
        (path.name, alias.name)
        for path in init.parent.rglob("*.py")
        if path != init
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ImportFrom) and base_of(node, package, path.relative_to(init.parent)) == package
        for alias in node.names
        if not any(init.parent.glob(f"{alias.name}*"))
    ]
    assert needed == []


def base_of(node: ast.ImportFrom, package: str, place: Path) -> str:
    """What `from ... import` names, for a file at this place in the package."""
    return resolve_name("." * node.level + (node.module or ""), ".".join([package, *place.parent.parts]))
