"""Token generation in this process through onnxruntime-genai: greedy, one answer at a time.

Text goes in and out through the `tokenizers` library: onnxruntime-genai's own tokenizer fails on
letters outside ASCII. Constrained decoding (its llguidance) was decided against: it can force an
argument to be well formed, not to be true; `embedded_calls` checks both.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

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
        given: Callable[[str], str | None] = lambda _: None,
    ) -> Iterator[Piece]:
        """Continue the prompt, greedily.

        Args:
            prompt: Token ids.
            limit: Most tokens to generate, at least 1.
            stop: Ends the generation at the next token when set; then no piece has a finish reason.
            given: Asked after every token with the text so far; a text it returns is put in and not generated.

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
                generator.generate_next_token()
                token = int(generator.get_next_tokens()[0])
                if token == self._end:
                    yield Piece(text="", finish_reason="stop")
                    return
                piece = letters.step(self._tokenizer, token) or ""
                yield Piece(text=piece)
                text, left = text + piece, left - 1
                put_in = given(text)
                if put_in:
                    ids = self.encode(put_in)[: max(0, left - 1)]
                    generator.append_tokens(ids)
                    yield Piece(text=put_in)
                    text, left = text + put_in, left - len(ids)
            yield Piece(text="", finish_reason="length")

    def _begin(self, prompt: Sequence[int], limit: int) -> Any:
        parameters = og.GeneratorParams(self._model)
        parameters.set_search_options(max_length=len(prompt) + limit, do_sample=False)
        generator = og.Generator(self._model, parameters)
        generator.append_tokens(list(prompt))
        return generator
