"""Token generation in this process through onnxruntime-genai: greedy, one answer at a time.

Text goes in and out through the `tokenizers` library: onnxruntime-genai's own tokenizer fails on
letters outside ASCII.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, Protocol

from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream

og: Any = import_module("onnxruntime_genai")  # it declares no types

END = "<|im_end|>"

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What a token adds to the answer, or text that was put in."""

    text: str
    """Empty where a letter is not complete yet, and at the end."""
    finish_reason: FinishReason | None = None
    """Set on the last piece."""
    tokens: int = 1
    """How many the text stands for."""


class Given(Protocol):
    """Text that need not be generated, because it is known."""

    @property
    def complete(self) -> bool:
        """Whether an answer is at its end after what was put in last."""
        ...

    def after(self, text: str) -> str | None:
        """What must follow an answer that ends like `text`; None where the model decides."""
        ...


class Constraint(Protocol):
    """What an answer may be, in bytes: a token may hold half a letter."""

    def admits(self, written: bytes, piece: bytes) -> bool:
        """Whether an answer that is `written` so far may go on with `piece`."""
        ...

    def may_end(self, written: bytes) -> bool:
        """Whether it may end there."""
        ...


class EmbeddedEngine:
    """The loaded weights. May be used from several threads; answers are generated one after the other."""

    def __init__(self, directory: Path) -> None:
        self._model = og.Model(str(directory))
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._end = self._tokenizer.token_to_id(END)
        self._bytes = bytes_of_tokens(self._tokenizer)
        self._lock = threading.Lock()

    def encode(self, text: str) -> list[int]:
        """Token ids of rendered text."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def bytes_of(self, token: int) -> bytes:
        """What a token adds to the text; it may be half a letter."""
        return self._bytes[token]

    def generate(
        self,
        prompt: Sequence[int],
        *,
        limit: int,
        stop: threading.Event,
        given: Given | None = None,
        constraint: Constraint | None = None,
    ) -> Iterator[Piece]:
        """Continue the prompt, greedily, in pieces; the last one has the finish reason.

        Args:
            prompt: Token ids.
            limit: Most tokens to generate, at least 1.
            stop: Ends the generation at the next token when set; then no piece has a finish reason.
            given: Asked after every token for text to put in instead of generating it.
            constraint: Asked before every token which ones may come; the likeliest of them does.
        """
        with self._lock:
            generator = self._begin(prompt, limit)
            letters = DecodeStream(skip_special_tokens=True)
            text, written, left = "", b"", limit
            while left > 0:
                if stop.is_set():
                    return
                token = self._next(generator, constraint, written)
                if token == self._end:
                    yield Piece(text="", finish_reason="stop")
                    return
                piece = letters.step(self._tokenizer, token) or ""
                yield Piece(text=piece)
                text, written, left = text + piece, written + self.bytes_of(token), left - 1
                if given and (known := given.after(text)) is not None:
                    tokens = self.encode(known)
                    yield Piece(text=known, finish_reason="stop" if given.complete else None, tokens=len(tokens))
                    if given.complete:
                        return
                    left -= self._append(generator, tokens, left)
                    text, written = text + known, written + known.encode()
            yield Piece(text="", finish_reason="length", tokens=0)

    def _next(self, generator: Any, constraint: Constraint | None, written: bytes) -> int:
        if constraint:
            self._constrain(generator, constraint, written)
        generator.generate_next_token()
        return int(generator.get_next_tokens()[0])

    def _constrain(self, generator: Any, constraint: Constraint, written: bytes) -> None:
        """Leave the likeliest admissible token as the likeliest of all; where none is, nothing changes."""
        logits = generator.get_logits()
        scores = logits.reshape(-1)
        if self._admissible(constraint, written, int(scores.argmax())):
            return
        ranked = map(int, (-scores).argsort(kind="stable"))
        found = next((token for token in ranked if self._admissible(constraint, written, token)), None)
        if found is not None:
            scores[found] = scores.max() + 1.0
            generator.set_logits(logits)

    def _admissible(self, constraint: Constraint, written: bytes, token: int) -> bool:
        return constraint.may_end(written) if token == self._end else constraint.admits(written, self.bytes_of(token))

    def _append(self, generator: Any, tokens: Sequence[int], room: int) -> int:
        """Put tokens in as if they had been generated, but for a last one of the room; how many those are."""
        fitting = tokens[: max(0, room - 1)]
        if fitting:  # the runtime refuses to append nothing
            generator.append_tokens(fitting)
        return len(fitting)

    def _begin(self, prompt: Sequence[int], limit: int) -> Any:
        parameters = og.GeneratorParams(self._model)
        parameters.set_search_options(max_length=len(prompt) + limit, do_sample=False)
        generator = og.Generator(self._model, parameters)
        generator.append_tokens(list(prompt))
        return generator


def bytes_of_tokens(tokenizer: Tokenizer) -> list[bytes]:
    """What each token of a byte-level vocabulary adds to the text, by its id."""
    plain = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in plain]
    letters = {chr(byte): byte for byte in plain} | {chr(0x100 + at): byte for at, byte in enumerate(others)}
    added = tokenizer.get_added_tokens_decoder()
    texts = {token: text for text, token in tokenizer.get_vocab().items()}
    return [
        added[token].content.encode() if token in added else bytes(letters[letter] for letter in texts[token])
        for token in range(len(texts))
    ]
