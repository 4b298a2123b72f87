"""Reads back what a rendered prompt of the embedded model says.

Checks and quotes go by this instead of by the messages, because the template decides what the model
sees: it joins a request with the reply to a question, lists conversions (`Tokyo = Asia/Tokyo`), cuts
results and takes the marks out of JSON.
"""

import re
from dataclasses import dataclass

_BLOCK = re.compile(r"<\|im_start\|>(\w+)\n(.*?)(?:<\|im_end\|>|\Z)", re.DOTALL)
_CALL = re.compile(r'<tool_call>\n\{"name": "([^"]*)"')
_CUT = "<|cut|>"  # nobody can say it: the template parts `<|` in everything else
_KNOWN = re.compile(r"known: (.*)\n")


@dataclass(frozen=True)
class Shown:
    """What the model reads in one prompt."""

    request: str
    known: str
    """Conversions that the template lists for words of the request, as `said = meant`, joined by commas."""
    results: tuple[tuple[str, str], ...]
    """Tool name and text of each result since the request, in the order of the calls."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The texts that an argument may come from, each out of one of them."""
        return (self.request, self.known, *(text for _, text in self.results))

    @property
    def is_cut(self) -> bool:
        """Whether the request is longer than what the model reads of it."""
        return _CUT in self.request


def read_prompt(prompt: str) -> Shown:
    """What a prompt shows that `prompts/templates/embedded.jinja` rendered."""
    blocks = [(match[1], match[2]) for match in _BLOCK.finditer(prompt)]
    said = {role: content for role, content in reversed(blocks)}
    names = [name for role, content in blocks if role == "assistant" for name in _CALL.findall(content)]
    results = [content for role, content in blocks if role == "tool"]
    known = _KNOWN.match(said.get("tools", ""))
    return Shown(said.get("user", ""), known[1] if known else "", tuple(zip(names, results, strict=False)))
