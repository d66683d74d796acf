from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from pipeline.commons.normalise import Normalised, normalise, perceptual_hash
from tests.commons.pictures import RED, clouds, corners, decoded, encoded, near, noise, quadrants, shows_quadrants

pytestmark = pytest.mark.filterwarnings("ignore:::PIL")

MAX_PIXELS = 1_000_000
ORIENTATION_TAG = 0x0112
# How a picture has to be stored so that the orientation of the tag makes it upright.
STORED_AS = {
    1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}  # fmt: skip


def normal(data: bytes, **options: Any) -> Normalised:
    return normalise(data, **({"max_pixels": MAX_PIXELS} | options))


def grey_16_bit() -> Image.Image:
    return Image.fromarray((np.linspace(0, 65535, 120 * 80).reshape(80, 120)).astype(np.uint16))


def on_alpha(mode: str) -> Image.Image:
    """The quadrants, but for the last, which is transparent over black."""
    image = quadrants().convert(mode)
    image.paste((0, 0, 0, 0) if mode == "RGBA" else (0, 0), (60, 40, 120, 80))
    return image


COLOURED = {
    "jpeg": encoded(quadrants(), quality=95, subsampling=0),
    "progressive jpeg": encoded(quadrants(), quality=95, subsampling=0, progressive=True),
    "cmyk jpeg": encoded(quadrants().convert("CMYK"), quality=95),
    "png": encoded(quadrants(), "PNG"),
    "interlaced palette png": encoded(quadrants().quantize(16), "PNG"),
    "palette gif": encoded(quadrants(), "GIF"),
    "animated gif": encoded(quadrants(), "GIF", save_all=True, append_images=[Image.new("RGB", (120, 80), RED)] * 3),
    "webp": encoded(quadrants(), "WEBP", quality=95),
    "tiff": encoded(quadrants(), "TIFF"),
    "cmyk tiff": encoded(quadrants().convert("CMYK"), "TIFF"),
    "lzw tiff of many pages": encoded(
        quadrants(), "TIFF", compression="tiff_lzw", save_all=True, append_images=[Image.new("RGB", (9, 9), RED)]
    ),
    "lab tiff": encoded(
        ImageCms.profileToProfile(
            quadrants(), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
        ) or quadrants(),
        "TIFF",
    ),
    "bmp": encoded(quadrants(), "BMP"),
    "opaque rgba png": encoded(quadrants().convert("RGBA"), "PNG"),
}  # fmt: skip


@pytest.mark.parametrize("kind", COLOURED)
def test_every_kind_of_file_comes_out_as_the_same_upright_srgb_jpeg(kind: str) -> None:
    picture = normal(COLOURED[kind])
    stored = decoded(picture.data)
    assert (stored.format, stored.mode, stored.size) == ("JPEG", "RGB", (120, 80))
    assert (picture.width, picture.height) == stored.size
    assert picture.sha256 == hashlib.sha256(picture.data).hexdigest()
    assert shows_quadrants(picture.data, 24)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", STORED_AS)
def test_every_orientation_is_turned_upright(kind: str, orientation: int) -> None:
    method = STORED_AS[orientation]
    image = quadrants() if method is None else quadrants().transpose(method)
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    picture = normal(encoded(image, kind, exif=exif))
    assert (picture.width, picture.height) == (120, 80)
    assert shows_quadrants(picture.data, 24)
    assert not decoded(picture.data).getexif()


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = orientation
    assert shows_quadrants(normal(encoded(quadrants(), exif=exif)).data, 24)


