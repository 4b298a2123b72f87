"""The camera above the world: ground, painted lines and robots from the top, raw or as PNG.

PNG is written by hand with zlib, which every Python has; an image library for one picture was decided against.
"""

import base64
import math
import struct
import zlib
from typing import Any

from robot.simulator.canvas import PIXELS, Colour, pixel
from robot.simulator.conversion import header
from robot.simulator.interfaces import Flavour
from robot.simulator.turtle import Turtle
from robot.simulator.world import World

FRAME = "overhead_camera"
_BODY: Colour = (200, 30, 30)
_NOSE: Colour = (255, 230, 80)
_RADIUS = 6
_NOSE_DISTANCE = 5


def picture(world: World) -> bytes:
    """The picture in RGB, row by row from the top, PIXELS * PIXELS * 3 bytes."""
    image = bytearray(bytes(world.background) * (PIXELS * PIXELS))
    for number, colour in world.canvas.painted.items():
        row, column = divmod(number, PIXELS)
        _put(image, column, row, colour)
    for turtle in world.turtles.values():
        _put_turtle(image, turtle)
    return bytes(image)


def png(rgb: bytes, width: int = PIXELS) -> bytes:
    """A PNG file of a picture in RGB."""
    stride = width * 3
    height = len(rgb) // stride
    rows = b"".join(b"\0" + rgb[start : start + stride] for start in range(0, len(rgb), stride))
    shape = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows, 1)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", shape) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def image_message(world: World, flavour: Flavour) -> dict[str, Any]:
    """A sensor_msgs/Image."""
    return {
        "header": header(flavour, FRAME),
        "height": PIXELS,
        "width": PIXELS,
        "encoding": "rgb8",
        "is_bigendian": 0,
        "step": PIXELS * 3,
        "data": base64.b64encode(picture(world)).decode(),
    }


def compressed_message(world: World, flavour: Flavour) -> dict[str, Any]:
    """A sensor_msgs/CompressedImage."""
    data = base64.b64encode(png(picture(world))).decode()
    return {"header": header(flavour, FRAME), "format": "png", "data": data}


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _put_turtle(image: bytearray, turtle: Turtle) -> None:
    x, y = pixel(turtle.x), pixel(turtle.y)
    _put_disc(image, x, y, _RADIUS, _BODY)
    ahead_x = x + round(_NOSE_DISTANCE * math.cos(turtle.theta))
    ahead_y = y + round(_NOSE_DISTANCE * math.sin(turtle.theta))
    _put_disc(image, ahead_x, ahead_y, 2, _NOSE)


def _put_disc(image: bytearray, x: int, y: int, radius: int, colour: Colour) -> None:
    for row in range(y - radius, y + radius + 1):
        for column in range(x - radius, x + radius + 1):
            if (row - y) ** 2 + (column - x) ** 2 <= radius**2:
                _put(image, column, row, colour)


def _put(image: bytearray, column: int, row: int, colour: Colour) -> None:
    if 0 <= column < PIXELS and 0 <= row < PIXELS:
        start = ((PIXELS - 1 - row) * PIXELS + column) * 3
        image[start : start + 3] = bytes(colour)
