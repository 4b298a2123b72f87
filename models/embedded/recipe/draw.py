"""Random words and values: the source of everything that the model must copy rather than know.

All of it comes from one seeded generator, so a seed names an endless stream of conversations.
"""

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

from models.embedded.recipe import phrases
from models.embedded.recipe import words as w

T = TypeVar("T")

ALPHANUMERIC = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
ENDINGS = (".txt", ".md", ".json", ".csv", ".log", ".py", ".yaml", ".png", ".pdf", ".cfg")


class Draw:
    """Draws words and values; `split` chooses the word pools, `seed` the stream."""

    def __init__(self, seed: int, split: str = "train") -> None:
        self.split, self._seed = split, seed
        self.random = random.Random(f"{split}-{seed}")
        groups = [group.split() for group in w.VERB_GROUPS]
        self.verbs = w.pool((verb for group in groups for verb in group), split)
        self.synonyms = {v: [other for other in group if other in self.verbs] for group in groups for v in group}
        self.nouns = w.pool(w.NOUNS, split)
        self.adjectives = w.pool(w.ADJECTIVES, split)
        self.arg_names = w.pool(w.ARG_NAMES, split)
        self.flags = w.pool(w.FLAG_NAMES, split)
        self.anything = w.pool(phrases.words("en"), split)
        self.material = sorted({*self.verbs, *self.nouns, *self.adjectives, *self.arg_names, *w.PROPER, *self.anything})

    def go_to(self, index: int) -> None:
        """Jump to a place of the stream: what is drawn from there on depends on seed, split and index alone."""
        self.random.seed(f"{self.split}-{self._seed}-{index}")

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return self.random.choice(items)

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random.random() < probability

    def number_in(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return self.random.randint(low, high)

    def one_of(self, *weighted: tuple[float, Callable[[], T]]) -> T:
        """What one of the makers makes, chosen by weight."""
        makers = [maker for _, maker in weighted]
        return self.random.choices(makers, [weight for weight, _ in weighted])[0]()

    # Words

    def piece(self) -> str:
        """A random slice of a known word, so that every token gets practice in being copied."""
        word = self.pick(self.material)
        start = self.random.randrange(len(word))
        return word[start : start + self.number_in(2, 5)]

    def pseudo(self, syllables: int | None = None) -> str:
        """An invented word that is not by chance one of the evaluation's unseen tools, in small letters either."""
        while True:
            word = self._invented(syllables)
            if not w.kept_out(word) and not w.kept_out(word.lower()):
                return word

    def _invented(self, syllables: int | None) -> str:
        """Syllables, or slices of known words; now and then with a foreign letter."""
        make = self.piece if self.chance(0.5) else self.syllable
        word = "".join(make() for _ in range(syllables or self.pick((1, 2, 2, 2, 3))))
        if self.chance(0.06):
            at = self.random.randrange(len(word) + 1)
            word = word[:at] + self.pick(w.FOREIGN_LETTERS) + word[at:]
        return word

    def syllable(self) -> str:
        """A syllable that can be said."""
        return self.pick(w.ONSETS) + self.pick(w.NUCLEI) + self.pick(w.CODAS)

    def noun(self) -> str:
        """A noun, known or invented, or any word of the written wordings."""
        return self.one_of(
            (28, self.pseudo), (40, lambda: self.pick(self.nouns)), (32, lambda: self.pick(self.anything))
        )

    def verb(self) -> str:
        """A verb, known or invented, or any word of the written wordings."""
        return self.one_of(
            (10, self.pseudo), (72, lambda: self.pick(self.verbs)), (18, lambda: self.pick(self.anything))
        )

    def word(self) -> str:
        """Any word, known or invented."""
        return self.one_of(
            (30, self.pseudo),
            (30, lambda: self.pick(self.nouns)),
            (15, lambda: self.pick(self.adjectives)),
            (25, lambda: self.pick(self.verbs)),
        )

    def proper(self) -> str:
        """A name of a person or place, known or invented."""
        return self.pick(w.PROPER) if self.chance(0.5) else self.pseudo().capitalize()

    def phrase(self, low: int = 2, high: int = 5) -> str:
        """Some words, sometimes with punctuation: a value that needs quotes."""
        small = ("the", "a", "is", "in", "to", "my", "and")
        text = " ".join(
            self.pick(small) if self.chance(1 / 3) else self.word() for _ in range(self.number_in(low, high))
        )
        text = text.capitalize() if self.chance(0.2) else text
        return text + self.pick(("", "", "", "", "!", ".", f" {self.number_in(0, 99)}"))

    def free_text(self) -> str:
        """Words that may stand unquoted at the end of a request: what a note says."""
        parts = [self._free_word() for _ in range(self.number_in(1, 9))]
        if len(parts) > 3 and self.chance(0.15):
            parts[self.random.randrange(1, len(parts) - 1)] += ","
        if self.chance(0.06):
            parts.insert(self.number_in(0, len(parts)), self.clock())
        text = " ".join(parts)
        return text if self.chance(0.7) else text[:1].upper() + text[1:]

    def note_text(self) -> str:
        """What a note says: a written text, or words thrown together."""
        written = phrases.patterns("en", "note_texts", self.split)
        if not self.chance(0.55):
            return self.free_text()
        text = self.pick(written)
        if self.chance(0.35):
            words = text.split()
            words[self.random.randrange(len(words))] = self._free_word()
            text = " ".join(words)
        return text

    def _free_word(self) -> str:
        return self.one_of(
            (60, lambda: self.pick(w.NOTE_WORDS)),
            (25, self.word),
            (8, self.proper),
            (7, lambda: str(self.number_in(0, 99))),
        )

    # Values

    def filename(self) -> str:
        """A file name, sometimes with its folder."""
        end = self.pick(("", "", f"_{self.word()}", str(self.number_in(1, 99)), f"-{self.word()}"))
        folder = self.pick(("", "", "", "/tmp/", f"{self.word()}/", f"/{self.word()}/{self.word()}/"))
        return folder + self.word() + end + self.pick(ENDINGS)

    def code(self) -> str:
        """Letters and digits without sense."""
        return "".join(self.pick(ALPHANUMERIC) for _ in range(self.number_in(2, 7)))

    def email(self) -> str:
        """An address."""
        return f"{self.word()}@{self.word()}.{self.pick(('com', 'org', 'net'))}"

    def path(self) -> str:
        """An absolute path of one or two parts."""
        return f"/{self.word()}" + (f"/{self.word()}" if self.chance(0.5) else "")

    def token_string(self) -> str:
        """A string value that needs no quotes."""
        return self.one_of(
            (35, self.word),
            (20, self.proper),
            (15, self.filename),
            (8, self.code),
            (6, self.email),
            (6, self.path),
            (5, lambda: f"{self.word()}{self.pick('-_.:')}{self.number_in(0, 999)}"),
            (5, self.date),
            (4, self.clock),
            (4, lambda: self.pick((*w.DAYS, "tomorrow", "tonight", "today"))),
        )

    def integer(self) -> int:
        """Mostly small, sometimes negative."""
        return self.number_in(0, self.pick((9, 20, 100, 100, 1000, 10000))) * (-1 if self.chance(0.08) else 1)

    def number(self) -> int | float:
        """An integer or a decimal fraction."""
        if self.chance(0.5):
            return self.integer()
        low = -5 if self.chance(0.2) else 0
        return round(self.random.uniform(low, self.pick((2, 20, 200))), self.pick((1, 1, 2)))

    # Places and times

    def city(self) -> str:
        """A city, known or invented, of one or two words."""
        return self.one_of(
            (30, lambda: self.pick(w.ZONE_CITIES).replace("_", " ")),
            (55, self.proper),
            (15, lambda: f"{self.proper()} {self.proper()}"),
        )

    def zone(self) -> str:
        """A time zone, mostly in the form of the IANA names."""
        return self.one_of(
            (6, lambda: self.pick(("UTC", "GMT", "CET"))),
            (4, lambda: self.pick(w.ZONE_CITIES).replace("_", " ")),
            (45, lambda: f"{self.pick(w.REGIONS)}/{self.pick(w.ZONE_CITIES)}"),
            (20, lambda: f"{self.pick(w.REGIONS)}/{self.pick(w.PROPER)}"),
            (25, lambda: f"{self.pick(w.REGIONS)}/{self._invented_place()}"),
        )

    def _invented_place(self) -> str:
        return "_".join(self.pseudo().capitalize() for _ in range(self.pick((1, 1, 1, 2))))

    def clock(self) -> str:
        """A time of day."""
        return f"{self.number_in(0, 23):02d}:{self.number_in(0, 59):02d}"

    def date(self) -> str:
        """A day between 1990 and 2040."""
        return f"{self.number_in(1990, 2040)}-{self.number_in(1, 12):02d}-{self.number_in(1, 28):02d}"

    def timestamp(self) -> str:
        """Date and time in ISO form, in several precisions."""
        seconds = f":{self.number_in(0, 59):02d}"
        offset = f"{self.pick('+-')}{self.number_in(0, 12):02d}:{self.pick(('00', '00', '00', '00', '30'))}"
        return f"{self.date()}{self.pick('TTT ')}{self.clock()}" + self.pick(("", seconds, *[seconds + offset] * 2))
