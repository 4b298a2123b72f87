"""Token generation in this process through onnxruntime-genai: greedy, one answer at a time.

Text goes in and out through the `tokenizers` library: onnxruntime-genai's own tokenizer fails on
letters outside ASCII. Constrained decoding (its llguidance) was decided against: it can force an
argument to be well formed, not to be true; `embedded_calls` checks both.
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
    """What one generated token adds."""

    text: str
    """Empty where a letter is not complete yet, and at the end."""
    finish_reason: FinishReason | None = None
    """Set on the last piece."""


class Given(Protocol):
    """Text that need not be generated, because it is known."""

    @property
    def complete(self) -> bool:
        """Whether an answer is at its end after what was put in last."""
        ...

    def after(self, text: str) -> str | None:
        """What must follow an answer that ends like `text`; None where the model decides."""
        ...


class EmbeddedEngine:
    """The loaded weights. May be used from several threads; answers are generated one after the other."""

    def __init__(self, directory: Path) -> None:
        self._model = og.Model(str(directory))
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._end = self._tokenizer.token_to_id(END)
        self._lock = threading.Lock()

    def encode(self, text: str) -> list[int]:
        """Token ids of rendered text."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def generate(
        self,
        prompt: Sequence[int],
        *,
        limit: int,
        stop: threading.Event,
        given: Given | None = None,
    ) -> Iterator[Piece]:
        """Continue the prompt, greedily.

        Args:
            prompt: Token ids.
            limit: Most tokens to generate, at least 1.
            stop: Ends the generation at the next token when set; then no piece has a finish reason.
            given: Asked after every token for text to put in instead of generating it.

        Yields:
            One piece a token; the last one carries the finish reason.
        """
        with self._lock:
            generator = self._begin(prompt, limit)
            letters = DecodeStream(skip_special_tokens=True)
            text, left = "", limit
            while left > 0:
                if stop.is_set():
                    return
                token = _next(generator)
                if token == self._end:
                    yield Piece(text="", finish_reason="stop")
                    return
                piece = letters.step(self._tokenizer, token) or ""
                yield Piece(text=piece)
                text, left = text + piece, left - 1
                if given and (known := given.after(text)) is not None:
                    yield Piece(text=known, finish_reason="stop" if given.complete else None)
                    if given.complete:
                        return
                    left -= self._append(generator, known, left)
                    text += known
            yield Piece(text="", finish_reason="length")

    def _append(self, generator: Any, text: str, room: int) -> int:
        """Put text in as if it had been generated, but for a last token of the room; its number of tokens."""
        ids = self.encode(text)[: max(0, room - 1)]
        generator.append_tokens(ids)
        return len(ids)

    def _begin(self, prompt: Sequence[int], limit: int) -> Any:
        parameters = og.GeneratorParams(self._model)
        parameters.set_search_options(max_length=len(prompt) + limit, do_sample=False)
        generator = og.Generator(self._model, parameters)
        generator.append_tokens(list(prompt))
        return generator


def _next(generator: Any) -> int:
    generator.generate_next_token()
    return int(generator.get_next_tokens()[0])
