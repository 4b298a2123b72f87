"""The programs that are compared, as commands; each gets the same model endpoint, servers and question."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
QUESTION = "Keep these notes for me."


@dataclass(frozen=True)
class Contender:
    """One program: Python's arguments with places for `{base_url}` and `{config}`."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Variables it is given besides."""

    def command(self, base_url: str, config: Path, python_options: Sequence[str] = ()) -> list[str]:
        """What to start, in the interpreter that runs the benchmark."""
        filled = [part.format(base_url=base_url, config=config) for part in self.arguments]
        return [sys.executable, *python_options, *filled]


OURS = Contender(
    "switchyard",
    ("-m", "app", "run", QUESTION, "--yes", "--quiet", "--base-url", "{base_url}", "--mcp-config", "{config}"),
)
SCRIPT = Contender("script", (str(PEERS / "create_agent_script.py"), "{base_url}", "{config}", QUESTION))
STREAMING = Contender(
    "streaming script", (str(PEERS / "create_agent_streaming.py"), "{base_url}", "{config}", QUESTION)
)
