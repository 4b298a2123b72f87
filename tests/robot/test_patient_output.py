"""Writing to a pipe that nobody reads, or whose reader is gone."""

import os
import time
from collections.abc import Iterator
from typing import TextIO

import pytest

from robot.patient_output import patient_output

LIMIT = 10.0


@pytest.fixture
def pipe() -> Iterator[tuple[int, TextIO]]:
    """The end that is read, by number, and the end that is written to."""
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", encoding="utf-8") as file:
        yield reading, file
        os.close(reading)


def test_what_is_read_is_what_was_written(pipe: tuple[int, TextIO]):
    reading, file = pipe
    with patient_output(file) as output:
        print("turtle1 moves", file=output, flush=True)
        output.write("naïve →\n")
    assert os.read(reading, 1000).decode() == "turtle1 moves\nnaïve →\n"


def test_nobody_reading_stops_no_writer_and_costs_the_oldest_text(pipe: tuple[int, TextIO]):
    reading, file = pipe
    with patient_output(file, most=3) as output:
        began = time.monotonic()
        for number in range(100):
            output.write(f"{number:<100000}")
        assert time.monotonic() - began < LIMIT
        read = ""
        while "99 " not in read:
            read += os.read(reading, 1_000_000).decode()
        assert read.split()[-3:] == ["97", "98", "99"]
        assert len(read.split()) < 10


def test_a_reader_that_left_is_told_to_the_writer(pipe: tuple[int, TextIO]):
    reading, file = pipe
    os.dup2(file.fileno(), reading)  # the end that is read is no more

    def write_on() -> None:
        ends = time.monotonic() + LIMIT
        with patient_output(file) as output:
            while time.monotonic() < ends:
                output.write("anybody there?\n")

    with pytest.raises(BrokenPipeError):
        write_on()
