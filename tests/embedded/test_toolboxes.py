"""The conversations over toolboxes: every value is said, every box is unambiguous, some toolboxes are kept apart."""

import json
from typing import Any

import pytest

from app.chat.embedded import EmbeddedChatModel
from models.embedded.evaluation.words import unseen_words, words_of
from models.embedded.recipe.codec import COPIED, Codec
from models.embedded.recipe.conversations import MIX, Conversations
from models.embedded.recipe.disguise import Disguise
from models.embedded.recipe.draw import Draw
from models.embedded.recipe.phrases import slots
from models.embedded.recipe.toolbox_requests import SHARED, draw_wording
from models.embedded.recipe.toolbox_values import draw_value
from models.embedded.recipe.toolboxes import Listed, Wording, load_toolboxes, related
from models.embedded.recipe.toolset import Arg, Sample, Tool
from tests.embedded.sayings import is_said

KINDS = [kind for kind in MIX if kind.startswith("box_")]


def samples(kind: str, count: int = 150, split: str = "train") -> list[Sample]:
    stream = Conversations(seed=21, split=split)
    return [stream.sample(kind) for _ in range(count)]


def calls_of(sample: Sample) -> list[dict[str, Any]]:
    return [call["function"] for message in sample.messages for call in message.get("tool_calls", [])]


def said_in(sample: Sample) -> str:
    return " ".join(m["content"] for m in sample.messages if m["role"] == "user")


def test_a_slot_is_an_argument_and_a_missing_value_a_required_one() -> None:
    for listed in [one for split in ("train", "test") for box in load_toolboxes(split).values() for one in box]:
        required = {arg.name for arg in listed.tool.args if arg.required}
        for wording in (*listed.requests, *listed.incomplete):
            assert {*slots(wording.say), *wording.given} <= {*listed.values}, wording
            assert wording.missing is None or wording.missing in required, wording
            assert wording.missing or required <= {*slots(wording.say), *wording.given}, wording


def test_a_tenth_of_the_toolboxes_is_never_trained_on() -> None:
    train, test = load_toolboxes(), load_toolboxes("test")
    assert not {*train} & {*test}
    assert len(train) / 20 < len(test) < len(train) / 5


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_stands_in_the_request_and_every_call_fits_its_tool(kind: str) -> None:
    for sample in samples(kind):
        tools = {tool["function"]["name"]: tool["function"]["parameters"] for tool in sample.tools}
        assert len(tools) == len(sample.tools), "two tools of one name"
        for call in calls_of(sample):
            parameters = tools[call["name"]]
            assert {*parameters["required"]} <= {*call["arguments"]} <= {*parameters["properties"]}
            for name, value in call["arguments"].items():
                implied = isinstance(value, bool) or "enum" in parameters["properties"][name]
                assert implied or is_said(value, said_in(sample)), (value, said_in(sample))


@pytest.fixture
def crane() -> Listed:
    """A tool that is asked for in words of its own, and by those who know it in others."""
    own, insider = Wording("lift {load}"), Wording("up with {load}")
    args = (Arg("load", "string", required=True),)
    tool = Tool("lift_load", "Lift something with the crane.", args, frozenset({"lift_load"}))
    return Listed("site", tool, {"load": ("beam",)}, (own, insider, insider), (), ())


def test_wordings_that_share_no_word_with_their_tool_are_seldom_drawn(crane: Listed) -> None:
    draw = Draw(1, "train")
    drawn = [draw_wording(draw, crane, crane.requests).say for _ in range(2000)]
    assert drawn.count("up with {load}") / 2000 == pytest.approx((1 - SHARED) * 2 / 3, abs=0.04)
    assert draw_wording(draw, crane, crane.requests[1:]).say == "up with {load}"


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("the north room", "north room"),
        ("a grey kitten", "grey kitten"),
        ("The Last Swim", "The Last Swim"),
        ("my terrier", "my terrier"),
        ("the session is over", "the session is over"),
        ("right pleela customer", "right pleela customer"),
    ],
)
def test_an_article_belongs_to_a_title_or_a_sentence_but_not_to_a_noun(said: str, value: str) -> None:
    assert draw_value(Draw(1, "train"), Arg("what", "string"), [said], plain=True) == (said, value)


