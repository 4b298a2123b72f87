"""Poses and pictures out of the messages that robots send."""

import base64
import io
import math
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from robot.tools.pictures import picture_in
from robot.tools.poses import Pose, UnreadableMessage, pose_in

UP = {"x": 0.0, "y": 0.0, "z": math.sin(math.pi / 4), "w": math.cos(math.pi / 4)}
PLACE = {"position": {"x": 1.0, "y": 2.0, "z": 0.0}, "orientation": UP}


@pytest.mark.parametrize(
    "message",
    [
        {"x": 1.0, "y": 2.0, "theta": math.pi / 2, "linear_velocity": 0.0, "angular_velocity": 0.0},
        PLACE,
        {"header": {}, "pose": PLACE},
        {"header": {}, "pose": {"pose": PLACE, "covariance": [0.0] * 36}, "twist": {}},
    ],
)
def test_a_pose_is_found_in_every_message_that_has_one(message: dict[str, Any]):
    pose = pose_in(message)
    assert (pose.x, pose.y, pose.heading) == (1.0, 2.0, pytest.approx(math.pi / 2))


def test_a_heading_is_brought_between_minus_and_plus_pi():
    assert pose_in({"x": 0, "y": 0, "theta": 3 * math.pi / 2}).heading == pytest.approx(-math.pi / 2)
    assert Pose(0.1, -0.2, math.pi / 2).described() == "x 0.10 m, y -0.20 m, heading 90.0 degrees"


@pytest.mark.parametrize(
    "message",
    [{}, {"x": 1.0}, {"x": "1", "y": 0, "theta": 0}, {"x": math.nan, "y": 0, "theta": 0}, {"pose": {"position": {}}}],
)
def test_what_is_no_pose_is_refused_with_a_reason(message: dict[str, Any]):
    with pytest.raises(UnreadableMessage):
        pose_in(message)


def raw(encoding: str, data: bytes, *, width: int = 2, height: int = 1, **more: Any) -> dict[str, Any]:
    coded = base64.b64encode(data).decode()
    return {"encoding": encoding, "width": width, "height": height, "data": coded, **more}


def pixels(png: bytes) -> bytes:
    """The bytes of the rows of a PNG of ours, each after its filter byte."""
    start = png.index(b"IDAT") + 4
    [length] = struct.unpack(">I", png[start - 8 : start - 4])
    return zlib.decompress(png[start : start + length])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (raw("rgb8", b"abcdef"), b"\0abcdef"),
        (raw("bgr8", b"abcdef"), b"\0cbafed"),
        (raw("bgra8", b"abcdefgh"), b"\0cbadgfeh"),
        (raw("mono8", b"ab"), b"\0ab"),
        (raw("mono8", b"ab__cd", height=2, step=4), b"\0ab\0cd"),
        (raw("mono16", struct.pack("<2H", 100, 300)), b"\0\x00\xff"),
        (raw("16UC1", struct.pack(">2H", 300, 100), is_bigendian=1), b"\0\xff\x00"),
    ],
)
def test_raw_pixels_become_a_png(message: dict[str, Any], expected: bytes):
    picture = picture_in(message)
    assert picture.mime_type == "image/png"
    assert pixels(picture.content) == expected


def test_a_png_of_ours_is_one_for_others_too():
    picture = picture_in(raw("bgr8", bytes(range(12)), width=2, height=2))
    with Image.open(io.BytesIO(picture.content)) as image:
        assert image.size == (2, 2)
        assert image.convert("RGB").getpixel((0, 0)) == (2, 1, 0)


def test_compressed_images_come_through_as_they_are():
    jpeg = b"\xff\xd8\xff\xe0 and so on"
    picture = picture_in({"format": "jpeg", "data": base64.b64encode(jpeg).decode()})
    assert (picture.content, picture.mime_type) == (jpeg, "image/jpeg")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({}, "no image data"),
        ({"format": "jpeg", "data": "!"}, "not base64"),
        ({"format": "avif", "data": "AAAA"}, "neither JPEG nor PNG"),
        (raw("yuv422", b"abcd"), "'yuv422' is not known"),
        (raw("rgb8", b"abc"), "too few"),
        (raw("rgb8", b"abc", width=0), "no width"),
        (raw("rgb8", b"abc", width=100_000, height=100_000), "too large"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_a_reason(message: dict[str, Any], reason: str):
    with pytest.raises(UnreadableMessage, match=reason):
        picture_in(message)
