"""Completion: commands and what they take, files and resources after `@`, tools and paths on Tab."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document

from app.console import printable
from app.repl.fuzzy import fuzzy_matches

Choices = Callable[[], Mapping[str, str]]
"""What may be chosen now: descriptions by name."""
PATHS = "paths"


@dataclass(frozen=True)
class Offer:
    """What the completer knows; every part is asked anew, because servers and threads come and go."""

    commands: Choices
    arguments: Callable[[str], Choices | str | None]
    """For a command such as `/resume`: its choices, `PATHS`, or None."""
    tools: Choices
    resources: Choices
    """Descriptions by `server:uri`."""


class ReplCompleter(Completer):
    """Completes the word before the cursor."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer
        self._paths = PathCompleter(expanduser=True)

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """The completions for what stands before the cursor."""
        text = document.text_before_cursor
        word = text.replace("\n", " ").rpartition(" ")[2]
        if text.startswith("/") and "\n" not in text:
            return self._command(text)
        if word.startswith("@"):
            return self._mention(word[1:])
        if complete_event.completion_requested and word:
            tools = [] if text.startswith("!") else list(chosen(word, self._offer.tools()))
            return [*tools, *self._path(word.removeprefix("!"))]
        return []

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """The same; what is asked lies in memory or on a local disk, so a thread would only add delay."""
        for completion in self.get_completions(document, complete_event):
            yield completion

    def _command(self, text: str) -> Iterable[Completion]:
        name, space, argument = text.partition(" ")
        if not space:
            return chosen(name, self._offer.commands())
        choices = self._offer.arguments(name)
        if choices == PATHS:
            return self._path(argument)
        return chosen(argument, choices()) if callable(choices) else []

    def _mention(self, typed: str) -> Iterable[Completion]:
        resources = chosen(typed, self._offer.resources()) if typed else []
        return [*resources, *self._path(typed)]

    def _path(self, typed: str) -> Iterable[Completion]:
        found = self._paths.get_completions(Document(typed, len(typed)), CompleteEvent(completion_requested=True))
        return (completion for completion in found if "\n" not in completion.text)


def chosen(typed: str, choices: Mapping[str, str]) -> Sequence[Completion]:
    """Choices that fit what was typed, best first, each replacing it."""
    return [
        Completion(name, -len(typed), display=printable(name), display_meta=printable(choices[name]))
        for name in fuzzy_matches(typed, choices)
    ]