def test_damaged_exif_costs_nothing_but_the_orientation() -> None:
    assert shows_quadrants(normal(encoded(quadrants(), exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff")).data, 24)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_16_bit_grey_keeps_its_range(kind: str) -> None:
    stored = decoded(normal(encoded(grey_16_bit(), kind)).data)
    expected = np.linspace(0, 255, 120 * 80).reshape(80, 120)
    assert np.abs(np.asarray(stored.convert("L")).astype(float) - expected).max() < 8


@pytest.mark.parametrize("top", [1.0, 255.0])
def test_floating_point_grey_is_read_in_either_range(top: float) -> None:
    levels = np.linspace(0, top, 120 * 80, dtype=np.float32).reshape(80, 120)
    stored = decoded(normal(encoded(Image.fromarray(levels), "TIFF")).data)
    expected = np.linspace(0, 255, 120 * 80).reshape(80, 120)
    assert np.abs(np.asarray(stored.convert("L")).astype(float) - expected).max() < 8


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_becomes_white(kind: str) -> None:
    stored = decoded(normal(encoded(on_alpha("RGBA"), kind)).data)
    *opaque, transparent = corners(stored)
    assert near(transparent, (255, 255, 255))
    assert all(near(pixel, colour, 24) for pixel, colour in zip(opaque, corners(quadrants()), strict=False))


def test_transparent_grey_and_palettes_become_white() -> None:
    grey = decoded(normal(encoded(on_alpha("LA"), "PNG")).data)
    assert near(corners(grey)[3], (255, 255, 255))
    palette = quadrants().quantize(4)
    transparent = palette.getpixel((90, 60))
    stored = decoded(normal(encoded(palette, "PNG", transparency=transparent)).data)
    assert near(corners(stored)[3], (255, 255, 255))
    assert near(corners(stored)[0], RED, 24)


def test_half_transparent_pixels_are_mixed_with_white() -> None:
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 128))
    assert near(corners(decoded(normal(encoded(image, "PNG")).data))[0], (127, 127, 127), 4)


def test_colours_go_through_the_embedded_profile() -> None:
    # sRGB with its red and blue primaries exchanged: what is red by number is to be seen as blue.
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exchanged = srgb.replace(b"rXYZ", b"tXYZ", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tXYZ", b"bXYZ", 1)
    for kind in ("PNG", "JPEG", "TIFF", "WEBP"):
        picture = normal(encoded(Image.new("RGB", (80, 80), (255, 0, 0)), kind, icc_profile=exchanged))
        assert near(corners(decoded(picture.data))[0], (0, 0, 255), 24)
        assert "icc_profile" not in decoded(picture.data).info


@pytest.mark.parametrize("icc", [b"not a profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()])
def test_a_profile_that_is_damaged_or_for_other_pixels_is_left_out(icc: bytes) -> None:
    assert shows_quadrants(normal(encoded(quadrants(), "PNG", icc_profile=icc)).data, 24)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 150), st.integers(1, 150), st.integers(1, 200))
def test_reduction_keeps_the_shape_and_never_enlarges(width: int, height: int, side: int) -> None:
    picture = normal(encoded(quadrants(width, height), "PNG"), max_side_px=side)
    scale = min(1.0, side / max(width, height))
    assert max(picture.width, picture.height) == min(side, max(width, height))
    assert abs(picture.width - width * scale) < 1
    assert abs(picture.height - height * scale) < 1


def test_the_same_bytes_give_the_same_bytes_and_their_text_is_dropped() -> None:
    data = encoded(quadrants(), comment=b"a comment of the camera")
    first, second = normal(data), normal(data)
    assert first == second
    assert b"comment" not in first.data
    assert decoded(first.data).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert perceptual_hash(first.data) == first.phash
    assert -(2**63) <= first.phash < 2**63


def test_quality_decides_the_size() -> None:
    data = noise(200, 150, "PNG")
    assert len(normal(data, quality=60).data) < len(normal(data, quality=95).data)


def distance(one: Image.Image, other: Image.Image, **options: Any) -> int:
    return (normal(encoded(one, "PNG")).phash ^ normal(encoded(other, **options)).phash).bit_count()


@pytest.mark.parametrize("seed", range(10))
def test_the_perceptual_hash_survives_scaling_and_compression_and_tells_pictures_apart(seed: int) -> None:
    picture = clouds(600, 400, seed)
    assert distance(picture, picture.resize((300, 200)), quality=50) <= 6
    assert distance(picture, picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) > 14
    assert distance(picture, clouds(600, 400, seed + 100)) > 14


@pytest.mark.parametrize(("width", "height"), [(4000, 3000), (3000, 4000), (1441, 1000), (1439, 1000), (5760, 300)])
def test_a_large_jpeg_decoded_in_part_is_the_picture_that_a_whole_one_gives(width: int, height: int) -> None:
    image = clouds(width, height)
    jpeg, png = encoded(image, quality=95), encoded(image, "PNG", compress_level=1)
    limits = {"max_pixels": 20_000_000, "max_side_px": 360}
    in_part, whole = normal(jpeg, **limits), normal(png, **limits)
    assert (in_part.width, in_part.height) == (whole.width, whole.height)
    assert max(in_part.width, in_part.height) == 360
    difference = np.abs(in_part.pixels().astype(int) - whole.pixels().astype(int))
    assert difference.mean() < 2
    assert np.quantile(difference, 0.999) <= 12
