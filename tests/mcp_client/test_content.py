"""What a result looks like to the model; the shapes that real servers send are in test_transports."""

from pathlib import Path
from typing import Any

from app.mcp_client.content import render_result
from graphs.toolset import ToolResult


def render(folder: Path, limit: int = 1000, notes: list[str] | None = None, **raw: Any) -> ToolResult:
    return render_result(raw, folder=folder / "out", origin="server-tool", limit=limit, notes=notes)


def test_texts_are_joined_and_nothing_is_written(tmp_path: Path) -> None:
    result = render(tmp_path, content=[{"type": "text", "text": "a"}, {"type": "text", "text": "b"}])
    assert result == ToolResult(text="a\nb", size=3)
    assert not (tmp_path / "out").exists()


def test_structured_content_alone_is_shown_as_json(tmp_path: Path) -> None:
    result = render(tmp_path, content=[], structuredContent={"größe": 3})
    assert result == ToolResult(text='{"größe": 3}', size=12, artifact={"structured_content": {"größe": 3}})


def test_long_structured_content_stays_out_of_the_checkpoint(tmp_path: Path) -> None:
    result = render(tmp_path, content=[], structuredContent={"a": "x" * 2000})
    assert result.artifact is not None
    assert set(result.artifact) == {"files", "full_output"}
    assert Path(result.artifact["files"][0]).suffix == ".json"


def test_nothing_at_all_is_an_empty_text(tmp_path: Path) -> None:
    assert render(tmp_path) == ToolResult(text="", size=0)


def test_a_result_of_exactly_the_limit_is_whole(tmp_path: Path) -> None:
    assert render(tmp_path, limit=5, content=[{"type": "text", "text": "12345"}]).text == "12345"


def test_notes_survive_the_cut(tmp_path: Path) -> None:
    result = render(tmp_path, limit=3, notes=["It asked."], content=[{"type": "text", "text": "123456"}])
    assert result.text.startswith("123\n[cut after 3 of 6 characters; the whole output is in ")
    assert result.text.endswith("\nIt asked.")


def test_an_error_is_an_error_without_a_prefix(tmp_path: Path) -> None:
    result = render(tmp_path, isError=True, content=[{"type": "text", "text": "stuck"}])
    assert (result.status, result.text) == ("error", "stuck")


def test_broken_base64_is_said_in_words(tmp_path: Path) -> None:
    result = render(tmp_path, content=[{"type": "image", "data": "%%%", "mimeType": "image/png"}])
    assert result.text == "[image/png that is not valid base64]"


def test_an_embedded_picture_is_an_image(tmp_path: Path) -> None:
    part = {"uri": "demo://p", "mimeType": "image/png", "blob": "aGVsbG8="}
    result = render(tmp_path, content=[{"type": "resource", "resource": part}])
    assert result.artifact is not None
    assert result.text == f"[image/png, 5 bytes: {result.artifact['images'][0]['path']}]"


def test_an_origin_cannot_leave_the_folder(tmp_path: Path) -> None:
    block = {"type": "audio", "data": "aGVsbG8=", "mimeType": "audio/x-unheard-of"}
    result = render_result({"content": [block]}, folder=tmp_path / "out", origin="../../etc/x", limit=100)
    assert result.artifact is not None
    assert Path(result.artifact["files"][0]).parent == tmp_path / "out"
