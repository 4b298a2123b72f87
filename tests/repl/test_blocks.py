"""Streaming markdown comes in whole blocks, whatever the pieces it arrives in."""

import pytest

from app.repl.blocks import Block, BlockSplitter

ANSWER = """# Plan

First paragraph
over two lines.
- one
- two
  - nested

  still two
1. first

```python
x = 1

y = 2
```
After the code.
| a | b |
|---|---|
| 1 | 2 |"""

BLOCKS = [
    Block("# Plan"),
    Block("First paragraph\nover two lines."),
    Block("- one"),
    Block("- two\n  - nested\n\n  still two", spaced=False),
    Block("1. first", spaced=False),
    Block("```python\nx = 1\n\ny = 2\n```"),
    Block("After the code.\n| a | b |\n|---|---|\n| 1 | 2 |"),
]


def split(text: str, size: int) -> list[Block]:
    splitter = BlockSplitter()
    blocks = [block for at in range(0, len(text), size) for block in splitter.feed(text[at : at + size])]
    return blocks + splitter.finish()


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_the_pieces_a_text_arrives_in_make_no_difference(size: int) -> None:
    assert split(ANSWER, size) == BLOCKS


def test_a_paragraph_is_given_as_soon_as_it_is_over() -> None:
    splitter = BlockSplitter()
    assert splitter.feed("Hello\n") == []
    assert splitter.unfinished == "Hello\n"
    assert splitter.feed("\nNext") == [Block("Hello")]
    assert splitter.unfinished == "Next"


def test_code_without_its_closing_fence_is_given_at_the_end() -> None:
    assert split("```\na\n\nb", 2) == [Block("```\na\n\nb")]


def test_a_shorter_fence_inside_does_not_close_the_code() -> None:
    assert split("````\n```\n````\nafter", 5) == [Block("````\n```\n````"), Block("after")]


def test_code_of_an_item_stays_with_the_item() -> None:
    assert split("- a\n  ```\n  x\n\n  y\n  ```\n- b", 4) == [
        Block("- a\n  ```\n  x\n\n  y\n  ```"),
        Block("- b", spaced=False),
    ]


def test_nothing_gives_nothing() -> None:
    assert split("\n\n \n", 1) == []
