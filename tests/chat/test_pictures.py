"""Pictures as they come: of every kind, size and state of decay."""

import contextlib
import io
import struct
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from app.pictures import UnreadablePictureError, as_png, fitted, size_of


def saved(path: Path, size: tuple[int, int] = (800, 600), mode: str = "RGB", **options: object) -> Path:
    Image.effect_noise(size, 80).convert(mode).save(path, **options)
    return path


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.webp"])
def test_a_small_picture_is_sent_as_its_file_is(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / name, (640, 200))
    sent = fitted(path, 640)
    assert (sent.data, sent.width, sent.height) == (path.read_bytes(), 640, 200)


@pytest.mark.parametrize(("size", "small"), [((1280, 720), (640, 360)), ((100, 6400), (10, 640)), ((641, 1), (640, 1))])
def test_a_large_picture_fits_with_its_longer_side(
    tmp_path: Path, size: tuple[int, int], small: tuple[int, int]
) -> None:
    for name, kind in (("a.png", "image/png"), ("a.jpg", "image/jpeg"), ("a.webp", "image/jpeg")):
        sent = fitted(saved(tmp_path / name, size), 640)
        assert (sent.width, sent.height, sent.mime_type) == (*small, kind)
        assert opened(sent.data).size == small


@pytest.mark.parametrize("name", ["a.gif", "a.bmp", "a.tiff", "a.ppm"])
def test_a_rare_format_becomes_png(tmp_path: Path, name: str) -> None:
    sent = fitted(saved(tmp_path / name, (20, 10)), 640)
    assert (sent.mime_type, opened(sent.data).format) == ("image/png", "PNG")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "I", "CMYK", "F"])
def test_every_mode_can_be_scaled_and_shown(tmp_path: Path, mode: str) -> None:
    picture = Image.effect_noise((900, 30), 50)
    path = tmp_path / "a.tiff"
    (picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode)).save(path)
    assert (fitted(path, 640).width, as_png(path, 400).width) == (640, 400)


def test_the_name_of_a_file_says_nothing_about_its_kind(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", (10, 10), format="JPEG")
    assert fitted(path, 640).mime_type == "image/jpeg"


def test_a_photograph_taken_sideways_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert fitted(saved(tmp_path / "a.jpg", (60, 40), exif=exif), 640).height == 60
    assert fitted(saved(tmp_path / "b.jpg", (1200, 800), exif=exif), 640).height == 640


def test_the_same_file_becomes_the_same_bytes(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", (1000, 1000))
    assert fitted(path, 640) == fitted(path, 640)


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    data = bytearray(saved(tmp_path / "a.png", (8, 8)).read_bytes())
    for side in (8_000, 11_000, 100_000):  # above our limit; above the one where Pillow warns; far above
        data[16:24] = struct.pack(">II", side, side)
        data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(UnreadablePictureError, match="more than 50 million pixels"):
            fitted(tmp_path / "a.png", 640)


def test_a_file_beyond_all_measure_is_not_even_opened(tmp_path: Path) -> None:
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(64_000_001)
    with pytest.raises(UnreadablePictureError, match="more than 64 MB"):
        fitted(tmp_path / "a.png", 640)


def test_what_is_gone_is_no_broken_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        fitted(tmp_path / "a.png", 640)


def test_a_vector_drawing_is_told_apart_in_words(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>")
    with pytest.raises(UnreadablePictureError, match="broken, or no picture"):
        fitted(tmp_path / "a.svg", 640)
    assert size_of((tmp_path / "a.svg").read_bytes()) is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_damaged_file_is_shown_or_refused_in_words(tmp_path_factory: pytest.TempPathFactory, kind: str) -> None:
    out = io.BytesIO()
    Image.effect_noise((40, 30), 80).convert("RGB").save(out, kind)
    whole, path = out.getvalue(), tmp_path_factory.mktemp("damaged") / "a"

    @settings(max_examples=25, deadline=None, database=None)
    @given(st.integers(0, len(whole)), st.integers(0, len(whole) - 1), st.integers(0, 255))
    def check(length: int, place: int, value: int) -> None:
        damaged = bytearray(whole)
        damaged[place] = value
        path.write_bytes(damaged[:length])
        for shown in (lambda: fitted(path, 20), lambda: as_png(path, 20)):
            with contextlib.suppress(UnreadablePictureError):
                assert max(shown().width, shown().height) <= 20
        size_of(path.read_bytes())

    check()
