"""The doctor at a real vLLM: green as it is served, and right about what is made wrong there."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.doctor.backends import VLLM
from app.doctor.examination import examine_patient
from app.doctor.finding import Finding
from app.doctor.patient import Patient
from app.doctor.tool_choice_check import check_tool_choice
from app.settings import SettingsTree
from tests.doctor.test_faults_of_endpoints import NO_TOOL_SUPPORT
from tests.serving.vllm_server import INSTALL_AND_BOOT_SECONDS, ServedEmbedded
from tests.source_tree import ROOT
from tests.templates.render_server import NAME, render_server

pytestmark = [pytest.mark.slow, pytest.mark.vllm, pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 60)]
CRASHES = "{% for tool in tools or [] %}{{ tool.function.nope.nope }}{% endfor %}{{ messages[-1].content }}"
DROPS_TOOLS = "{% for message in messages %}{{ message.content }}{% endfor %}"
RAISES_ON_RESULTS = "{% if messages[-1].role == 'tool' %}{{ raise_exception('roles must alternate') }}{% endif %}"

Change = Callable[[dict[str, Any]], dict[str, Any]]


def with_template(template: str) -> Change:
    return lambda body: {**body, "chat_template": template, "max_tokens": 48}


def with_a_parser_that_finds_nothing(body: dict[str, Any]) -> dict[str, Any]:
    """vLLM takes no call out of the text where none is allowed: real markup, left as a wrong parser leaves it."""
    return {**body, "tool_choice": "none"} if body.get("tools") else body


class _Changing(httpx.AsyncHTTPTransport):
    """Changes every chat request on its way to the real server."""

    def __init__(self, change: Change) -> None:
        super().__init__()
        self._change = change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            changed = self._change(json.loads(request.content))
            headers = {"Authorization": request.headers["Authorization"]}
            request = httpx.Request("POST", request.url, json=changed, headers=headers, extensions=request.extensions)
        return await super().handle_async_request(request)


class _Rendering(httpx.AsyncHTTPTransport):
    """Asks vLLM for the prompt where the doctor asks for an answer; what is refused, is refused alike."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(path=f"{request.url.path}/render")
        return await super().handle_async_request(request)


async def examined_with(server: ServedEmbedded, change: Change) -> dict[str, Finding]:
    """The findings about a patient whose requests are changed."""
    http = httpx.AsyncClient(
        base_url=server.base_url, headers={"Authorization": "Bearer EMPTY"}, transport=_Changing(change), timeout=60
    )
    async with http:
        patient = Patient(http, server.model, VLLM, 8192)
        return {finding.check: finding async for finding in examine_patient(patient, SettingsTree())}


def table(server: ServedEmbedded, folder: Path, *args: str) -> tuple[int, dict[str, dict[str, str]]]:
    done = server.app("doctor", "--json", *args, folder=folder)
    return done.returncode, {row["check"]: row for row in json.loads(done.stdout)}


def test_the_doctor_finds_nothing_wrong_with_what_serve_started(
    served_embedded: ServedEmbedded, tmp_path: Path
) -> None:
    code, rows = table(served_embedded, tmp_path, "--query", "What time is it in Asia/Tokyo?")
    assert code == 0, rows
    assert [name for name, row in rows.items() if row["state"] == "failed"] == []
    assert [name for name, row in rows.items() if row["state"] == "warning"] == ["arguments"]  # the small model's
    assert [name for name, row in rows.items() if row["state"] == "skipped"] == ["image", "mcp robot", "mcp ros"]
    assert "vLLM 0." in rows["server"]["said"]
    assert "embedded.jinja" in rows["template"]["said"]
    assert "time:get_current_time" in rows["query"]["said"]


def test_the_page_about_backends_shows_what_the_doctor_says(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    _, rows = table(served_embedded, tmp_path, "--base-url", served_embedded.base_url, "--model", served_embedded.model)
    names = list(rows)
    about_the_server = [rows[name] for name in names[names.index("server") : names.index("prefix cache") + 1]]
    said = [f"{row['state'].ljust(8)} {row['check'].ljust(16)} {row['said']}" for row in about_the_server]
    page = (ROOT / "docs/backends.md").read_text()
    shown = re.search(r"<!-- doctor: vLLM -->\n```text\n(.*?)```", page, re.DOTALL)
    assert shown is not None
    now = "\n".join(said).replace(served_embedded.base_url, "http://127.0.0.1:8000/v1")
    assert now == shown[1].rstrip("\n")


def test_a_wrong_model_name_is_told_those_that_vllm_serves(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    code, rows = table(served_embedded, tmp_path, "--base-url", served_embedded.base_url, "--model", "nobody")
    assert (code, rows["model"]["state"]) == (1, "failed")
    assert served_embedded.model in rows["model"]["hint"]


def test_a_port_where_nothing_listens_is_exit_code_4(served_embedded: ServedEmbedded, tmp_path: Path) -> None:
    code, rows = table(served_embedded, tmp_path, "--base-url", "http://127.0.0.1:9/v1")
    assert (code, rows["server"]["state"]) == (4, "failed")


async def test_markup_that_the_real_model_leaves_in_the_text_names_its_parser(served_embedded: ServedEmbedded) -> None:
    row = (await examined_with(served_embedded, with_a_parser_that_finds_nothing))["tool call"]
    assert row.state == "failed"
    assert "left in the text" in row.said
    assert "--tool-call-parser hermes" in row.hint


async def test_a_template_that_crashes_in_vllm_is_told_by_its_message(served_embedded: ServedEmbedded) -> None:
    row = (await examined_with(served_embedded, with_template(CRASHES)))["tool call"]
    assert row.state == "failed"
    assert "has no attribute 'nope'" in row.said
    assert "chat template fails on tools" in row.hint


async def test_a_template_that_leaves_tools_out_is_known_in_vllm_too(served_embedded: ServedEmbedded) -> None:
    rows = await examined_with(served_embedded, with_template(DROPS_TOOLS))
    assert rows["tool call"].state == "failed"
    assert "tools do not reach the model" in rows["tool call"].said


async def test_a_template_that_refuses_results_shows_in_their_row(served_embedded: ServedEmbedded) -> None:
    shipped = (ROOT / "prompts/templates/embedded.jinja").read_text()
    rows = await examined_with(served_embedded, with_template(RAISES_ON_RESULTS + shipped))
    assert rows["tool call"].state == "ok"
    assert rows["result"].state == "failed"
    assert "roles must alternate" in rows["result"].said


async def test_a_vllm_without_tool_support_is_told_to_switch_it_on(vllm_environment: Path, tmp_path: Path) -> None:
    """The part of vLLM that refuses runs without weights, so this costs no second engine."""
    with render_server(vllm_environment, ROOT / "models/embedded/weights", "", tmp_path / "log") as server:
        http = httpx.AsyncClient(base_url=f"{server.http.base_url}/v1", transport=_Rendering(), timeout=60)
        async with http:
            free, rows = await check_tool_choice(Patient(http, NAME, VLLM, 2048))
    assert free.refusal == NO_TOOL_SUPPORT
    assert [(row.check, row.state) for row in rows] == [
        ("tool call", "failed"),
        ("required", "skipped"),
        ("named", "skipped"),
    ]
    assert "tool calling switched off" in rows[0].said
    assert "--enable-auto-tool-choice --tool-call-parser hermes" in rows[0].hint
