"""The order of the checks: from what lies on this machine, over the endpoint, to what needs both.

Findings are yielded as they come, because an endpoint that thinks slowly makes a long wait. A check whose
ground is missing is not run: its cause has its row already.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

from app.chat.models import resolve, with_running_server
from app.doctor.arguments_check import check_arguments
from app.doctor.finding import Finding, refused, skipped
from app.doctor.image_check import check_images
from app.doctor.mcp_checks import check_mcp_servers
from app.doctor.patient import Patient
from app.doctor.policy_check import check_policy
from app.doctor.prefix_cache_check import check_prefix_cache
from app.doctor.query_check import check_query
from app.doctor.reasoning_check import check_reasoning
from app.doctor.result_check import check_result
from app.doctor.robot_checks import examined_robot
from app.doctor.server_check import check_server
from app.doctor.settings_check import check_settings
from app.doctor.store_check import check_store
from app.doctor.streaming_check import check_streaming
from app.doctor.template_check import check_template
from app.doctor.tool_choice_check import check_tool_choice
from app.doctor.two_calls_check import check_two_calls
from app.errors import EndpointError
from app.settings import SettingsTree
from app.trust import AskForTrust


@dataclass(frozen=True)
class Order:
    """What to examine."""

    flags: Mapping[str, Mapping[str, Any]]
    """Settings given on the command line."""
    query: str = ""
    """Asked through the whole agent at the end; empty asks nothing."""
    ask_for_trust: AskForTrust | None = None


async def examine(order: Order) -> AsyncGenerator[Finding]:
    """Run every check; the findings in order."""
    settings, finding = check_settings(order.flags)
    yield finding
    if settings is None:
        return
    reachable = True
    async for finding in examine_endpoint(settings):
        reachable = reachable and not (finding.check in ("server", "model") and finding.state == "failed")
        yield finding
    async with examined_robot(settings) as examined:
        for finding in examined.findings:
            yield finding
        for finding in await check_mcp_servers(settings, order.ask_for_trust, examined.robot):
            yield finding
    yield await check_store(settings)
    yield check_policy(settings.agent)
    if order.query and reachable:
        yield await check_query(settings, order.query, order.ask_for_trust)
    elif order.query:
        yield skipped("query", "there is no model to ask.")


async def examine_endpoint(settings: SettingsTree) -> AsyncGenerator[Finding]:
    """The template, and the endpoint that a run would use."""
    try:
        endpoint, wanted = resolve(with_running_server(settings), settings.model.name)
    except EndpointError as error:
        yield refused("server", error, exit_code=error.exit_code)
        return
    if endpoint is None:
        yield check_template("switchyard-embedded")
        hint = "--base-url or MODEL__BASE_URL names a server; `serve` starts one."
        yield skipped("server", "no endpoint is named: the embedded model answers in this process.", hint)
        return
    reached = await check_server(endpoint, wanted, settings.model)
    yield check_template(reached.patient.model if reached.patient else wanted)
    for finding in reached.findings:
        yield finding
    if reached.patient:
        try:
            async for finding in examine_patient(reached.patient, settings):
                yield finding
        finally:
            await reached.patient.http.aclose()


async def examine_patient(patient: Patient, settings: SettingsTree) -> AsyncGenerator[Finding]:
    """What the model can do there."""
    answer, findings = await check_tool_choice(patient)
    for finding in findings:
        yield finding
    if answer.out_of_reach:
        return
    yield await check_streaming(patient, answer)
    if answer.calls:
        yield await check_two_calls(patient)
        yield await check_arguments(patient)
    if not answer.refusal:
        yield await check_result(patient)
    yield await check_reasoning(patient)
    for finding in await check_images(patient, settings.model.images):
        yield finding
    yield await check_prefix_cache(patient)