def test_an_argument_that_takes_whole_sentences_keeps_every_article() -> None:
    draw, arg, listed = Draw(1, "train"), Arg("note", "string"), ["the small dog", "he said that he will come back"]
    drawn = {draw_value(draw, arg, listed, plain=True) for _ in range(50)}
    assert drawn == {(text, text) for text in listed}


def test_a_tool_loses_its_name_only_where_the_request_shares_a_word_with_its_description(crane: Listed) -> None:
    draw = Draw(1, "train")

    def names(wording: Wording) -> set[str]:
        return {Disguise(draw, [crane], [wording]).tools[crane].name for _ in range(500)}

    own, insider, _ = crane.requests
    assert any(name.startswith("tool_") for name in names(own))
    assert not any(name.startswith("tool_") for name in names(insider))


def test_tools_that_would_be_called_the_same_are_all_called_something_else() -> None:
    draw, box = Draw(1, "train"), [asking(f"{verb}_cost", "day") for verb in ("get", "show", "fetch", "read")]
    for _ in range(1000):
        disguise = Disguise(draw, box, box[0].requests)
        assert len({disguise.tools[listed].name for listed in box}) == len(box)
        for listed in box:
            assert [arg.name for arg in disguise.tools[listed].args] == [*disguise.args[listed].values()]


def test_a_box_whose_names_cannot_be_told_apart_stays_as_it_is() -> None:
    draw, box = Draw(1, "train"), [asking("qux", "day"), asking("qux", "day")]
    for _ in range(50):
        disguise = Disguise(draw, box, box[0].requests)
        assert all(disguise.tools[listed] is listed.tool for listed in box)
        assert all(disguise.args[listed] == {"day": "day"} for listed in box)
        assert disguise.say("qux {day}") == "qux {day}"


def asking(name: str, argument: str) -> Listed:
    """A tool with one argument, and one way to ask for it."""
    tool = Tool(name, "", (Arg(argument, "string"),), frozenset({name}))
    return Listed(
        "office", tool, {argument: ("monday",)}, (Wording(f"{name.replace('_', ' ')} {{{argument}}}"),), (), ()
    )


def test_what_none_of_the_tools_does_is_not_called() -> None:
    assert not any(calls_of(sample) for sample in samples("box_none"))


def test_toolboxes_that_cover_each_other_are_told_apart_from_others() -> None:
    assert related("cinema", "theatre")
    assert not related("cinema", "farm")


@pytest.mark.parametrize("kind", MIX)
def test_no_name_in_a_box_is_made_of_words_of_the_evaluation(kind: str) -> None:
    unseen = unseen_words()
    for sample in samples(kind):
        for tool in sample.tools:
            function = tool["function"]
            names = {function["name"], *function["parameters"]["properties"]}
            assert not {word for name in names for word in words_of(name)} & unseen


def test_copying_a_long_result_counts_less_than_deciding(model: EmbeddedChatModel) -> None:
    codec = Codec(model.directory)
    ask, text = {"role": "user", "content": "read it"}, "word " * 200
    call = {"id": "1", "type": "function", "function": {"name": "read", "arguments": {"a": text}}}
    calling = {"role": "assistant", "content": "", "tool_calls": [call]}
    answer = {"role": "assistant", "content": f"The result of read is: {text.strip()}"}
    messages = [ask, calling, {"role": "tool", "content": text}, answer]
    ids, weights = codec.weigh(Sample("", [], json.loads(json.dumps(messages))))
    mask = codec.encode(Sample("", [], messages))[1]
    assert [weight > 0 for weight in weights] == mask
    assert 360 < weights.count(COPIED) < 400  # words and spaces are tokens of their own
    assert weights[max(at for at, token in enumerate(ids) if token == codec.end)] == 1.0
