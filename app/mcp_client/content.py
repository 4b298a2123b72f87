"""Results of tools, made into text a model can read within its budget.

Whatever is not text goes into a file, and the text says where. Whatever is too long is cut, and its last line
says how long it was and where the whole is. Files are made with unguessable names and are readable by their
owner only.
"""

import base64
import binascii
import json
import mimetypes
import os
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from graphs.toolset import ToolResult


@dataclass
class _Rendering:
    folder: Path
    prefix: str
    texts: list[str] = field(default_factory=list[str])
    images: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    files: list[str] = field(default_factory=list[str])


def render_result(
    raw: dict[str, Any], *, folder: Path, origin: str, limit: int, notes: list[str] | None = None
) -> ToolResult:
    """A result of tools/call as `ToolResult`. Writes files, so call it off the event loop.

    Args:
        raw: ``content``, ``structuredContent``, ``isError`` as sent.
        folder: Where files go; made when needed.
        origin: Server and tool, the beginning of the files' names.
        limit: Characters of text that are kept.
        notes: Lines to add after the text, outside the limit.
    """
    out = _rendering(folder, origin)
    for block in object_list(raw.get("content")):
        out.texts.append(_block_text(block, out))
    artifact: dict[str, Any] = {}
    structured = raw.get("structuredContent")
    if structured is not None:
        _keep_structured(structured, out, artifact, limit)
    text = "\n".join(out.texts)
    shown = _cut(text, limit, out, artifact)
    if out.images:
        artifact["images"] = out.images
    if out.files:
        artifact["files"] = out.files
    return ToolResult(
        text="\n".join([shown, *notes]) if notes else shown,
        status="error" if raw.get("isError") else "success",
        size=len(text),
        artifact=artifact or None,
    )


def render_contents(raw: dict[str, Any], *, folder: Path, origin: str) -> str:
    """The parts of a resource, whole, as text."""
    out = _rendering(folder, origin)
    return "\n".join(_resource_text(part, out) for part in object_list(raw.get("contents")))


def render_blocks(blocks: list[Any], *, folder: Path, origin: str) -> str:
    """Content blocks, whole, as text."""
    out = _rendering(folder, origin)
    return "\n".join(_block_text(block, out) for block in object_list(blocks))


def _rendering(folder: Path, origin: str) -> _Rendering:
    return _Rendering(folder, re.sub(r"[^A-Za-z0-9_-]+", "-", origin)[:60])


def _keep_structured(structured: Any, out: _Rendering, artifact: dict[str, Any], limit: int) -> None:
    text = json.dumps(structured, ensure_ascii=False)
    if len(text) <= limit:
        artifact["structured_content"] = structured
    else:
        out.files.append(_save(text.encode(), ".json", out))
    if not out.texts:
        out.texts.append(text)


def _cut(text: str, limit: int, out: _Rendering, artifact: dict[str, Any]) -> str:
    if len(text) <= limit:
        return text
    path = artifact["full_output"] = _save(text.encode(), ".txt", out)
    return f"{text[:limit]}\n[cut after {limit:,} of {len(text):,} characters; the whole output is in {path}]"


def _block_text(block: dict[str, Any], out: _Rendering) -> str:
    kind = block.get("type")
    if kind == "text":
        return str(block.get("text", ""))
    if kind in {"image", "audio"}:
        return _binary(block.get("data"), str(block.get("mimeType") or "application/octet-stream"), out)
    if kind == "resource" and isinstance(block.get("resource"), dict):
        return _resource_text(cast("dict[str, Any]", block["resource"]), out)
    if kind == "resource_link":
        about = ", ".join(str(block[key]) for key in ("mimeType", "description") if block.get(key))
        return f"[resource {block.get('name') or ''}: {block.get('uri')}{f' ({about})' if about else ''}]"
    return f"[content of the type {kind!r}, which cannot be shown]"


def _resource_text(resource: dict[str, Any], out: _Rendering) -> str:
    if "text" in resource:
        return str(resource["text"])
    return _binary(resource.get("blob"), str(resource.get("mimeType") or "application/octet-stream"), out)


def _binary(data: object, mime_type: str, out: _Rendering) -> str:
    try:
        content = base64.b64decode(str(data or ""), validate=True)
    except (binascii.Error, ValueError):
        return f"[{mime_type} that is not valid base64]"
    path = _save(content, mimetypes.guess_extension(mime_type) or ".bin", out)
    if mime_type.startswith("image/"):
        out.images.append({"path": path, "mime_type": mime_type} | _dimensions(content))
    else:
        out.files.append(path)
    return f"[{mime_type}, {_size(len(content))}: {path}]"


def _dimensions(content: bytes) -> dict[str, int]:
    from app.pictures import size_of  # imports Pillow

    size = size_of(content)
    return {"width": size[0], "height": size[1]} if size else {}


def _size(count: int) -> str:
    return f"{count} bytes" if count < 1000 else f"{count / 1000:.0f} kB"


def _save(content: bytes, suffix: str, out: _Rendering) -> str:
    out.folder.mkdir(parents=True, exist_ok=True)
    descriptor, path = tempfile.mkstemp(suffix=suffix, prefix=f"{out.prefix}-", dir=out.folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path


def object_list(value: object) -> list[dict[str, Any]]:
    """The objects of a list that a server sent; anything else in its place is left out."""
    items = cast("list[Any]", value) if isinstance(value, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
