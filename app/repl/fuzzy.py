"""How well a few typed letters fit a name: the beginning beats the middle, which beats scattered letters."""

from collections.abc import Iterable

BEST = 0


def fuzzy_rank(typed: str, name: str) -> int | None:
    """A rank, smaller is better; None when the letters do not occur in that order."""
    typed, name = typed.lower(), name.lower()
    if name.startswith(typed):
        return BEST
    if typed in name:
        return 1 + name.index(typed)
    place, gaps = -1, 0
    for letter in typed:
        found = name.find(letter, place + 1)
        if found < 0:
            return None
        gaps += found - place - 1
        place = found
    return 100 + gaps


def fuzzy_matches(typed: str, names: Iterable[str]) -> list[str]:
    """The names that fit, best first; equally good ones in their own order."""
    ranked = [(rank, name) for name in names if (rank := fuzzy_rank(typed, name)) is not None]
    return [name for _, name in sorted(ranked, key=lambda pair: pair[0])]
