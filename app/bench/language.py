"""Whether an answer is in the language that was asked in: by its script first, by lingua where that is not enough.

The script settles Korean against Chinese without a dependency. Which of the languages in Latin letters
it is, lingua tells (extra `lang`), limited to a few because all 75 take 1.1 GB. A short text is
undetermined rather than guessed.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lingua import LanguageDetector

_SCRIPTS: dict[str, tuple[str, ...]] = {
    "ko": ("HANGUL",),
    "zh": ("CJK",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "ru": ("CYRILLIC",),
    "uk": ("CYRILLIC",),
    "el": ("GREEK",),
    "ar": ("ARABIC",),
    "he": ("HEBREW",),
    "hi": ("DEVANAGARI",),
    "th": ("THAI",),
}
_LATIN = ("LATIN",)
_TOLD_APART = ("en", "de", "fr", "es", "it", "pt", "nl", "pl", "tr", "vi")
"""Languages in Latin letters that lingua chooses from."""
_ENOUGH = {"LATIN": 12, "CYRILLIC": 12}
_ENOUGH_OTHERWISE = 4
"""Letters below which nothing is said; one of Hangul or Han says more than one of Latin."""
_NOT_WORDS = re.compile(r"```.*?```|`[^`]*`|https?://\S+|<[^>]+>|\{[^{}]*\}|\b\w+[_.:/]\w[\w.:/]*", re.DOTALL)


def in_language(text: str, expected: str) -> bool | None:
    """Whether a text is in the language of that ISO 639-1 code; None when it cannot be told."""
    counts = _letters(_NOT_WORDS.sub(" ", text))
    total = sum(counts.values())
    if not expected or not total:
        return None
    main = counts.most_common(1)[0][0]
    if total < _ENOUGH.get(main, _ENOUGH_OTHERWISE):
        return None
    scripts = _SCRIPTS.get(expected, _LATIN)
    if main not in scripts:
        return False
    if expected == "zh" and counts["HIRAGANA"] + counts["KATAKANA"] > total / 10:
        return False
    if expected == "ja" and not counts["HIRAGANA"] + counts["KATAKANA"]:
        return False if total >= 12 else None
    return _told_apart(text, expected) if scripts == _LATIN else True


def _letters(text: str) -> Counter[str]:
    """How many letters of each script."""
    names = (unicodedata.name(letter, "").split(" ")[0] for letter in text if letter.isalpha())
    return Counter("CJK" if name.startswith("CJK") else name for name in names if name)


def _told_apart(text: str, expected: str) -> bool | None:
    detector = _detector()
    if detector is None or expected not in _TOLD_APART:
        return True  # the letters fit, and nobody is here who knows more
    found = detector.detect_language_of(_NOT_WORDS.sub(" ", text))
    return None if found is None else found.iso_code_639_1.name.lower() == expected


def tells_latin_apart() -> bool:
    """Whether lingua is installed."""
    return _detector() is not None


@lru_cache(maxsize=1)
def _detector() -> "LanguageDetector | None":
    try:
        from lingua import IsoCode639_1, LanguageDetectorBuilder
    except ImportError:
        return None
    codes = [IsoCode639_1.from_str(code.upper()) for code in _TOLD_APART]
    return LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
