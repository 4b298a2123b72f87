"""Which of LangChain's kinds an endpoint's error is, where langchain-openai does not know.

It maps connection, timeout, 401, 404, 429 and 5xx. Left over: how the open servers say that a prompt is
too long (some with status 500), and errors that arrive inside a stream that began well.
"""

import re
from collections.abc import Generator
from contextlib import contextmanager

import openai
from langchain_core.exceptions import ContextOverflowError, ModelAPIError, ModelError

from graphs.chat_models import TooManyImagesError

_OVERFLOW = re.compile(
    "maximum context length"  # vLLM, OpenAI
    "|maximum model length"  # vLLM's engine
    "|context_length_exceeded"  # OpenAI's code
    "|exceed_context_size_error|available context size|context size has been exceeded"  # llama.cpp
    "|exceeds?( the)? context (length|window)",  # Ollama, llama-cpp-python
    re.IGNORECASE,
)
_MOST_IMAGES = re.compile(r"at most (\d+) image", re.IGNORECASE)  # vLLM's --limit-mm-per-prompt
_NO_IMAGES = re.compile(
    "is not a multimodal model"  # vLLM
    "|image input is not supported",  # llama.cpp, with status 500
    re.IGNORECASE,
)


@contextmanager
def told_apart() -> Generator[None, None, None]:
    """Raise errors of the endpoint as the kind of `langchain_core.exceptions` they are."""
    try:
        yield
    except ContextOverflowError:
        raise
    except openai.APIError as error:
        told = f"{error} {error.body}"
        if is_overflow(told):
            raise ContextOverflowError(str(error)) from error
        if (most := most_images(told)) is not None:
            raise TooManyImagesError(str(error), most) from error
        if isinstance(error, ModelError | openai.APIStatusError):
            raise
        raise ModelAPIError(str(error)) from error


def is_overflow(text: str) -> bool:
    """Whether an error message says that the prompt does not fit the context."""
    return _OVERFLOW.search(text) is not None


def most_images(text: str) -> int | None:
    """How many images a prompt may have, where an error message says that it had too many."""
    if match := _MOST_IMAGES.search(text):
        return int(match[1])
    return 0 if _NO_IMAGES.search(text) else None
