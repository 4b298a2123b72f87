"""How steady something is: the chance that several attempts in a row are all right."""

import statistics
from collections.abc import Collection, Sequence
from math import comb


def pass_hat(attempts: Collection[Sequence[bool]]) -> list[float]:
    """pass^1 to pass^n: the chance that k attempts of a case, drawn from the n that were made, are all right.

    Args:
        attempts: For each case, whether each of its attempts was right.
    """
    most = max((len(made) for made in attempts), default=0)
    return [
        statistics.fmean(comb(sum(made), k) / comb(len(made), k) for made in attempts if len(made) >= k)
        for k in range(1, most + 1)
    ]
