"""Pictures from strangers, opened with care: what cannot be read is told in words.

The one place that knows Pillow. Import it where a picture is at hand, never at a module's top: a run without
pictures must not pay for it. Decided against reading headers by hand: scaling needs Pillow anyway.
"""

import io
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from PIL import Image, ImageOps

MOST_PIXELS = 50_000_000
"""More are refused before they are decoded: a file of a few kilobytes can unfold to gigabytes."""
MOST_BYTES = 64_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
_SENT_AS_THEY_ARE = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_PHOTOGRAPHS = ("JPEG", "MPO", "WEBP")
_ORIENTATION = 0x0112
_MODES_OF_PNG = ("L", "LA", "RGB", "RGBA", "I;16")

# Pillow's own limit lies above ours; between the two it would write to stderr what we say in words.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)


class UnreadablePictureError(Exception):
    """Says in a few words why a picture cannot be shown."""


@dataclass(frozen=True)
class Picture:
    """An encoded picture."""

    data: bytes
    mime_type: str
    width: int
    """Pixels."""
    height: int


def fitted(path: Path, side: int) -> Picture:
    """A picture for a model: at most `side` pixels on the longer side, never enlarged, turned upright.

    A small PNG, JPEG or WebP comes as its file is. The same file always becomes the same bytes.

    Raises:
        UnreadablePictureError: It is broken, too large, or of a format that is not read here.
        OSError: The file is gone or may not be read.
    """
    with path.open("rb") as file, _opened(file) as image:
        mime_type = _SENT_AS_THEY_ARE.get(image.format or "")
        if mime_type and max(image.size) <= side and image.getexif().get(_ORIENTATION, 1) == 1:
            image.load()
            file.seek(0)
            return Picture(file.read(), mime_type, *image.size)
        return _encoded(_scaled(image, side), "JPEG" if image.format in _PHOTOGRAPHS else "PNG")


def as_png(path: Path, side: int) -> Picture:
    """A picture for a terminal, as PNG; otherwise as `fitted`."""
    with path.open("rb") as file, _opened(file) as image:
        return _encoded(_scaled(image, side), "PNG")


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, by the header alone; None for what is no picture."""
    try:
        with _opened(io.BytesIO(data)) as image:
            return image.size
    except UnreadablePictureError:
        return None


@contextmanager
def _opened(file: IO[bytes]) -> Generator[Image.Image, None, None]:
    try:
        if file.seek(0, io.SEEK_END) > MOST_BYTES:
            raise UnreadablePictureError(f"its file has more than {MOST_BYTES // 1_000_000} MB")
        file.seek(0)
        with Image.open(file, formats=_FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large()
            yield image
    except UnreadablePictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except Exception as error:  # decoders raise whatever a broken file makes them stumble over
        raise UnreadablePictureError("it is broken, or no picture") from error


def _too_large() -> UnreadablePictureError:
    return UnreadablePictureError(f"it has more than {MOST_PIXELS // 1_000_000} million pixels")


def _scaled(image: Image.Image, side: int) -> Image.Image:
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    image.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return ImageOps.exif_transpose(image)


def _encoded(image: Image.Image, kind: str) -> Picture:
    out = io.BytesIO()
    if kind == "JPEG":
        image.convert("RGB").save(out, kind, quality=90)
    else:
        (image if image.mode in _MODES_OF_PNG else image.convert("RGB")).save(out, kind)
    return Picture(out.getvalue(), _SENT_AS_THEY_ARE[kind], *image.size)
