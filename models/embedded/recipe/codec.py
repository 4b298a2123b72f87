"""Conversations to tokens: rendered by the very template and environment that the agent uses.

Also trains the tokenizer. Its design carries the model: names, people's words and JSON values are the
same tokens, so that matching and copying are token equality.
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from jinja2 import Environment, Template
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from app.chat.chat_template import compile_template
from models.embedded.recipe.swapped_pieces import SwappedPieces
from models.embedded.recipe.toolset import Sample

ROOT = Path(__file__).resolve().parents[3]
TEMPLATE_FILE = ROOT / "prompts" / "templates" / "embedded.jinja"
ROLES = ("user", "tools", "assistant", "tool")
"""Headings in a rendered conversation."""
PAD, START, END = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SKELETON = (
    '<tool_call>\n{"name": "', '", "arguments": {', '", "arguments": {"', '}}\n</tool_call>', '"}}\n</tool_call>',
    '": "', '": ', '", "', ', "', " => ", "The result of ", " is: ", "Sorry, ", " failed: ",
    "known: ", "left: ", "None of my tools fits that request.", "Please give me a value for ", " = ", ":integer",
    ":number", ":boolean",
)  # fmt: skip
"""Literal strings that are one token each; readers of the text do not notice."""
QUOTING = ("The result of ", " is: ", "Sorry, ", " failed: ")
"""Of these, what stands around the name in front of a quoted result."""
DECIDED, COPIED = 20, 0.2
"""Tokens at the beginning of a quoted result that count fully in training, and how much the others count."""
INVENTED_KINDS = frozenset({
    "single", "pair", "turn", "missing", "box_single", "box_pair", "box_turn", "box_missing",
})  # fmt: skip
"""Conversations about tools that the model is not meant to know, in which the assistant has no words of its own."""
PATTERN = (
    r" (?:the|a|an|of|to|in|on|at|by|for|and|is|with|from|me|my|this|one|what)(?![A-Za-z0-9_])"
    r"|[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]|\s|[^\sA-Za-z0-9]"
)
"""Words stand without their space, small function words with it; digits and punctuation stand alone."""


@cache
def load_template() -> Template:
    """The shipped chat template without the sandbox of the agent's, which takes most of the time of making data."""
    source = TEMPLATE_FILE.read_text(encoding="utf-8")
    sandboxed = compile_template(source)
    guarded = sandboxed.environment
    environment = Environment(
        trim_blocks=guarded.trim_blocks,
        lstrip_blocks=guarded.lstrip_blocks,
        extensions=[type(extension) for extension in guarded.extensions.values()],
    )
    environment.filters.update(guarded.filters)
    return environment.from_string(source, dict(sandboxed.globals))


def render(template: Template, sample: Sample) -> str:
    """The whole conversation as text."""
    return template.render(messages=sample.messages, tools=sample.tools, add_generation_prompt=False)


