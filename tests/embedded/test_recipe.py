"""The recipe produces what the agent reads: same text, same tokens, same tools, same tables."""

import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from app.chat.embedded import EmbeddedChatModel
from app.chat.embedded_template import render_prompt
from models.embedded.recipe import phrases
from models.embedded.recipe.codec import TEMPLATE_FILE, Codec, turns
from models.embedded.recipe.conversations import MIX, Conversations
from models.embedded.recipe.known_tools import load_tools
from models.embedded.recipe.places import load_cities, load_table
from models.embedded.recipe.results import draw_result, shown
from models.embedded.recipe.words import VERB_GROUPS, held_out
from tests.embedded.conftest import Shipped

WEIGHTS = Path(__file__).parents[2] / "models" / "embedded" / "weights"
REQUESTS = ("What time is it in Tokyo?", "add a note: buy milk", "delete note three", "list my notes and search them")


@pytest.mark.parametrize("kind", MIX)
def test_training_sees_the_very_tokens_that_the_agent_sends(model: EmbeddedChatModel, kind: str) -> None:
    codec, stream = Codec(model.directory), Conversations(seed=7)
    for _ in range(10):
        sample = stream.sample(kind)
        ids, mask = codec.encode(sample)
        for place, (start, _) in zip(written_places(sample.messages), turns(mask), strict=True):
            prompt = render_prompt(model.template, as_langchain(sample.messages[:place]), sample.tools)
            assert model.load().encode(prompt) == ids[:start]


def test_a_turn_decodes_to_what_the_assistant_said(model: EmbeddedChatModel) -> None:
    codec, stream = Codec(model.directory), Conversations(seed=8)
    for _ in range(50):
        sample = stream.sample()
        ids, mask = codec.encode(sample)
        written = [sample.messages[place] for place in written_places(sample.messages)]
        for (start, end), message in zip(turns(mask), written, strict=True):
            text = codec.decode(ids[start:end])
            assert text.endswith("<|im_end|>")
            assert all(json.dumps(a, ensure_ascii=False) in text for a in arguments_of(message))
            assert message["content"] in text


def test_results_are_shown_as_the_template_shows_them(model: EmbeddedChatModel) -> None:
    draw = Conversations(seed=9).draw
    for _ in range(100):
        text, _ = draw_result(draw)
        conversation = [HumanMessage("hi"), AIMessage("", tool_calls=[{"id": "1", "name": "x", "args": {}}])]
        prompt = render_prompt(TEMPLATE_FILE, [*conversation, ToolMessage(text, tool_call_id="1")], [])
        assert f"<|im_start|>tool\n{shown(text)}<|im_end|>" in prompt


def test_the_model_is_trained_on_the_tools_that_the_bundled_servers_list(shipped: Shipped) -> None:
    copied = [tool.schema() for tool in load_tools("bundled")]
    for request in REQUESTS:
        live, trained = (render_prompt(TEMPLATE_FILE, [HumanMessage(request)], t) for t in (shipped.tools, copied))
        assert live == trained


def test_the_template_knows_the_cities_of_the_recipe_and_their_zones_exist() -> None:
    assert load_table("cities") == {name.lower(): zone for name, zone in load_cities().items()}
    assert all(ZoneInfo(zone) for zone in set(load_cities().values()))


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_no_held_out_wording_is_in_training(language: str) -> None:
    files = [file.stem for file in (phrases.DIRECTORY / language).glob("*.txt")]
    train, test = (
        [bare(pattern) for file in files for pattern in phrases.patterns(language, file, split)]
        for split in ("train", "test")
    )
    assert not {*train} & {*test}
    assert len(test) > len(train) / 20


def bare(pattern: str) -> str:
    """A wording without what its slots are called, and without capitals and the mark at its end."""
    return phrases.SLOT.sub("{}", pattern).lower().rstrip(".?! ")


def test_the_same_seed_is_the_same_stream() -> None:
    one, two, other = Conversations(3), Conversations(3), Conversations(4)
    assert one.at(17) == two.at(17) != other.at(17)
    assert [one.sample() for _ in range(20)] == [two.sample() for _ in range(20)] != [other.sample() for _ in range(20)]


def test_training_words_and_held_out_words_are_apart() -> None:
    train, test = Conversations(1).draw, Conversations(1, "test").draw
    assert all(held_out(word) for word in (*test.nouns, *test.verbs, *test.arg_names))
    assert not any(held_out(word) for word in (*train.nouns, *train.verbs, *train.arg_names))


def test_a_verb_stands_among_its_synonyms_once() -> None:
    verbs = [verb for group in VERB_GROUPS for verb in group.split()]
    assert sorted(verbs) == sorted(set(verbs))


def test_the_weights_for_vllm_have_the_same_tokenizer_and_shape(model: EmbeddedChatModel) -> None:
    config = json.loads((WEIGHTS / "config.json").read_text())
    onnx = json.loads((model.directory / "genai_config.json").read_text())["model"]
    assert config["architectures"] == ["Qwen3ForCausalLM"]
    for name in ("vocab_size", "eos_token_id", "pad_token_id"):
        assert config[name] == onnx[name]
    for name in ("hidden_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads"):
        assert config[name] == onnx["decoder"][name]
    assert config["head_dim"] == onnx["decoder"]["head_size"]
    assert config["max_position_embeddings"] == onnx["context_length"]
    vocabularies = [vocabulary(directory) for directory in (WEIGHTS, model.directory)]
    assert vocabularies[0] == vocabularies[1]


def written_places(messages: list[dict[str, Any]]) -> list[int]:
    """Where the assistant speaks after the last request: earlier turns are not shown to the model."""
    last = max(at for at, message in enumerate(messages) if message["role"] == "user")
    return [at for at, message in enumerate(messages) if message["role"] == "assistant" and at > last]


def as_langchain(messages: list[dict[str, Any]]) -> list[BaseMessage]:
    out: list[BaseMessage] = []
    waiting: list[str] = []
    for message in messages:
        if message["role"] == "user":
            out.append(HumanMessage(message["content"]))
        elif message["role"] == "tool":
            out.append(ToolMessage(message["content"], tool_call_id=waiting.pop(0)))
        else:
            calls = message.get("tool_calls", [])
            waiting = [call["id"] for call in calls]
            functions = [(call["id"], call["function"]) for call in calls]
            tool_calls = [{"id": i, "name": f["name"], "args": f["arguments"]} for i, f in functions]
            out.append(AIMessage(message["content"], tool_calls=tool_calls))
    return out


def arguments_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    return [call["function"]["arguments"] for call in message.get("tool_calls", [])]


def vocabulary(directory: Path) -> dict[str, int]:
    content = json.loads((directory / "tokenizer.json").read_text(encoding="utf-8"))
    return {**content["model"]["vocab"], **{token["content"]: token["id"] for token in content["added_tokens"]}}
