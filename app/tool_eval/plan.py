"""From what was asked for to what is done: candidates and cases, checked before the first request."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from app.bench.target import Target, checked, load_targets, parse_target
from app.chat.endpoint import probe
from app.chat.models import resolve, with_running_server
from app.errors import EndpointError, UsageError
from app.settings import Endpoint, SettingsTree
from app.tool_eval.bfcl import load_bfcl
from app.tool_eval.candidate import Candidate, Sampling, ServedCandidate
from app.tool_eval.case import Case
from app.tool_eval.case_files import OWN_CASES, load_cases
from app.tool_eval.evaluation import Mode


@dataclass(frozen=True, kw_only=True)
class EvalOptions:
    """What was given on the command line."""

    endpoints: Sequence[str] = ()
    endpoints_file: Path | None = None
    cases: Path | None = None
    bfcl: Path | None = None
    categories: Sequence[str] = ()
    languages: Sequence[str] = ()
    ids: Sequence[str] = ()
    limit: int | None = None
    sampling: Sampling = Sampling()
    mode: Mode = Mode()
    timeout: float = 300.0


@dataclass(frozen=True)
class Selection:
    """The cases, and what a reader should know about them."""

    cases: tuple[Case, ...]
    source: str
    notes: tuple[str, ...] = ()


def select_cases(options: EvalOptions) -> Selection:
    """Read the cases and take those that were asked for.

    Raises:
        UsageError: A file is wrong, or nothing is left.
    """
    if options.bfcl and options.cases:
        raise UsageError("--bfcl and --cases name two sets of cases.", hint="Run the command once for each.")
    if options.bfcl:
        found = load_bfcl(options.bfcl)
        left_out = f"Left out, as they need more than a model: {', '.join(found.left_out)}."
        return _chosen(Selection(found.cases, f"BFCL, {options.bfcl}", (left_out,) if found.left_out else ()), options)
    folder = options.cases or OWN_CASES
    return _chosen(Selection(tuple(load_cases(folder)), "our own" if not options.cases else str(folder)), options)


async def open_candidates(options: EvalOptions, settings: SettingsTree) -> list[Candidate]:
    """The models to ask, each known to be served.

    Raises:
        UsageError: An endpoint is written wrongly.
        EndpointError: One does not answer, or serves no such model.
    """
    targets = _named(options)
    if targets:
        return [await _served(target.name, target.endpoint, target.model, options, target.body) for target in targets]
    model = with_running_server(settings)
    endpoint, wanted = resolve(model, settings.model.name)
    if endpoint is None:
        return [_embedded(options.sampling)]
    return [await _served("", endpoint, wanted, options, {})]


def _named(options: EvalOptions) -> list[Target]:
    if options.endpoints and options.endpoints_file:
        raise UsageError("--endpoint and --endpoints both name servers.", hint="Write them all into the file.")
    if options.endpoints_file:
        return load_targets(options.endpoints_file)
    return checked([parse_target(text) for text in options.endpoints])


async def _served(
    name: str, endpoint: Endpoint, wanted: str, options: EvalOptions, body: dict[str, Any]
) -> ServedCandidate:
    try:
        info = await probe(endpoint)
        served = info.served_name(wanted)
    except EndpointError as error:
        raise EndpointError(f"{name}: {error.message}" if name else error.message, hint=error.hint) from error
    return ServedCandidate.of(
        name or served,
        endpoint,
        served,
        options.sampling,
        timeout=options.timeout,
        window=info.models[served],
        body=body,
    )


def _embedded(sampling: Sampling) -> Candidate:
    from app.chat.embedded import EmbeddedChatModel
    from app.tool_eval.embedded_candidate import EmbeddedCandidate

    return EmbeddedCandidate(EmbeddedChatModel.from_directory(), sampling)


def _chosen(selection: Selection, options: EvalOptions) -> Selection:
    cases = selection.cases
    cases = _matching(cases, options.categories, lambda case: case.category, "category")
    cases = _matching(cases, options.languages, lambda case: case.language, "language")
    cases = _matching(cases, options.ids, lambda case: case.id, "case")
    if options.limit is not None:
        cases = _first_of_each_category(cases, options.limit)
    return Selection(cases, selection.source, selection.notes)


def _first_of_each_category(cases: tuple[Case, ...], limit: int) -> tuple[Case, ...]:
    seen: Counter[str] = Counter()
    kept: list[Case] = []
    for case in cases:
        seen[case.category] += 1
        if seen[case.category] <= limit:
            kept.append(case)
    return tuple(kept)


def _matching(
    cases: tuple[Case, ...], patterns: Sequence[str], told: Callable[[Case], str], what: str
) -> tuple[Case, ...]:
    """The cases that match one of the patterns; each pattern must match some."""
    for pattern in patterns:
        if not any(fnmatchcase(told(case), pattern) for case in cases):
            known = ", ".join(dict.fromkeys(told(case) for case in cases if told(case)))
            raise UsageError(f"no case has the {what} '{pattern}'.", hint=f"There are: {known[:600]}.")
    if not patterns:
        return cases
    return tuple(case for case in cases if any(fnmatchcase(told(case), pattern) for pattern in patterns))
