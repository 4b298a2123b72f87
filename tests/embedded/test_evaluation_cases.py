"""The cases of the evaluation are what they claim: well-formed, against real tools, and apart from training."""

import re
from collections import Counter
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from models.embedded.evaluation.cases import KINDS, Call, Case, Turn, load_cases
from models.embedded.evaluation.toolboxes import ROBOT, load_toolboxes, robot_tools
from models.embedded.evaluation.words import unseen_toolboxes, unseen_words, words_of
from models.embedded.recipe.vocabulary import training_vocabulary
from models.embedded.recipe.wordings import matches_training

LEGAL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
FEWEST = {"bundled": 240, "unseen": 240, "no_call": 240, "robot": 60, "languages": 120}
FEWEST_NEW_WORDINGS = 95
TAKEN_NAMES = (
    "get_current_time convert_time get_current_weather get_forecast add_note list_notes search_notes delete_note"
    " drive turn read_pose take_picture stop city timezone text query id limit days meters speed degrees"
)


def test_every_kind_has_its_number_of_cases() -> None:
    counted = Counter(case.kind for case in load_cases())
    assert all(counted[kind] >= fewest for kind, fewest in FEWEST.items()), counted
    assert set(counted) == set(KINDS)


def test_both_other_languages_are_asked_often_enough() -> None:
    counted = Counter(case.sort.split(",")[0] for case in load_cases("languages"))
    assert min(counted["Chinese"], counted["Korean"]) >= 60


def test_no_case_is_asked_twice() -> None:
    cases = load_cases()
    assert len({case.id for case in cases}) == len(cases)
    assert len({(case.box, case.ask.lower()) for case in cases}) == len(cases)


@pytest.mark.parametrize("kind", KINDS)
def test_every_turn_says_in_one_way_what_it_wants(kind: str) -> None:
    for case in load_cases(kind):
        wants = [(turn.calls is not None, turn.asks is not None, turn.quotes) for turn in case.turns]
        assert all(sum(want) == 1 for want in wants), case.id
        assert not case.turns[-1].given
        shown = case.turns[:-1]
        assert all(turn.calls and len(turn.calls) == len(turn.results) for turn in shown), case.id


def test_cases_of_no_call_expect_no_call() -> None:
    assert all(not turn.calls for case in load_cases("no_call") for turn in case.turns)


def test_there_are_many_unseen_toolboxes_of_flat_tools() -> None:
    boxes = unseen_toolboxes()
    assert len(boxes) >= 60
    assert all(2 <= len(box) <= 10 for box in boxes.values())
    assert {case.box for case in load_cases("unseen")} == set(boxes)


@pytest.mark.parametrize("box", ["robot", *unseen_toolboxes()])
def test_the_tools_of_a_box_are_valid(box: str) -> None:
    tools = robot_tools() if box == ROBOT else unseen_toolboxes()[box]
    names = [tool["function"]["name"] for tool in tools]
    assert len(set(names)) == len(names)
    for tool in tools:
        parameters = tool["function"]["parameters"]
        Draft202012Validator.check_schema(parameters)
        assert LEGAL_NAME.fullmatch(tool["function"]["name"])
        assert len(parameters["properties"]) <= 3
        assert set(parameters.get("required", [])) <= set(parameters["properties"])


@pytest.mark.slow
def test_expected_calls_fit_the_tools_as_the_servers_offer_them_now() -> None:
    for case, turn in turns():
        for call in turn.calls or ():
            assert [error.message for error in validator(case, call).iter_errors(call.arguments)] == [], case.id


@pytest.mark.slow
def test_a_missing_argument_is_one_that_a_tool_requires() -> None:
    for case, turn in turns():
        required = {name for tool in load_toolboxes()[case.box] for name in parameters_of(tool).get("required", [])}
        assert turn.asks is None or turn.asks in required, case.id


def test_values_for_unseen_tools_stand_in_the_request() -> None:
    for case in load_cases("unseen"):
        values = [value for turn in case.turns for call in turn.calls or () for value in call.arguments.values()]
        spoken = [value for value in values if not isinstance(value, bool)]
        assert [value for value in spoken if not stands_in(value, case.ask)] == [], case.id


def test_training_knows_no_word_of_the_unseen_tools() -> None:
    assert training_vocabulary() & unseen_words() == set()


def test_the_unseen_tools_share_no_word_with_the_tools_that_are_trained_on() -> None:
    taken = {word for name in TAKEN_NAMES.split() for word in words_of(name)}
    assert taken & unseen_words() == set()


def test_names_fall_into_the_same_words_however_they_are_written() -> None:
    assert words_of("rinseNozzle") == words_of("rinse_nozzle") == words_of("rinse-nozzle") == {"rinse", "nozzle"}


@pytest.mark.slow
def test_many_wordings_for_the_bundled_tools_are_absent_from_training() -> None:
    new = [case for case in load_cases("bundled") if not matches_training(case.ask)]
    assert len(new) >= FEWEST_NEW_WORDINGS


def turns() -> list[tuple[Case, Turn]]:
    return [(case, turn) for case in load_cases() for turn in case.turns]


def validator(case: Case, call: Call) -> Draft202012Validator:
    [tool] = [tool for tool in load_toolboxes()[case.box] if tool["function"]["name"] == call.name]
    return Draft202012Validator({"additionalProperties": False, **parameters_of(tool)})


def parameters_of(tool: dict[str, Any]) -> dict[str, Any]:
    return tool["function"]["parameters"]


def stands_in(value: Any, text: str) -> bool:
    return str(value).lower() in text.lower()