def train_tokenizer(samples: Iterable[Sample], out: Path, vocab_size: int = 2048) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`, trained on the words of the samples."""
    template = load_template()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(PATTERN), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])  # fmt: skip
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size - len(SKELETON),
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((_without_skeleton(render(template, sample)) for sample in samples), trainer)
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in SKELETON])
    out.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": END, "pad_token": PAD,
              "clean_up_tokenization_spaces": False, "model_max_length": 4096}  # fmt: skip
    (out / "tokenizer_config.json").write_text(json.dumps(config, indent=2) + "\n")


def _without_skeleton(text: str) -> str:
    for piece in (START, END, *sorted(SKELETON, key=len, reverse=True)):
        text = text.replace(piece, "\n")
    return text


class Codec:
    """Samples to token ids, with the positions whose prediction counts."""

    def __init__(self, directory: Path) -> None:
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self.template = load_template()
        self.pad, self.start, self.end = (self.tokenizer.token_to_id(text) for text in (PAD, START, END))
        self.call = self.tokenizer.token_to_id(SKELETON[0])
        self.pieces = SwappedPieces(self.tokenizer.get_vocab())
        self.quoting = {self.tokenizer.token_to_id(text) for text in QUOTING}
        self.header = self.tokenizer.encode(f"{START}assistant\n").ids
        self.headers = {role: self.tokenizer.encode(f"{START}{role}\n").ids for role in ROLES}

    @property
    def size(self) -> int:
        """Tokens of the vocabulary."""
        return self.tokenizer.get_vocab_size()

    def encode(self, sample: Sample) -> tuple[list[int], list[bool]]:
        """Ids and, for each, whether the assistant writes it (`<|im_end|>` included)."""
        ids = self.tokenizer.encode(render(self.template, sample)).ids
        mask, writing, length = [False] * len(ids), False, len(self.header)
        for at, token in enumerate(ids):
            mask[at] = writing
            if writing and token == self.end:
                writing = False
            elif not writing and ids[at + 1 - length : at + 1] == self.header:
                writing = True
        return ids, mask

    def weigh(self, sample: Sample) -> tuple[list[int], list[float]]:
        """Ids and how much the prediction of each counts: 0 for what the assistant does not write.

        Calls, short answers and the beginning and end of a quoted result count 1; the rest of a result is
        copying, of which there is so much that it would drown what has to be decided: `COPIED`.
        """
        ids, mask = self.encode(sample)
        weights = [float(written) for written in mask]
        for start, end in turns(mask):
            run = 0
            for at in range(start, end - 1 if ids[start] != self.call else start):
                run = 0 if ids[at] in self.quoting else run + 1
                weights[at] = COPIED if run > DECIDED else 1.0
        return ids, weights

    def train_on(self, sample: Sample, seed: str) -> tuple[list[int], list[float]]:
        """As `weigh`, with word pieces swapped: of tools that are made up any, else those of values and results.

        Where no tool fits, words of request and tools are swapped as well, or strange words would mean a call.
        """
        ids, weights = self.weigh(sample)
        roles = {token for header in self.headers.values() for token in header}
        for movable in self._movable(sample.kind, ids, weights):
            ids = self.pieces.swap(ids, movable - roles, f"{seed} {len(movable)}")
        return ids, weights

    def _movable(self, kind: str, ids: list[int], weights: list[float]) -> Iterator[set[int]]:
        asked, tools = self._told(ids, "user"), self._told(ids, "tools")
        written = {token for token, weight in zip(ids, weights, strict=True) if weight}
        copied = written & {token for token, weight in zip(ids, weights, strict=True) if not weight}
        if kind in ("none", "box_none"):
            yield asked
            yield tools
        elif kind == "known_none":
            yield asked - tools
        elif kind in INVENTED_KINDS:
            yield copied
        elif kind != "chat":
            yield copied - tools - (asked - self._called(ids, weights))

    def _called(self, ids: list[int], weights: list[float]) -> set[int]:
        spans = [span for span in turns([weight > 0 for weight in weights]) if ids[span[0]] == self.call]
        return {token for start, end in spans for token in ids[start:end]}

    def _told(self, ids: list[int], role: str) -> set[int]:
        header = self.headers[role]
        starts = [at for at, token in enumerate(ids) if token == self.start and ids[at : at + len(header)] == header]
        return {token for start in starts for token in ids[start : ids.index(self.end, start)]}

    def decode(self, ids: list[int]) -> str:
        """The text of the ids, special tokens included."""
        return self.tokenizer.decode(ids, skip_special_tokens=False)


def turns(mask: list[bool]) -> list[tuple[int, int]]:
    """Start and end of every run of True: the assistant's turns."""
    edges = [at for at in range(len(mask) + 1) if (at > 0 and mask[at - 1]) != (at < len(mask) and mask[at])]
    return list(zip(edges[::2], edges[1::2], strict=True))
