from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pipeline.commons.normalise import normalise
from pipeline.commons.picture import REASONS, PictureError
from tests.commons.pictures import decoded, encoded, noise, quadrants
from tests.commons.test_normalise import COLOURED

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")

SHARED = Path(__file__).parents[3] / "shared/data/images"
MAX_PIXELS = 1_000_000
STARTS = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\x00", b"MM\x00*", b"RIFF\0\0\0\0WEBP", b"BM"]


def png_of_size(width: int, height: int) -> bytes:
    """A PNG whose header promises a size and whose data is a few bytes: a decompression bomb by header."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 50)) + chunk(b"IEND", b"")
    )


def reason(data: bytes, **options: Any) -> str | None:
    """Why the bytes are refused, or None where a picture comes of them."""
    try:
        picture = normalise(data, max_pixels=MAX_PIXELS, **options)
    except PictureError as error:
        return error.reason
    stored = decoded(picture.data)
    assert (stored.format, stored.mode, stored.size) == ("JPEG", "RGB", (picture.width, picture.height))
    return None


def assert_picture_or_reason(data: bytes) -> None:
    assert reason(data) in {None, *REASONS}


HTML = b"<!DOCTYPE html>\n<html><body>Error 503</body></html>"
REFUSED = {
    "zero bytes": (b"", "empty"),
    "html": (HTML, "html"),
    "html after a byte order mark": (b"\xef\xbb\xbf\r\n" + HTML, "html"),
    "xhtml": (b"<?xml version='1.0'?><html></html>", "html"),
    "svg": (b"<?xml version='1.0'?><svg xmlns='x'></svg>", "unsupported"),
    "bare svg": (b"  <svg xmlns='x'></svg>", "unsupported"),
    "pdf": (b"%PDF-1.7\n", "unsupported"),
    "heic": (b"\x00\x00\x00\x18ftypheic" + b"\0" * 40, "unsupported"),
    "text": (b"no picture at all", "not_a_picture"),
    "half a jpeg": (noise(300, 200)[:20_000], "truncated"),
    "half a png": (noise(300, 200, "PNG")[:20_000], "truncated"),
    "a jpeg's first bytes": (encoded(quadrants())[:4], "not_a_picture"),
    "a bomb by its header": (png_of_size(60_000, 60_000), "too_many_pixels"),
    "a picture a little too large": (encoded(quadrants(1001, 1000), "PNG"), "too_many_pixels"),
    "a picture too narrow": (encoded(quadrants(500, 9), "PNG"), "too_small"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_usable_picture_is_refused_for_its_own_reason(kind: str) -> None:
    data, expected = REFUSED[kind]
    assert reason(data, min_side_px=10) == expected


def test_a_gif_whose_frames_enlarge_the_canvas_is_a_bomb_too() -> None:
    data = bytearray(encoded(quadrants(10, 10), "GIF"))
    frame = data.index(b"\x2c", 13)
    data[frame + 5 : frame + 9] = struct.pack("<HH", 60_000, 60_000)
    assert reason(bytes(data)) in ("too_many_pixels", "truncated", "corrupt")


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(COLOURED)), st.data())
def test_damaged_bytes_raise_nothing_but_a_picture_error(kind: str, data: st.DataObject) -> None:
    damaged = bytearray(COLOURED[kind])
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    for variant in (bytes(damaged), bytes(damaged[:cut])):
        assert_picture_or_reason(variant)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200), st.sampled_from(STARTS))
def test_bytes_of_no_kind_raise_nothing_but_a_picture_error(data: bytes, start: bytes) -> None:
    assert_picture_or_reason(start + data)


def shared_files(folder: str) -> list[Any]:
    files = sorted(path for path in (SHARED / folder).glob("*") if path.suffix and path.name != "LICENSE")
    missing = pytest.mark.skip(reason=f"needs ../shared/data/images/{folder} beside the checkout")
    return [pytest.param(path, id=path.name) for path in files] or [pytest.param(SHARED, marks=missing, id="absent")]


@pytest.mark.shared
@pytest.mark.parametrize("path", shared_files("odd"))
def test_odd_files_become_pictures_or_picture_errors(path: Path) -> None:
    assert_picture_or_reason(path.read_bytes())


@pytest.mark.shared
@pytest.mark.parametrize("shape", ["Landscape", "Portrait"])
def test_samples_of_all_orientations_come_out_upright_and_alike(shape: str) -> None:
    files = sorted((SHARED / "exif").glob(f"{shape}_*.jpg"))
    if not files:
        pytest.skip("needs ../shared/data/images/exif beside the checkout")
    pictures = [normalise(path.read_bytes(), max_pixels=20_000_000, max_side_px=300) for path in files]
    expected = (300, 200) if shape == "Landscape" else (200, 300)
    assert {(picture.width, picture.height) for picture in pictures} == {expected}
    arrays = [np.asarray(Image.open(io.BytesIO(picture.data))).astype(float) for picture in pictures]
    assert all(np.abs(array - arrays[0]).mean() < 6 for array in arrays[1:])
