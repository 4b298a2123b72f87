"""Does the endpoint answer, does it serve the model, and how much does the model hold?"""

import json
from dataclasses import dataclass

from app.chat.endpoint import EndpointInfo, UnknownModelError, probe
from app.doctor.backends import UNKNOWN, Backend
from app.doctor.finding import Finding, ok, refused, skipped, warning
from app.doctor.patient import Patient
from app.errors import EndpointError
from app.settings import Endpoint, ModelSettings

_SMALL = 8192
"""Tokens; the shipped tools and a short thread take a quarter of it."""


@dataclass(frozen=True)
class Reached:
    """What can be asked further; empty where the endpoint is out of reach or does not serve the model."""

    findings: list[Finding]
    patient: Patient | None = None


async def check_server(endpoint: Endpoint, wanted: str, settings: ModelSettings) -> Reached:
    """Three findings when all is well: server, model, context; else those up to the one that failed."""
    try:
        info = await probe(endpoint, connect_timeout=settings.connect_timeout)
    except EndpointError as error:
        return Reached([refused("server", error, exit_code=error.exit_code)])
    patient = Patient.of(endpoint, wanted, UNKNOWN, None, settings)
    backend, server = await _server(patient, endpoint)
    try:
        name = info.served_name(wanted)
    except UnknownModelError as error:
        await patient.http.aclose()
        return Reached([server, refused("model", error)])
    window = info.models[name]
    patient = Patient(patient.http, name, backend, window)
    return Reached([server, _model(info, name, wanted), _context(window, backend)], patient)


async def _server(patient: Patient, endpoint: Endpoint) -> tuple[Backend, Finding]:
    backend = await patient.recognise()
    version = await patient.read("version")
    try:
        number = str(json.loads(version)["version"])
    except (ValueError, LookupError, TypeError):
        number = ""
    return backend, ok("server", f"{endpoint.base_url} answers: {' '.join(filter(None, (backend.name, number)))}.")


def _model(info: EndpointInfo, name: str, wanted: str) -> Finding:
    if wanted or len(info.models) == 1:
        return ok("model", f"{name} is served.")
    others = ", ".join(other for other in info.models if other != name)
    return ok("model", f"{name}, the first of those served (others: {others}).")


def _context(window: int | None, backend: Backend) -> Finding:
    if window is None:
        return skipped("context", f"{backend.name} does not say how many tokens the model holds.")
    if window < _SMALL:
        hint = "Long threads will be shortened early: serve it with a larger context (vLLM: --max-model-len)."
        return warning("context", f"{window} tokens are little for tools and a thread.", hint)
    return ok("context", f"{window} tokens.")
