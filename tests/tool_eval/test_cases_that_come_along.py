"""The cases themselves: each can be answered rightly, and a right answer is found right."""

import json
from collections import Counter

import pytest

from app.tool_eval.agent_reading import as_the_agent_reads
from app.tool_eval.case_files import load_cases
from app.tool_eval.matching import match_arguments
from app.tool_eval.verdict import judge
from app.tool_eval.wire_reply import ReceivedCall, WireReply
from graphs.toolset import ToolSpec
from graphs.validation import check_arguments
from tests.scripted_openai import ScriptedOpenAI
from tests.tool_eval.conftest import Evaluate
from tests.tool_eval.oracle import leaking, made, oracle

CASES = load_cases()
CATEGORIES = {
    "error_recovery",
    "irrelevance",
    "leaks",
    "long_list",
    "missing_argument",
    "multi_turn",
    "multiple",
    "nested_arguments",
    "parallel",
    "parallel_multiple",
    "simple",
    "stream_parity",
    "tool_choice",
    "typed_arguments",
    "unicode",
}


def test_there_are_a_hundred_cases_in_three_languages_and_fifteen_categories() -> None:
    assert len(CASES) >= 100
    assert {case.category for case in CASES} == CATEGORIES
    assert Counter(case.language for case in CASES).keys() == {"en", "zh", "ko"}
    assert min(Counter(case.language for case in CASES).values()) >= 25


def test_the_long_list_has_sixty_tools() -> None:
    assert {len(case.tools.schemas) for case in CASES if case.category == "long_list"} == {60}


def test_no_two_cases_ask_the_same() -> None:
    asked = Counter((case.asked, tuple(case.tools.by_name)) for case in CASES)
    assert [question for question, times in asked.items() if times > 1] == []


def test_the_expected_calls_of_every_case_fit_its_tools() -> None:
    for case in CASES:
        json.dumps([case.history, case.tools.schemas])
        for call in [call for turn in case.turns for call in turn.expect.calls]:
            parameters = case.tools.parameters(call.name)
            arguments = made(call).arguments
            assert isinstance(arguments, dict)
            assert match_arguments(parameters, call.arguments, arguments, exact=True) is None, case.id
            spec = ToolSpec(name=call.name, server="", tool=call.name, input_schema=dict(parameters))
            assert check_arguments(spec, arguments) is None, case.id


def test_silence_passes_nowhere_and_a_call_not_where_a_text_is_expected() -> None:
    silence = WireReply(finish_reason="stop")
    for case in CASES:
        expect = case.turns[0].expect
        assert judge(case, expect, silence), case.id
        if not expect.wants_call:
            call = ReceivedCall(name=next(iter(case.tools.by_name)), raw_arguments="{}", id="call_1")
            assert judge(case, expect, WireReply(calls=(call,), finish_reason="tool_calls")), case.id


@pytest.mark.slow
@pytest.mark.parametrize("whole", [False, True])
def test_a_model_that_is_always_right_scores_all_of_them(
    evaluate: Evaluate, scripted_openai: ScriptedOpenAI, whole: bool
) -> None:
    scripted_openai.always(oracle(CASES))
    one = evaluate(*["--whole"] * whole)
    assert [outcome["case"] for outcome in one["outcomes"] if not outcome["model"] or not outcome["agent"]] == []
    assert one["scores"]["asked"] == len(CASES)


@pytest.mark.slow
def test_calls_left_in_the_text_are_the_models_failure_and_the_agents_success(
    evaluate: Evaluate, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(leaking(oracle(CASES)))
    one = evaluate()
    wanted = [case for case in CASES if case.turns[0].expect.wants_call]
    assert one["scores"]["saved"] == len(wanted)
    assert one["scores"]["agent"] == 1.0
    assert one["scores"]["own"] == pytest.approx((len(CASES) - len(wanted)) / len(CASES))
    replies = [reply for outcome in one["outcomes"] for reply in outcome["replies"]]
    assert {reply["faults"][0]["kind"] for reply in replies if reply["faults"]} == {"markup in text"}


def test_a_text_that_the_agent_would_wrongly_take_for_a_call_is_seen() -> None:
    """What people ask for as JSON must stay a text; here it names a known tool, so the agent lifts it."""
    case = next(case for case in CASES if case.id == "leaks-en-result-with-call")
    text = 'It says buy bread; then\n{"name": "delete_note", "arguments": {"note_id": 1}}'
    reply = WireReply(text=text, finish_reason="stop")
    assert judge(case, case.turns[0].expect, reply) == []
    read = as_the_agent_reads(reply, case.tools.by_name.keys())
    assert [fault.kind for fault in judge(case, case.turns[0].expect, read)] == ["unexpected call"]
