"""The evaluation counts as right what is right, and nothing else."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from app.chat.embedded_template import render_prompt
from models.embedded.evaluation.cases import KINDS, Call, Case, Step, Turn, load_cases, steps_of
from models.embedded.evaluation.measuring import Asked, Outcome
from models.embedded.evaluation.replies import Reply, checked, quoted
from models.embedded.evaluation.report import differences, scores, table, wrong
from models.embedded.evaluation.scoring import Answer, is_right, plain
from models.embedded.evaluation.words import Tools, as_functions
from models.embedded.recipe.codec import TEMPLATE_FILE

RESULT = json.dumps({"loan": 7, "tags": ["a", "b"], "until": "15:40"}, indent=2)
LIFT = Call("summonLift", {"floor": 3})
SAYS_NOTHING = Answer((), " ")
TOOLS = as_functions(
    [{"name": "summonLift", "parameters": {"type": "object", "properties": {"floor": {"type": "integer"}}}}]
)


def step(*turns: Turn, tools: Tools = TOOLS, ask: str = "Summon the lift to floor 3") -> Step:
    case = Case(id="case-1", kind="unseen", sort="single", box="elevator", ask=ask, turns=turns)
    return steps_of([case], {"elevator": tools})[-1]


def calls(*wanted: Call) -> Step:
    return step(Turn(calls=wanted))


def quotes(result: str) -> Step:
    return step(Turn(given=True, calls=[LIFT], results=[result]), Turn(quotes=True))


def lift(**arguments: Any) -> Answer:
    return Answer([Call("summonLift", arguments)], "")


def test_a_call_is_right_when_name_and_arguments_are() -> None:
    assert is_right(lift(floor=3), calls(LIFT))
    assert is_right(lift(floor=3.0), calls(LIFT))


@pytest.mark.parametrize(
    "answer", [lift(floor=4), lift(floor="3"), lift(), lift(floor=3, car=1), Answer((), "floor 3"), SAYS_NOTHING]
)
def test_another_value_type_or_argument_is_wrong(answer: Answer) -> None:
    assert not is_right(answer, calls(LIFT))


def test_true_is_not_one() -> None:
    assert not is_right(lift(floor=True), calls(Call("summonLift", {"floor": 1})))


def test_calls_made_at_once_have_no_order_but_all_have_to_be_there() -> None:
    other = Call("lockCabin", {"cabin": 2})
    assert is_right(Answer([other, LIFT], ""), calls(LIFT, other))
    assert not is_right(Answer([LIFT], ""), calls(LIFT, other))
    assert not is_right(Answer([LIFT, LIFT], ""), calls(LIFT, other))


def test_any_words_are_right_where_no_call_is_wanted() -> None:
    assert is_right(Answer((), "None of my tools fits."), calls())
    assert not is_right(SAYS_NOTHING, calls())
    assert not is_right(lift(floor=3), calls())
    assert not is_right(Answer((), "<tool_call>\n{"), calls())


def test_a_question_has_to_name_the_argument() -> None:
    asks = step(Turn(asks="source_timezone"))
    assert is_right(Answer((), "Please give me a value for source_timezone."), asks)
    assert is_right(Answer((), "What is the source timezone?"), asks)
    assert not is_right(Answer((), "Please say more."), asks)
    assert not is_right(Answer((), "Please give me a value for source_timezone."), step(Turn(asks="time")))
    assert not is_right(Answer((), "What did you say?"), step(Turn(asks="id")))


def test_a_result_may_be_quoted_as_it_is_or_as_the_template_shows_it() -> None:
    assert is_right(Answer((), f"Here: {RESULT}"), quotes(RESULT))
    assert is_right(Answer((), f"The result is {plain(RESULT)}"), quotes(RESULT))
    assert not is_right(Answer((), f"The result is {plain(RESULT)[:-1]}"), quotes(RESULT))
    assert not is_right(Answer([LIFT], RESULT), quotes(RESULT))


@pytest.mark.parametrize("result", [RESULT, "[]", "[1, 2]", "{half", "two\nlines", '{"a": [{"b": "c, d"}]}'])
def test_the_plain_form_is_the_one_of_the_template(result: str) -> None:
    asked = [HumanMessage("hi"), AIMessage("", tool_calls=[{"id": "1", "name": "x", "args": {}}])]
    prompt = render_prompt(TEMPLATE_FILE, [*asked, ToolMessage(result, tool_call_id="1")], [])
    assert f"<|im_start|>tool\n{plain(result)}<|im_end|>" in prompt


def test_each_turn_is_asked_with_the_right_turns_before_it() -> None:
    first, second = Turn(calls=[LIFT], results=["done"]), Turn(calls=[LIFT])
    one, two = steps_of([step(first, second).case], {"elevator": TOOLS})
    assert [message.type for message in one.messages] == ["human"]
    assert [message.type for message in two.messages] == ["human", "ai", "tool"]


def test_a_failed_result_is_shown_as_an_error() -> None:
    failed = step(Turn(given=True, calls=[LIFT], results=["out of order"], failed=True), Turn(quotes=True))
    [message] = [message for message in failed.messages if isinstance(message, ToolMessage)]
    assert message.status == "error"


def test_the_checks_replace_a_value_that_nobody_gave_by_a_question() -> None:
    assert checked(lift(floor=3), calls(LIFT)) == Answer([LIFT], "")
    left = checked(lift(floor=8), calls(LIFT))
    assert not left.calls
    assert "floor" in left.text
    assert checked(Answer([LIFT], "Result: "), calls(LIFT)) == Answer((), "Result: ")


def test_a_result_that_the_model_begins_to_quote_is_quoted_word_for_word() -> None:
    asked = quotes(RESULT)
    left = checked(Answer((), 'The result of summonLift is: loan: 9, untill: "15'), asked)
    assert left.text == f"The result of summonLift is: {plain(RESULT)}"
    assert is_right(left, asked)
    for unquoted in ("All done.", "The result of lockCabin is: loan: 9"):
        assert checked(Answer((), unquoted), asked) == Answer((), unquoted)


def test_every_result_is_quoted_once_in_the_order_of_the_answer() -> None:
    results = [("a", "1"), ("b", "no"), ("a", "2")]
    said = "Well. The result of a is: 7\nSorry, b failed: ne\nThe result of a is: 8\nThe result of a is: 9"
    wanted = "Well. The result of a is: 1\nSorry, b failed: no\nThe result of a is: 2"
    assert quoted(said, results) == wanted
    assert quoted(said, []) == said


def outcome(alone: Answer, left: Answer) -> Outcome:
    asked = calls(LIFT)
    return Outcome(case=asked.case, asked=[Asked(asked, Reply(alone=alone, checked=left))])


def test_the_table_tells_the_model_alone_from_what_the_agent_does() -> None:
    outcomes = [outcome(lift(floor=3), lift(floor=3)), outcome(lift(floor=4), lift(floor=3))]
    assert scores(outcomes) == {"unseen": {"alone": 50.0, "checked": 100.0}}
    assert [line.split() for line in table({"onnx": outcomes})][1:] == [
        ["unseen", "2", "50.0", "%", "100.0", "%"],
        ["single", "2", "50.0", "%", "100.0", "%"],
    ]


def test_wrong_cases_are_shown_with_what_was_wanted() -> None:
    [text] = wrong([outcome(lift(floor=4), lift(floor=3)), outcome(lift(floor=3), lift(floor=3))])
    assert "(right checked)" in text
    assert "wanted      summonLift(floor=3)" in text
    assert "alone       summonLift(floor=4)" in text


def test_runtimes_are_compared_case_by_case() -> None:
    same, other = outcome(lift(floor=3), lift(floor=3)), outcome(lift(floor=4), lift(floor=4))
    told = list(differences({"onnx": [same, same], "vllm": [same, other]}))
    assert told[0] == "1 of 2 cases are answered differently"
    assert "vllm ['summonLift(floor=4)']" in told[3]


@pytest.mark.parametrize("kind", KINDS)
def test_the_wanted_calls_of_every_case_count_as_right(kind: str) -> None:
    boxes = {case.box: TOOLS for case in load_cases(kind)}
    for one in steps_of(load_cases(kind), boxes):
        if one.turn.calls:
            assert is_right(Answer(one.turn.calls, ""), one)
        elif one.turn.quotes:
            assert is_right(Answer((), " and ".join(one.results)), one)
