"""Are the calls of one reply those that were expected? Calls made at once may come in any order."""

from collections.abc import Sequence

from app.tool_eval.case import ExpectedCall, Tools
from app.tool_eval.fault import Fault
from app.tool_eval.matching import match_arguments
from app.tool_eval.wire_reply import ReceivedCall


def match_calls(
    expected: Sequence[ExpectedCall], calls: Sequence[ReceivedCall], tools: Tools, *, exact: bool = False
) -> list[Fault]:
    """What is wrong with the calls as a whole; each expected call takes the first that fits, as BFCL does it.

    Args:
        expected: All the calls that should have come.
        calls: Those that came, their arguments already known to be JSON and their tools to exist.
        tools: The tools that were offered.
        exact: Whether texts must be the same to the letter.
    """
    if len(expected) != len(calls):
        return [Fault("number of calls", f"{len(calls)} calls came, expected {len(expected)}")]
    left = list(calls)
    faults: list[Fault] = []
    for wanted in expected:
        found = next((call for call in left if match_call(wanted, call, tools, exact=exact) is None), None)
        if found is not None:
            left.remove(found)
        else:
            faults.append(_nearest_fault(wanted, left, tools, exact))
    return faults


def match_call(wanted: ExpectedCall, call: ReceivedCall, tools: Tools, *, exact: bool = False) -> Fault | None:
    """What is wrong with one call."""
    if call.name != wanted.name:
        return Fault("wrong tool", f"{call.name} was called, expected {wanted.name}")
    fault = match_arguments(tools.parameters(call.name), wanted.arguments, call.arguments or {}, exact=exact)
    return Fault(fault.kind, f"{call.name}: {fault.said}") if fault else None


def _nearest_fault(wanted: ExpectedCall, left: Sequence[ReceivedCall], tools: Tools, exact: bool) -> Fault:
    """What is wrong with the call that was probably meant: the first of that name, else the first left."""
    if not left:
        return Fault("number of calls", f"nothing came for {wanted}")
    nearest = next((call for call in left if call.name == wanted.name), left[0])
    fault = match_call(wanted, nearest, tools, exact=exact)
    return fault or Fault("wrong value", f"nothing came for {wanted}")
