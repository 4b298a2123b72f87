"""Was the task done? By the answer's words, by the calls that were made, and by what they left behind."""

import re
from collections.abc import Mapping, Sequence

from app.agent_bench.attempt import Attempt
from app.agent_bench.task import AgentTask
from app.tool_eval.call_matching import match_call, match_calls
from app.tool_eval.case import ExpectedCall, Tools
from app.tool_eval.fault import Fault
from app.tool_eval.wire_reply import ReceivedCall
from app.turn_end import why_stopped


def judge(attempt: Attempt, tools: Tools, names: Mapping[str, str]) -> list[Fault]:
    """What is wrong with an attempt, every proof apart.

    Args:
        attempt: The attempt.
        tools: The tools that were offered.
        names: Of each tool the name the model sees, by that name and by `server:tool`.
    """
    task, ending = attempt.task, attempt.ending
    if ending.error:
        return [Fault("no answer", ending.error)]
    faults: list[Fault] = []
    if ending.stopped_by != "answer":
        faults.append(Fault("limit", why_stopped(ending.stopped_by, ending.answer)))
    if not _contains(task.says, ending.answer):
        faults.append(Fault("wrong text", f"/{task.says}/ is not in the answer"))
    faults += _call_faults(task, attempt, tools, names)
    if task.state and not _contains(task.state.says, attempt.state or ""):
        faults.append(Fault("wrong state", f"/{task.state.says}/ is not in what {task.state.tool} returns"))
    return faults


def _call_faults(task: AgentTask, attempt: Attempt, tools: Tools, names: Mapping[str, str]) -> list[Fault]:
    if task.calls is None:
        return []
    wanted = [ExpectedCall(names[call.name], call.arguments) for call in task.calls]
    if task.order == "among_others":
        return _among(wanted, [call.call for call in attempt.tools if call.ok], tools)
    if task.order == "same" and len(wanted) == len(attempt.asked):
        pairs = zip(wanted, attempt.asked, strict=True)
        return [fault for one, call in pairs if (fault := match_call(one, call, tools))]
    return match_calls(wanted, attempt.asked, tools)


def _among(wanted: Sequence[ExpectedCall], made: Sequence[ReceivedCall], tools: Tools) -> list[Fault]:
    """Each wanted call takes the first that fits; what is left over is nobody's business."""
    left = list(made)
    faults: list[Fault] = []
    for one in wanted:
        found = next((call for call in left if match_call(one, call, tools) is None), None)
        if found is None:
            faults.append(Fault("no call", f"{one} was not made, or failed"))
        else:
            left.remove(found)
    return faults


def _contains(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None
