"""Files in BFCL's form, of our own writing; the verdicts were worked out by hand from BFCL's rules."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from app.tool_eval.bfcl import as_json_schema, load_bfcl
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.tool_eval.conftest import AskEval, Evaluate

FOLDER = Path(__file__).parent / "bfcl_shaped"


def area(shape: str, size: Any, **more: Any) -> Call:
    return Call("shapes_area", {"shape": shape, "size": size, **more})


def rate(total: Any, years: Any, **more: Any) -> Call:
    return Call("bank_rate", {"sum": total, "years": years, **more})


def tag(**more: Any) -> Call:
    return Call("photo_tag", {"photo": "cat.png", "box": [1, 2, 3, 4], **more})


TEXT = "I would rather talk."
SIMPLE_0, SIMPLE_1, SIMPLE_2 = "simple_python_0", "simple_python_1", "simple_python_2"
VERDICTS: list[tuple[str, list[Call], str]] = [
    (SIMPLE_0, [area("circle", 3.0)], ""),
    (SIMPLE_0, [area("circle", 3)], ""),  # a whole number is taken for a float
    (SIMPLE_0, [area("Circle", 3, unit="m")], ""),  # texts are compared in lower case
    (SIMPLE_0, [area("circle", "3")], "wrong type"),
    (SIMPLE_0, [area("circle", 3, unit="km")], "wrong value"),
    (SIMPLE_0, [area("circle", 3, colour="red")], "unexpected argument"),
    (SIMPLE_0, [Call("shapes_area", {"shape": "circle"})], "missing argument"),
    (SIMPLE_0, [], "no call"),
    (SIMPLE_1, [rate(1000, 5, fixed=True)], ""),
    (SIMPLE_1, [rate(1000, 5)], "missing argument"),  # optional in the schema, but not in the answer
    (SIMPLE_1, [rate(1000, 5.0, fixed=True)], "wrong type"),
    (SIMPLE_1, [rate(1000, 5, fixed=1)], "wrong type"),
    (SIMPLE_2, [tag()], ""),
    (SIMPLE_2, [tag(info={"place": "jeju island"})], ""),
    (SIMPLE_2, [tag(info={"place": "Seoul"})], "wrong value"),
    (SIMPLE_2, [Call("photo_tag", {"photo": "cat.png", "box": [4, 3, 2, 1]})], "wrong value"),
    ("multiple_0", [area("square", 2.5)], ""),
    ("multiple_0", [rate(2.5, 1)], "wrong tool"),
    ("parallel_0", [area("circle", 1), area("square", 2)], ""),
    ("parallel_0", [area("square", 2), area("circle", 1)], ""),
    ("parallel_0", [area("circle", 1)], "number of calls"),
    ("parallel_0", [area("circle", 1), area("circle", 1)], "wrong value"),
    ("parallel_0", [area("circle", 1, unit="m"), area("square", 2)], "wrong value"),
    ("parallel_multiple_0", [rate(50, 2, fixed=False), area("square", 4)], ""),
    ("parallel_multiple_0", [rate(50, 2, fixed=True), area("square", 4)], "wrong value"),
    ("irrelevance_0", [], ""),
    ("irrelevance_0", [area("circle", 1)], "unexpected call"),
    ("live_relevance_0-0-0", [area("circle", 7)], ""),
    ("live_relevance_0-0-0", [], "no call"),
]


@pytest.mark.parametrize(("case", "calls", "kind"), VERDICTS)
def test_a_verdict_is_the_one_that_was_worked_out_by_hand(
    case: str, calls: list[Call], kind: str, evaluate: Evaluate, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(Reply(calls=calls) if calls else TEXT)
    [outcome] = evaluate("--bfcl", FOLDER, "--case", case)["outcomes"]
    faults = outcome["replies"][0]["faults"]
    assert (faults[0]["kind"] if faults else "") == kind


def test_types_and_names_are_sent_as_json_schema_and_servers_know_them(
    evaluate: Evaluate, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(TEXT)
    evaluate("--bfcl", FOLDER, "--case", SIMPLE_2)
    evaluate("--bfcl", FOLDER, "--case", "multiple_0")
    tagging, multiple = (request.body["tools"] for request in scripted_openai.requests)
    parameters = tagging[0]["function"]["parameters"]
    assert parameters["type"] == "object"
    assert parameters["properties"]["box"]["type"] == "array"
    assert parameters["properties"]["info"]["type"] == "object"
    assert parameters["properties"]["info"]["properties"]["type"] == {"type": "string"}
    assert [tool["function"]["name"] for tool in multiple] == ["bank_rate", "shapes_area"]
    assert multiple[0]["function"]["parameters"]["properties"]["sum"] == {"type": "number"}


def test_an_argument_called_type_is_not_taken_for_one() -> None:
    schema = {"type": "dict", "properties": {"type": {"type": "float"}}}
    assert as_json_schema(schema) == {"type": "object", "properties": {"type": {"type": "number"}}}


def test_categories_that_need_more_than_a_model_are_named_and_left_out(
    ask_eval: AskEval, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(TEXT)
    done = ask_eval("--bfcl", FOLDER, "--output", "json")
    assert "Left out, as they need more than a model: multi_turn_base." in json.loads(done.stdout)["notes"]
    assert {case.category for case in load_bfcl(FOLDER).cases} == {
        *("simple_python", "multiple", "parallel", "parallel_multiple", "irrelevance", "live_relevance")
    }


def broken(folder: Path, name: str, text: str) -> Path:
    copy = folder / "copy"
    shutil.copytree(FOLDER, copy)
    (copy / name).write_text(text)
    return copy


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("BFCL_v4_multiple.json", "{", "line 1 is not JSON"),
        ("BFCL_v4_multiple.json", "[]", "line 1 is no JSON object"),
        ("BFCL_v4_multiple.json", '{"id": "multiple_0"}', "line 1 is no case of BFCL"),
        ("possible_answer/BFCL_v4_multiple.json", "", "'multiple_0' has no possible answer"),
    ],
)
def test_a_broken_file_is_named_with_its_line(
    name: str, text: str, said: str, ask_eval: AskEval, tmp_path: Path
) -> None:
    done = ask_eval("--bfcl", broken(tmp_path, name, text))
    assert done.code == 2
    assert said in done.stderr
    assert "hint: --bfcl takes a folder" in done.stderr


def test_a_folder_without_such_files_is_told_what_belongs_there(ask_eval: AskEval, tmp_path: Path) -> None:
    done = ask_eval("--bfcl", tmp_path)
    assert done.code == 2
    assert "has no BFCL files" in done.stderr
