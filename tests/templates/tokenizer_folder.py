"""A model folder without weights: enough for vLLM to render prompts and read replies.

Its tokenizer is the embedded model's, with the control tokens of every family instead of its own, so
that one vocabulary serves all templates and all parsers.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Tokenizer

from app.shipped import shipped

WEIGHTS = shipped("models/embedded/weights")
MARKS = [
    *("<|endoftext|>", "<|im_start|>", "<|im_end|>"),
    *("<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"),
    *("<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>"),
    *("<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]"),
    *("[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]"),
]
WORDS = ["<tool_call>", "</tool_call>", '":']
"""Single tokens that are part of the text: the tags in Qwen's vocabulary, a quote with its colon in Mistral's."""


def build_model_folder(folder: Path, context_length: int = 16384) -> Path:
    """Write configuration and tokenizer; returns the folder."""
    plain = json.loads((WEIGHTS / "tokenizer.json").read_text(encoding="utf-8")) | {"added_tokens": []}
    tokenizer = Tokenizer.from_str(json.dumps(plain))
    tokenizer.add_special_tokens([AddedToken(mark, special=True, normalized=False) for mark in MARKS])
    tokenizer.add_tokens([AddedToken(word, special=False, normalized=False) for word in WORDS])
    tokenizer.save(str(folder / "tokenizer.json"))
    _write(folder / "tokenizer_config.json", json.loads((WEIGHTS / "tokenizer_config.json").read_text()))
    shape = json.loads((WEIGHTS / "config.json").read_text())
    _write(folder / "config.json", shape | {"max_position_embeddings": context_length, "vocab_size": 2048})
    return folder


def _write(file: Path, content: dict) -> None:
    file.write_text(json.dumps(content), encoding="utf-8")
