"""The pages about the doctor say what the doctor says."""

import re

import pytest

from app.doctor.backends import BACKENDS
from tests.source_tree import ROOT

PAGE = (ROOT / "docs/troubleshooting.md").read_text()
SOURCES = [*(ROOT / "app/doctor").glob("*.py"), ROOT / "app/chat/endpoint.py"]
SOURCE = "\n".join(path.read_text() for path in SOURCES)
LINES = re.findall(r"`(failed|warning|skipped) ([a-z ]+): ([^`]+)`", PAGE)


def spoken(words: str) -> bool:
    """Whether the source says these words, perhaps with a place put in."""
    return any(words in SOURCE.replace("{place}", place) for place in ("{place}", "text", "reasoning"))


@pytest.mark.parametrize(("state", "check", "words"), LINES, ids=lambda value: value[:30])
def test_a_line_of_the_troubleshooting_page_is_one_of_the_doctors(state: str, check: str, words: str) -> None:
    assert f'"{check}"' in SOURCE
    assert spoken(words), words
    assert state in SOURCE


def test_the_page_has_a_line_for_most_symptoms() -> None:
    assert len(LINES) > 18
    assert len([line for line in PAGE.splitlines() if line.endswith("| none |")]) <= 2


@pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name)
def test_every_backend_the_doctor_knows_has_its_row(backend) -> None:
    page = (ROOT / "docs/backends.md").read_text()
    (row,) = re.findall(rf"^\| {re.escape(backend.name)} \|.*$", page, re.MULTILINE)
    if parser := backend.parsers.get("hermes"):
        assert f"--tool-call-parser {parser}" in row


@pytest.mark.parametrize("page", ["docs/troubleshooting.md", "docs/backends.md", "docker/README.md"])
def test_links_and_files_that_a_page_names_exist(page: str) -> None:
    text = (ROOT / page).read_text()
    folder = (ROOT / page).parent
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if not link.startswith("http")]
    assert [link for link in links if not (folder / link).exists()] == []
    templates = set(re.findall(r"prompts/templates/(\w+\.jinja)", text)) - {"FAMILY.jinja"}
    assert [name for name in templates if not (ROOT / "prompts/templates" / name).exists()] == []
