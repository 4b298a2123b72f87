"""Keeps the shape of the house: arrows, sizes, names, docstrings, and the tools that check the rest."""

import ast
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from graphs.agent import build_agent
from tests.source_tree import ROOMS, ROOT, Module, modules, within

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "mcp", "types", "logging", "docker"}
HEAVY = ("langchain", "langchain_core", "langchain_openai", "langchain_mcp_adapters", "langgraph", "langsmith")
HEAVY += ("mcp", "openai", "onnxruntime", "onnxruntime_genai")
COLD_START_SECONDS = 0.6

SUPPRESSION = re.compile(r"#\s*(?:noqa|type:\s*ignore|pyright:\s*ignore)")
EXPLAINED = re.compile(
    r"#\s*(?:noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*|(?:type|pyright): ?ignore\[[\w, -]+\])\W+\w.{7,}"
)


def offenders(rooms: tuple[str, ...], forbidden: Callable[[Module, str], bool]) -> list[str]:
    """`file imports name` for every import that is forbidden there."""
    return [
        f"{module.place} imports {name}"
        for module in modules(*rooms)
        for name in sorted(set(module.imports()))
        if forbidden(module, name)
    ]


def test_the_source_is_found():
    names = {module.name for module in modules(*ROOMS)}
    assert {"app", "app.settings", "graphs.toolset", "mcp_servers.notes"} <= names


def test_graphs_never_imports_app():
    rooms_above = ("app", "mcp_servers", "robot", "benchmarks", "scripts", "tests")
    assert offenders(("graphs",), lambda _, name: any(within(name, room) for room in rooms_above)) == []


def test_only_the_mcp_client_knows_which_mcp_library_is_used():
    def forbidden(module: Module, name: str) -> bool:
        known = within(name, "mcp") or within(name, "langchain_mcp_adapters")
        return known and not within(module.name, "app.mcp_client")

    assert offenders(("app", "graphs", "mcp_servers", "models", "scripts"), forbidden) == []


def test_nothing_imports_vllm():
    assert offenders(ROOMS, lambda _, name: within(name, "vllm")) == []


def test_the_demo_servers_stand_alone():
    assert offenders(("mcp_servers",), lambda _, name: within(name, "app") or within(name, "graphs")) == []


def test_the_robot_imports_neither_app_nor_graphs():
    assert offenders(("robot",), lambda _, name: within(name, "app") or within(name, "graphs")) == []


def test_no_shipped_module_imports_tests_or_benchmarks():
    rooms = ("app", "graphs", "mcp_servers", "robot")
    assert offenders(rooms, lambda _, name: within(name, "tests") or within(name, "benchmarks")) == []


def test_no_import_cycle():
    known = {module.name: module for module in modules(*ROOMS)}
    arrows = {name: {other for other in module.imports() if other in known} - {name} for name, module in known.items()}
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> None:
        if name in path:
            pytest.fail("import cycle: " + " -> ".join([*path[path.index(name) :], name]))
        if name not in done:
            for other in sorted(arrows[name]):
                walk(other, [*path, name])
            done.add(name)

    for name in sorted(arrows):
        walk(name, [])


def test_files_are_short():
    lengths = {module.place: len(module.text.splitlines()) for module in modules(*ROOMS)}
    assert {place: lines for place, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_functions_are_short():
    long = [
        f"{module.place}: {name} has {lines} lines"
        for module in modules(*ROOMS)
        for name, lines in module.functions()
        if lines > LONGEST_FUNCTION
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing_or_hides_a_library():
    named = [module.place for module in modules(*ROOMS) if FORBIDDEN_NAMES & set(module.name.split("."))]
    assert named == []


def test_every_module_says_why_it_exists():
    silent = [module.place for module in modules(*ROOMS) if len((ast.get_docstring(module.tree) or "").split()) < 4]
    assert silent == []


def test_every_suppression_carries_a_code_and_a_reason():
    bare = [
        f"{module.place}:{number}: {line.strip()}"
        for module in modules(*ROOMS)
        for number, line in enumerate(module.text.splitlines(), 1)
        if SUPPRESSION.search(line) and not EXPLAINED.search(line)
    ]
    assert bare == []


def test_every_room_has_its_sentence_in_the_architecture_page():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {module.path.parent.relative_to(ROOT).as_posix() for module in modules(*ROOMS)}
    assert {room for room in rooms if f"`{room}/`" not in page} == set()


def test_the_architecture_page_draws_the_graph_as_it_is():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawn = set(re.findall(r"^    (\w+) +-> (\w+)", page, flags=re.MULTILINE))
    part: Any = None  # drawing calls none of them
    agent = build_agent(models=part, toolset=part, journal=part, policy=part, system_prompt="", summary_prompt="")
    names = {"__start__": "START", "__end__": "END"}
    edges = {tuple(names.get(end, end) for end in edge[:2]) for edge in agent.compile().get_graph().edges}
    assert drawn == edges


def checked(*command: str) -> None:
    """Run a checker on the whole project; its output is the failure."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_finds_nothing():
    checked(sys.executable, "-m", "ruff", "check", ".")


def test_the_format_is_ruffs():
    checked(sys.executable, "-m", "ruff", "format", "--check", ".")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_pyright_finds_nothing():
    checked(sys.executable, "-m", "pyright")


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_a_cold_start_imports_nothing_heavy(flag: str):
    command = [sys.executable, "-X", "importtime", "-m", "app", flag]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "app.cli" in loaded
    assert [name for name in sorted(loaded) if any(within(name, heavy) for heavy in HEAVY)] == []


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_a_cold_start_is_quick(flag: str):
    spent: list[float] = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-m", "app", flag], cwd=ROOT, capture_output=True, timeout=30, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < COLD_START_SECONDS, spent
