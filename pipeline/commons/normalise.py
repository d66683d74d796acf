"""Bytes of any origin to the one kind of picture that the store holds: an upright 8-bit sRGB JPEG without metadata.

Size is checked from the header before anything is decoded. Only formats that Commons serves as photographs are opened,
so that other decoders never see bytes from outside.
"""

from __future__ import annotations

import hashlib
import io
import math
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import imagehash
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageCms, UnidentifiedImageError

from pipeline.commons.picture import PictureError

_FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP")  # multi-picture JPEGs open as JPEG
warnings.filterwarnings("ignore", module=r"PIL\.")  # of damage that does not keep a picture from being decoded
_KNOWN_BUT_UNSUPPORTED = {
    b"%!PS": "PostScript",
    b"%PDF": "PDF",
    b"8BPS": "Photoshop",
    b"qoif": "QOI",
    b"\x00\x00\x01\x00": "icon",
    b"\x00\x00\x00\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    b"gimp xcf": "XCF",
    b"P5": "PGM",
    b"P6": "PPM",
}
_HTML_STARTS = (b"<!doctype html", b"<html", b"<head", b"<body")
_ORIENTATION_TAG = 0x0112
# The hash looks at 32 x 32 px; a reduction by the decoder stops at twice that.
_HASHED_PX = 64
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ICC_SPACE_OF_MODE = {"RGB": "RGB ", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab "}


@dataclass(frozen=True)
class Normalised:
    """A picture to store: JPEG bytes and their hex `sha256`, size in px, a signed 64-bit perceptual hash."""

    data: bytes
    width: int
    height: int
    phash: int
    sha256: str

    def pixels(self) -> npt.NDArray[np.uint8]:
        """The stored picture, decoded: shape (height, width, 3)."""
        with Image.open(io.BytesIO(self.data), formats=("JPEG",)) as image:
            return np.asarray(image)


def normalise(
    data: bytes, *, max_pixels: int, min_side_px: int = 1, max_side_px: int | None = None, quality: int = 90
) -> Normalised:
    """Decode, turn upright, flatten on white, convert to sRGB, reduce and encode; the same bytes give the same bytes.

    Args:
        data: the file as it came.
        max_pixels: width x height of what is decoded at most.
        min_side_px: px of the shorter side at least, before reduction.
        max_side_px: px of the longer side at most, after reduction; None keeps the size.
        quality: of the JPEG encoder.

    Raises:
        PictureError: these bytes are no usable picture; nothing else is raised whatever they are.
    """
    _refuse_by_signature(data)
    try:
        return _encode(_decode(data, max_pixels, min_side_px, max_side_px), max_side_px, quality)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError("not_a_picture", f"no known format; starts with {data[:16]!r}") from error
    except MemoryError as error:
        raise PictureError("decoder_failed", "it takes more memory than a picture may") from error
    except Image.DecompressionBombError as error:
        raise PictureError("too_many_pixels", str(error)) from error
    except (EOFError, struct.error) as error:
        raise PictureError("truncated", str(error) or "ends in the middle") from error
    except Exception as error:
        cut = isinstance(error, OSError) and "truncated" in str(error).lower()
        raise PictureError("truncated" if cut else "corrupt", f"{type(error).__name__}: {error}") from error


def _refuse_by_signature(data: bytes) -> None:
    if not data:
        raise PictureError("empty", "no bytes")
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(_HTML_STARTS) or (start.startswith(b"<?xml") and b"<html" in start):
        raise PictureError("html", f"a page instead of a picture: {data[:60]!r}")
    if start.startswith((b"<svg", b"<?xml")):
        raise PictureError("unsupported", "SVG, which has to be rendered first")
    if data[4:8] == b"ftyp":
        raise PictureError("unsupported", f"{data[8:12]!r} container")
    for signature, name in _KNOWN_BUT_UNSUPPORTED.items():
        if data.startswith(signature):
            raise PictureError("unsupported", name)


class _PillowLimit:
    """Pillow's limit against decompression bombs is one for the process: ours stands while any thread decodes.

    Pillow refuses twice its limit, also where a later part of the file enlarges the canvas. Over the limit it only
    warns, so that raising the warning would need a filter per call, which threads cannot have.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._num_decoding = 0
        self._before: int | None = None

    @contextmanager
    def at(self, max_pixels: int) -> Iterator[None]:
        with self._lock:
            if self._num_decoding == 0:
                self._before = Image.MAX_IMAGE_PIXELS
            self._num_decoding += 1
            Image.MAX_IMAGE_PIXELS = (max_pixels + 1) // 2
        try:
            yield
        finally:
            with self._lock:
                self._num_decoding -= 1
                if self._num_decoding == 0:
                    Image.MAX_IMAGE_PIXELS = self._before


_PILLOW_LIMIT = _PillowLimit()


def _decode(data: bytes, max_pixels: int, min_side_px: int, max_side_px: int | None) -> Image.Image:
    """The first frame as an upright RGB picture."""
    with _PILLOW_LIMIT.at(max_pixels), Image.open(io.BytesIO(data), formats=_FORMATS) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise PictureError("too_many_pixels", f"{width} x {height} px, over {max_pixels} in all")
        if min(width, height) < min_side_px:
            raise PictureError("too_small", f"{width} x {height} px, under {min_side_px} a side")
        if max_side_px is not None:
            # A JPEG may be decoded at a half, a quarter or an eighth, which takes that much less; twice what is wanted
            # leaves enough to reduce well.
            least = 2 * max_side_px / max(width, height)
            image.draft(None, (math.ceil(width * least), math.ceil(height * least)))
        image.load()
        method = _UPRIGHT.get(_orientation(image))
        picture = _to_srgb(image)
    return picture.transpose(method) if method is not None else picture


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001 - EXIF has damage of its own; without it the picture stands as stored
        return 1


def _to_srgb(image: Image.Image) -> Image.Image:
    """Any mode to RGB: 16 bits to 8, alpha onto white, through the embedded profile where it fits the pixels."""
    if image.mode.startswith("I") or image.mode == "F":
        return _to_8_bit(image).convert("RGB")
    icc = image.info.get("icc_profile")
    if not image.has_transparency_data:
        if image.mode in ("P", "PA", "1", "RGBX"):
            image = image.convert("L" if image.mode == "1" else "RGB")
        return _through_profile(image, icc)
    # Premultiplied modes have a way to RGBA of their own; convert knows both.
    flat = image.convert("RGBA")
    alpha = flat.getchannel("A")
    base = image.convert("L") if image.mode == "LA" else flat.convert("RGB")
    picture = Image.new("RGB", image.size, (255, 255, 255))
    picture.paste(_through_profile(base, icc), mask=alpha)
    return picture


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Grey levels of 16 or 32 bits, or floats in 0..1 or 0..255, to 8 bits."""
    levels = np.asarray(image).astype(np.float64)
    np.nan_to_num(levels, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    if image.mode != "F":
        levels = levels / 256
    elif levels.max(initial=0.0) <= 1.0:
        levels = levels * 255
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def _through_profile(image: Image.Image, icc: bytes | None) -> Image.Image:
    source = None
    try:
        if icc:
            source = ImageCms.ImageCmsProfile(io.BytesIO(icc))
            if source.profile.xcolor_space != _ICC_SPACE_OF_MODE.get(image.mode):
                source = None
        if source is None and image.mode == "LAB":
            source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
        if source is not None:
            srgb = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
            if converted is not None:
                return converted
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        pass  # a damaged profile: the colours as the numbers say
    return image if image.mode == "RGB" else image.convert("RGB")


def _encode(picture: Image.Image, max_side_px: int | None, quality: int) -> Normalised:
    longest = max(picture.size)
    if max_side_px is not None and longest > max_side_px:
        scale = max_side_px / longest
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        # Half the price of LANCZOS, and at such a reduction hardly another picture.
        picture = picture.resize(size, Image.Resampling.HAMMING)
    picture.info.clear()  # the encoder would keep comments
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling="4:2:0")
    data = buffer.getvalue()
    return Normalised(data, picture.width, picture.height, perceptual_hash(data), hashlib.sha256(data).hexdigest())


def perceptual_hash(jpeg: bytes) -> int:
    """DCT hash of a stored picture (8 x 8 lowest frequencies against their median), as a signed 64-bit integer.

    Read in grey at an eighth to a half of its size, which the decoder gives for less: no more than it is reduced to.
    """
    with Image.open(io.BytesIO(jpeg), formats=("JPEG",)) as image:
        image.draft("L", (_HASHED_PX, _HASHED_PX))
        bits = imagehash.phash(image).hash
    return int.from_bytes(np.packbits(bits).tobytes(), "big", signed=True)
