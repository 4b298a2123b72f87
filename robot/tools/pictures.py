"""Camera messages made into image files: JPEG and PNG as they come, raw pixels as PNG.

PNG is written by hand, because an image library for three rows of header would be the heaviest dependency of the
robot's side.
"""

import base64
import binascii
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from robot.tools.poses import UnreadableMessage

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_CHANNELS = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "mono8": 1, "8UC1": 1, "8UC3": 3}
_SIXTEEN_BITS = ("mono16", "16UC1")
_MOST_PIXELS = 50_000_000


@dataclass(frozen=True)
class Picture:
    """An image as a file would hold it."""

    content: bytes
    mime_type: str
    size: str
    """Such as `640x480`; empty where only the file itself knows."""


def picture_in(message: Mapping[str, Any]) -> Picture:
    """The picture of a sensor_msgs CompressedImage or Image.

    Raises:
        UnreadableMessage: it is neither, or in an encoding that is not known here.
    """
    if not isinstance(message.get("data"), str):
        raise UnreadableMessage("the message has no image data")
    try:
        content = base64.b64decode(message["data"], validate=True)
    except binascii.Error:
        raise UnreadableMessage("the image data is not base64") from None
    return _raw(message, content) if "encoding" in message else _compressed(message, content)


def _compressed(message: Mapping[str, Any], content: bytes) -> Picture:
    if content.startswith(_JPEG):
        return Picture(content, "image/jpeg", "")
    if content.startswith(_PNG) and len(content) > 24:
        width, height = struct.unpack(">II", content[16:24])
        return Picture(content, "image/png", f"{width}x{height}")
    raise UnreadableMessage(f"a compressed image of the format {message.get('format')!r} is neither JPEG nor PNG")


def _raw(message: Mapping[str, Any], content: bytes) -> Picture:
    encoding, width, height = str(message["encoding"]), _count(message, "width"), _count(message, "height")
    if width * height > _MOST_PIXELS:
        raise UnreadableMessage(f"an image of {width}x{height} is too large")
    if encoding in _SIXTEEN_BITS:
        rows, channels = _grey(_rows(message, content, width * 2, height), big=bool(message.get("is_bigendian"))), 1
    elif encoding in _CHANNELS:
        channels = _CHANNELS[encoding]
        rows = _rows(message, content, width * channels, height)
    else:
        raise UnreadableMessage(f"the image encoding {encoding!r} is not known here")
    if encoding.startswith("bgr"):
        rows = [_swapped(row, channels) for row in rows]
    return Picture(_png(rows, width, height, channels), "image/png", f"{width}x{height}")


def _count(message: Mapping[str, Any], name: str) -> int:
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise UnreadableMessage(f"the image has no {name}")
    return value


def _rows(message: Mapping[str, Any], content: bytes, length: int, height: int) -> list[bytes]:
    """The rows without the padding that `step` may bring."""
    step = message.get("step")
    step = step if isinstance(step, int) and step >= length else length
    if len(content) < step * (height - 1) + length:
        raise UnreadableMessage(f"the image has {len(content)} bytes, too few for its size")
    return [content[start : start + length] for start in range(0, step * height, step)]


def _swapped(row: bytes, channels: int) -> bytes:
    """Blue, green, red made red, green, blue."""
    pixels = bytearray(row)
    pixels[0::channels], pixels[2::channels] = row[2::channels], row[0::channels]
    return bytes(pixels)


def _grey(rows: list[bytes], *, big: bool) -> list[bytes]:
    """Sixteen bits a pixel stretched over eight, darkest to brightest, as depth images need it to be seen."""
    values = [struct.unpack(f"{'>' if big else '<'}{len(row) // 2}H", row) for row in rows]
    low, high = min(map(min, values)), max(map(max, values))
    span = max(high - low, 1)
    return [bytes((value - low) * 255 // span for value in row) for row in values]


def _png(rows: list[bytes], width: int, height: int, channels: int) -> bytes:
    colour = {1: 0, 3: 2, 4: 6}[channels]
    head = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    return _PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
