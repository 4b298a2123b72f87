"""Does the model see images, and may they stand in a tool's result?"""

import base64
import struct
import zlib
from collections.abc import Mapping
from typing import Any, Literal

from app.doctor.finding import Finding, ok, skipped, warning
from app.doctor.patient import Patient
from app.doctor.probes import with_result

_SIDE = 56
"""Pixels: the smallest square of whole patches for the Qwen family."""
_COLOUR, _RGB = "red", b"\xff\x00\x00"
_QUESTION = "What colour is this image? Answer with one word."


async def check_images(patient: Patient, placement: Literal["user", "tool", "off"]) -> list[Finding]:
    """Show a red square in a person's message, and if it is seen in a tool's result.

    Args:
        patient: whom to ask.
        placement: where the settings put images of tool results.
    """
    with_image = await patient.ask([_person([_text(_QUESTION), _image()])])
    if with_image.refusal:
        hint = "" if placement == "off" else "Where a tool gives images, MODEL__IMAGES=off leaves them out."
        return [skipped("image", f"the model takes no images: {with_image.refusal}", hint)]
    without = await patient.ask([_person([_text(_QUESTION)])])
    if with_image.prompt_tokens is not None and with_image.prompt_tokens == without.prompt_tokens:
        return [skipped("image", "the endpoint accepts images and drops them: the prompt is as long as without.")]
    if _COLOUR not in with_image.text.lower():
        said = f"a red square was shown, and the model said {with_image.text.strip()!r}."
        return [warning("image", said, "Check that the model sees, and that its chat template prints images.")]
    return [ok("image", "the model sees an image of a person."), await _in_result(patient, placement)]


async def _in_result(patient: Patient, placement: str) -> Finding:
    check = "image of a tool"
    messages: list[Mapping[str, Any]] = with_result("")
    messages[-1] = {**messages[-1], "content": [_text("A photo of the clock."), _image()]}
    answer = await patient.ask([*messages, _person([_text(_QUESTION)])])
    if not answer.refusal and _COLOUR in answer.text.lower():
        return ok(check, "the model sees an image in a tool's result.")
    said = answer.refusal or f"a red square was handed back, and the model said {answer.text.strip()!r}."
    if placement == "tool":
        return warning(check, said, "Set MODEL__IMAGES=user: images then follow the result in a user message.")
    return skipped(check, f"not seen there, and not sent there (MODEL__IMAGES={placement}): {said}")


def png() -> bytes:
    """A square of one colour, as a PNG file."""
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    rows = (b"\x00" + _RGB * _SIDE) * _SIDE
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _person(content: list[dict[str, Any]]) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _text(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def _image() -> dict[str, Any]:
    url = f"data:image/png;base64,{base64.b64encode(png()).decode('ascii')}"
    return {"type": "image_url", "image_url": {"url": url}}
