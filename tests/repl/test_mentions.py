"""`@` puts texts into a message, and says in one sentence what it cannot."""

from pathlib import Path

import pytest

from app.errors import UsageError
from app.repl.mentions import LIMIT, Message, Sources, expand_mentions


async def read_resource(server: str, uri: str) -> str:
    return f"{uri} of {server}"


async def expand(text: str, last_output: str = "") -> Message:
    return await expand_mentions(text, Sources(["shop"], read_resource, last_output))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.txt").write_text("step one")
    return tmp_path


async def test_a_file_follows_the_sentence_that_mentions_it() -> None:
    message = await expand("Sum up @plan.txt, please; @plan.txt is short.")
    assert message == Message(
        'Sum up @plan.txt, please; @plan.txt is short.\n\n<file source="plan.txt">\nstep one\n</file>'
    )


async def test_a_name_with_spaces_is_quoted(folder: Path) -> None:
    (folder / "my plan.txt").write_text("two words")
    assert "two words" in (await expand('Read @"my plan.txt"!')).text


async def test_a_resource_is_asked_of_its_server() -> None:
    assert "menu://today of shop" in (await expand("What is on @shop:menu://today ?")).text


async def test_the_output_of_the_last_command_is_put_in() -> None:
    assert "exit code 1" in (await expand("Why @!", "exit code 1")).text
    with pytest.raises(UsageError, match="no command output"):
        await expand("Why @!")


async def test_an_image_is_shown_rather_than_quoted(folder: Path) -> None:
    (folder / "photo.png").write_bytes(b"\x89PNG")
    message = await expand("What is on @photo.png?")
    assert message.images == (Path("photo.png"),)
    assert message.text == "What is on @photo.png?"


async def test_a_long_file_is_cut_with_a_word_about_it(folder: Path) -> None:
    (folder / "long.txt").write_text("ä" * (LIMIT + 5))
    assert "[cut: 5 more characters]" in (await expand("@long.txt")).text


async def test_addresses_and_doubled_signs_are_left_alone() -> None:
    assert (await expand("Mail me@home.org or @@ada")).text == "Mail me@home.org or @ada"


@pytest.mark.parametrize(
    ("mention", "sentence"),
    [("@nowhere.txt", "there is no file nowhere.txt"), ("@.", "is not a file"), ("@data.bin", "is not a text file")],
)
async def test_what_cannot_be_read_is_said_in_one_sentence(folder: Path, mention: str, sentence: str) -> None:
    (folder / "data.bin").write_bytes(b"\x00\xff")
    with pytest.raises(UsageError, match=sentence):
        await expand(mention)
