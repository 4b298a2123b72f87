"""Compares `docs/reliability.md` with the tests: no promise without a test, no test without its row."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

from tests.source_tree import ROOT

PAGE = ROOT / "docs" / "reliability.md"
ROW = re.compile(r"^\| (?P<fault>[^|]+) \| (?P<what>[^|]+) \| (?P<codes>[^|]+) \| `(?P<test>test_\w+)` \|$")
CODE = re.compile(r"(?:\.code|returncode) == (\d+)")


@dataclass(frozen=True)
class FaultTest:
    """A test, with the exit codes that it or a fixture of its file asserts."""

    name: str
    codes: frozenset[int]


def fault_tests(path: Path) -> list[FaultTest]:
    text = path.read_text(encoding="utf-8")
    functions = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    sources = {node.name: ast.get_source_segment(text, node) or "" for node in functions}
    found: list[FaultTest] = []
    for node in functions:
        if node.name.startswith("test_"):
            sought = [node.name, *(argument.arg for argument in node.args.args)]
            codes = {int(code) for name in sought for code in CODE.findall(sources.get(name, ""))}
            found.append(FaultTest(node.name, frozenset(codes)))
    return found


def known_tests() -> list[FaultTest]:
    paths = [*(ROOT / "tests" / "faults").glob("test_*.py"), *(ROOT / "tests" / "crash").glob("test_*.py")]
    apart = {"test_reliability_page.py", "test_moments.py"}
    return [test for path in sorted(paths) if path.name not in apart for test in fault_tests(path)]


def rows() -> list[dict[str, str]]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [found.groupdict() for line in lines if (found := ROW.match(line))]


def test_every_row_names_its_test_and_every_test_has_its_row() -> None:
    assert sorted(row["test"] for row in rows()) == sorted(test.name for test in known_tests())


def test_the_exit_codes_on_the_page_are_those_that_the_tests_assert() -> None:
    on_the_page = {row["test"]: {int(code) for code in re.findall(r"\d+", row["codes"])} for row in rows()}
    assert on_the_page == {test.name: set(test.codes) for test in known_tests()}
