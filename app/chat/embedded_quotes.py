"""Lets the embedded model quote results without copying them letter by letter.

Once its answer says which result comes (`The result of NAME is: `), the text of that result is put
in and the model goes on behind it: a quote is right and takes no time, however long the result is.
When every result was quoted, the answer is complete; left alone, the model may begin again.
"""

from collections.abc import Sequence

OPENINGS = ("The result of {} is: ", "Sorry, {} failed: ")


class Quotes:
    """The results that an answer may quote, each once."""

    def __init__(self, results: Sequence[tuple[str, str]]) -> None:
        self._left = list(results)

    @property
    def complete(self) -> bool:
        """Whether every result was quoted."""
        return not self._left

    def after(self, text: str) -> str | None:
        """What must follow an answer that ends like `text`; None where the model decides."""
        for at, (name, result) in enumerate(self._left):
            if text.endswith(tuple(opening.format(name) for opening in OPENINGS)):
                del self._left[at]
                return result
        return None
