"""Puts word pieces in the place of others, throughout a conversation.

What a small model never had to write it does not learn to copy: its output weights, which are its input
weights too, turn away from such pieces, and a tool's name that holds one comes out as another name. So
every piece takes part that is ASCII letters and nothing else: two or more small ones, or a capital with two
or more small ones behind it. Only words of the evaluation's unseen tools do not, nor `true` and `false`.
Equal pieces stay equal, which is all that matching and copying need.
"""

import random
from collections.abc import Mapping, Sequence, Set

from models.embedded.recipe.words import kept_out

_SHARE = 0.7
_MOST = 8
_FIXED = {"true", "false"}
"""JSON, whatever the person said."""


class SwappedPieces:
    """Swaps pieces of lower-case words, and of words that begin with a capital, for others of their sort."""

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        letters = {text: token for text, token in vocabulary.items() if text.isascii() and text.isalpha()}
        words = {text: token for text, token in letters.items() if not kept_out(text)}
        sorts = (
            [token for text, token in words.items() if len(text) > 1 and text.islower() and text not in _FIXED],
            [token for text, token in words.items() if len(text) > 2 and text[0].isupper() and text[1:].islower()],
        )
        self._sorts = [sorted(sort) for sort in sorts]
        self._sort_of = {token: sort for sort in self._sorts for token in sort}

    def swap(self, ids: Sequence[int], movable: Set[int], seed: str) -> list[int]:
        """The ids, in most conversations with up to eight of the movable pieces swapped.

        Args:
            ids: The conversation.
            movable: The ids that may be swapped for others.
            seed: Decides alone, so that a pool of samples can be made again.
        """
        draw = random.Random(seed)
        pieces = sorted(token for token in movable if token in self._sort_of)
        if not pieces or draw.random() >= _SHARE:
            return list(ids)
        here = set(ids)
        places: dict[int, int] = {}
        for token in draw.sample(pieces, min(len(pieces), draw.randint(1, _MOST))):
            places[token] = draw.choice(self._sort_of[token])
            if places[token] in here:
                del places[token]
            else:
                here.add(places[token])
        return [places.get(token, token) for token in ids]
