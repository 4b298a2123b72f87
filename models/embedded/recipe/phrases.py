"""The written wordings of the training: text files of patterns, one a line, with slots in braces.

Every twelfth pattern (by checksum) is kept out of training, to see how the model does on wordings it never read.
"""

import re
import zlib
from functools import cache
from pathlib import Path

DIRECTORY = Path(__file__).parent / "phrases"
SLOT = re.compile(r"\{(\w+)\}")
LANGUAGES = ("en", "zh", "ko")


@cache
def load_lines(language: str, name: str) -> tuple[str, ...]:
    """All lines of `phrases/LANGUAGE/NAME.txt` without comments; empty where there is no such file."""
    file = DIRECTORY / language / f"{name}.txt"
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


@cache
def patterns(language: str, name: str, split: str = "train") -> tuple[str, ...]:
    """The patterns of one file that belong to a split."""
    return tuple(line for line in load_lines(language, name) if held_out(line) == (split == "test"))


@cache
def words(language: str) -> frozenset[str]:
    """All words of three letters and more that stand in the files of a language, in lower case."""
    lines = (line for file in sorted((DIRECTORY / language).glob("*.txt")) for line in load_lines(language, file.stem))
    return frozenset(word for line in lines for word in re.findall(r"[a-z]{3,}", SLOT.sub(" ", line.lower())))


def held_out(pattern: str) -> bool:
    """True for the fixed twelfth of the patterns that training must never show."""
    return zlib.crc32(pattern.encode()) % 12 == 0


def slots(pattern: str) -> list[str]:
    """The names of its slots, in order."""
    return SLOT.findall(pattern)
