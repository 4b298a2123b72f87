"""The table that the command prints, the wrong cases behind it, and where two runtimes differ."""

from collections.abc import Iterator, Mapping, Sequence

from models.embedded.evaluation.cases import KINDS, Turn
from models.embedded.evaluation.measuring import Asked, Outcome
from models.embedded.evaluation.replies import WAYS
from models.embedded.evaluation.scoring import Answer
from models.embedded.recipe.wordings import matches_training

Outcomes = Mapping[str, Sequence[Outcome]]
"""By runtime."""

LONGEST_SHOWN = 300
"""Characters of an answer; runtimes cut one that does not end at different lengths."""
NEW_WORDINGS = "wordings not in training"


def table(outcomes: Outcomes) -> Iterator[str]:
    """Exact matches by kind and sort; a column for each runtime and way of answering."""
    heads = [f"{name} {way}" for name, measured in outcomes.items() for way in measured[0].ways]
    yield f"{'':38}{'cases':>6}" + "".join(f"{head:>18}" for head in heads)
    for kind in KINDS:
        rows = {name: [one for one in measured if one.case.kind == kind] for name, measured in outcomes.items()}
        if any(rows.values()):
            yield _row(kind, rows)
            yield from (_row(f"  {sort}", _only(rows, sort)) for sort in _sorts(rows))
        if kind == "bundled" and any(rows.values()):
            yield _row(f"  {NEW_WORDINGS}", {name: _new(measured) for name, measured in rows.items()})


def scores(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Percent right by kind and way of answering."""
    found = {kind: [one for one in outcomes if one.case.kind == kind] for kind in KINDS}
    return {
        kind: {way: percent(rights) for way, rights in _rights(measured).items()}
        for kind, measured in found.items()
        if measured
    }


def percent(right: Sequence[bool]) -> float:
    """How many are right, of a hundred, to a tenth."""
    return round(100 * sum(right) / max(1, len(right)), 1)


def wrong(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """One text for each case that is wrong in some way."""
    for one in outcomes:
        if not all(one.ways.values()):
            right = [way for way, right in one.ways.items() if right]
            note = f" (right {', '.join(right)})" if right else ""
            yield f"{one.case.id}, {one.case.sort}: {one.case.ask!r}{note}\n" + "\n".join(map(_told, one.asked))


def differences(outcomes: Outcomes) -> Iterator[str]:
    """The cases of which two runtimes say different things, first the count."""
    first, second = outcomes.values()
    names = list(outcomes)
    found = [(one, other) for one, other in zip(first, second, strict=True) if _spoken(one) != _spoken(other)]
    yield f"{len(found)} of {len(first)} cases are answered differently"
    for one, other in found:
        yield f"{one.case.id}: {one.case.ask!r}"
        yield from (f"    {name} {_spoken(measured)}" for name, measured in zip(names, (one, other), strict=True))


def _row(label: str, rows: Outcomes) -> str:
    size = max(len(measured) for measured in rows.values())
    rights = [right for measured in rows.values() for right in _rights(measured).values()]
    return f"{label:38}{size:>6}" + "".join(f"{percent(right):>16.1f} %" for right in rights)


def _rights(outcomes: Sequence[Outcome]) -> dict[str, list[bool]]:
    return {way: [one.ways[way] for one in outcomes] for way in (outcomes[0].ways if outcomes else ())}


def _sorts(rows: Outcomes) -> list[str]:
    return list(dict.fromkeys(one.case.sort for measured in rows.values() for one in measured))


def _only(rows: Outcomes, sort: str) -> dict[str, list[Outcome]]:
    return {name: [one for one in measured if one.case.sort == sort] for name, measured in rows.items()}


def _new(measured: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in measured if not matches_training(one.case.ask)]


def _spoken(outcome: Outcome) -> list[str]:
    return [_said(asked.reply.alone) for asked in outcome.asked]


def _told(one: Asked) -> str:
    said = {way: _said(answer) for way in WAYS if (answer := one.reply.by(way)) is not None}
    return "\n".join(f"  {who:12}{what}" for who, what in {"wanted": _wanted(one.step.turn), **said}.items())


def _said(answer: Answer) -> str:
    calls = [f"{call.name}({', '.join(f'{k}={v!r}' for k, v in call.arguments.items())})" for call in answer.calls]
    said = " ".join([*calls, *([repr(answer.text)] if answer.text.strip() or not calls else [])])
    return said if len(said) <= LONGEST_SHOWN else said[:LONGEST_SHOWN] + "..."


def _wanted(turn: Turn) -> str:
    if turn.calls:
        return _said(Answer(turn.calls, ""))
    return f"to be asked for {turn.asks}" if turn.asks else "the results in words" if turn.quotes else "no call"
