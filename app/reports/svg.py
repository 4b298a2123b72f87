"""The little of SVG that the charts need: elements, scales with round ticks, a legend."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

COLOURS = 8
"""How many colours the page has; later series begin again."""
_NARROW, _WIDE = 520, 1060
"""Widths that make a character of a chart about as large as one of the page, in one column and over both."""
_CHARACTER = 6.6
"""Width of a character at the page's chart font size, on average."""


@dataclass(frozen=True)
class Scale:
    """From a value to a place on the page."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """One element; `class_` and names with underscores as SVG writes them, `content` already escaped."""
    written = " ".join(f'{key.rstrip("_").replace("_", "-")}="{_value(value)}"' for key, value in attributes.items())
    return f"<{name} {written}>{content}</{name}>"


def text(words: str, x: float, y: float, style: str = "label", anchor: str = "start") -> str:
    """A line of text whose baseline begins at a place."""
    return element("text", escape(words), x=x, y=y, class_=style, text_anchor=anchor)


def tooltip(words: str) -> str:
    """What hovering shows, as the content of an element."""
    return f"<title>{escape(words)}</title>"


def page_width(*, wide: bool) -> float:
    """The width that a chart is drawn for."""
    return _WIDE if wide else _NARROW


def drawing(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    """The whole picture, as wide as the page gives it."""
    return element(
        "svg", "".join(parts), viewBox=f"0 0 {width:.0f} {height:.0f}", role="img", aria_label=title, class_="chart"
    )


def ticks(high: float, low: float = 0.0, wanted: int = 5) -> list[float]:
    """Round values from at most `low` to at least `high`, about as many as wanted."""
    spread = (high - low) or abs(high) or 1.0
    raw = spread / max(wanted - 1, 1)
    magnitude = 10 ** math.floor(math.log10(raw))
    step = next(factor * magnitude for factor in (1, 2, 2.5, 5, 10) if factor * magnitude >= raw * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step - 1e-9)
    return [round(index * step, 10) for index in range(first, max(last, first + 1) + 1)]


def short(value: float) -> str:
    """A tick's value without digits that say nothing."""
    if abs(value) >= 10_000:
        return f"{value / 1000:,.3g}k"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def width_of(words: str) -> float:
    """About how wide a line of text is."""
    return len(words) * _CHARACTER


def legend(names: Sequence[str], y: float) -> str:
    """Names with their colours, in one line."""
    x, parts = 2.0, list[str]()
    for index, name in enumerate(names):
        parts.append(element("rect", x=x, y=y - 9, width=10, height=10, rx=3, class_=f"fill {colour(index)}"))
        parts.append(text(name, x + 16, y))
        x += 16 + width_of(name) + 22
    return "".join(parts)


def colour(index: int) -> str:
    """The class of the nth colour."""
    return f"c{index % COLOURS}"


def _value(value: str | float) -> str:
    return escape(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
