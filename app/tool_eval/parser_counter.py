"""What vLLM's own counter says about its tool-call parser: proof that a call was made by the parser, not by chance.

While it streams, vLLM counts once for each piece; without a stream once for each reply. So only the difference
between none and some means the same in both.
"""

import re
from dataclasses import dataclass

from app.tool_eval.candidate import Candidate

METRIC = "vllm:tool_call_parser_invocations_total"
_LINE = re.compile(rf"^{METRIC}\{{(?P<labels>.*)\}} (?P<count>\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class ParserCount:
    """Invocations of the parser by their outcome."""

    with_call: float
    without_call: float

    def since(self, before: "ParserCount") -> "ParserCount":
        """What was counted after `before`."""
        return ParserCount(self.with_call - before.with_call, self.without_call - before.without_call)


async def parser_count(candidate: Candidate) -> ParserCount | None:
    """The counter now; None where there are no metrics of vLLM. Before its first use the counter has no series."""
    page = await candidate.page("metrics")
    return read_count(page) if "vllm:" in page else None


def read_count(page: str) -> ParserCount:
    """Read the counter from a page of metrics."""
    found = [(match["labels"], float(match["count"])) for match in _LINE.finditer(page)]
    return ParserCount(
        with_call=sum(count for labels, count in found if 'outcome="tool_call"' in labels),
        without_call=sum(count for labels, count in found if 'outcome="no_tool_call"' in labels),
    )
