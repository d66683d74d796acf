"""Perceptual hashes against contamination: at which distance copies are found, and at which others are taken for them.

Copies are the real photographs of ../shared/data, changed as benchmarks change pictures and prepared again as ours are.
Different pictures are pieces of these photographs: 2 x 2 to 5 x 5 of each, compared only with those of other
photographs; flat ones are left out, as whole pictures are refused that are blank. The drawings of the sample are
compared too: they share their layouts, which photographs do not. Printed is a table by distance; the claims are those
of the distance that `overlaps` uses, against bars of ours. Needs ../shared/data beside the checkout.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageEnhance, ImageOps

from benchmarks.claims import Claim, claim, main
from pipeline.commons.normalise import Normalised, normalise
from pipeline.commons.quality import judge_quality
from pipeline.near_hashes import DISTANCE, nearest
from sample.build import build
from tests.kit.real_input import ABSENT, SHARED, photographs

DISTANCES = (0, 2, 4, 6, 8, 10, 12, 14, 16)
Picture = Image.Image
EDITS: dict[str, Callable[[Picture], bytes]] = {
    "JPEG of quality 75": lambda picture: _jpeg(picture, 75),
    "JPEG of quality 30": lambda picture: _jpeg(picture, 30),
    "224 px, shorter side": lambda picture: _jpeg(_shorter(picture, 224)),
    "PNG of 512 px": lambda picture: _png(_shorter(picture, 512)),
    "squeezed to 336 x 336": lambda picture: _jpeg(picture.resize((336, 336))),
    "grey": lambda picture: _jpeg(picture.convert("L").convert("RGB")),
    "a third brighter": lambda picture: _jpeg(ImageEnhance.Brightness(picture).enhance(1.33)),
    "a third darker": lambda picture: _jpeg(ImageEnhance.Brightness(picture).enhance(0.67)),
    "more contrast": lambda picture: _jpeg(ImageEnhance.Contrast(picture).enhance(1.3)),
    "more colour": lambda picture: _jpeg(ImageEnhance.Color(picture).enhance(1.6)),
    "2 % cut off each side": lambda picture: _jpeg(_cropped(picture, 0.02)),
    "5 % cut off each side": lambda picture: _jpeg(_cropped(picture, 0.05)),
    "10 % cut off each side": lambda picture: _jpeg(_cropped(picture, 0.10)),
    "square from the middle": lambda picture: _jpeg(ImageOps.fit(picture, (min(picture.size),) * 2)),
    "mirrored": lambda picture: _jpeg(ImageOps.mirror(picture)),
}
# What a benchmark does to a picture that it shows whole, and what it may do to the frame.
WHOLE = tuple(EDITS)[:10]


def measure(quick: bool) -> Sequence[Claim]:
    """The table of copies and of different pictures, and the time of a look-up."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    pictures = [_opened(path) for path, _, _ in photographs()]
    originals = _hashes([_jpeg(picture) for picture in pictures])
    found = {name: _apart(originals, _hashes([edit(each) for each in pictures])) for name, edit in EDITS.items()}
    for name, apart in found.items():
        print(json.dumps({"edit": name, "pictures": len(apart), **_shares(apart)}), flush=True)
    whole = np.concatenate([found[name] for name in WHOLE])
    cut = found["2 % cut off each side"]
    print(json.dumps({"edit": "all that leave the frame", "pictures": len(whole), **_shares(whole)}))
    others = _of_different(*_pieces(pictures, (2, 3) if quick else (2, 3, 4, 5)))
    print(json.dumps({"different": "pieces of photographs", "pairs": len(others), **_shares(others)}))
    drawings = _drawings()
    among = _of_different(drawings, np.arange(len(drawings)))
    print(json.dumps({"different": "drawings of the sample", "pairs": len(among), **_shares(among)}), flush=True)
    return [
        claim("copies with their whole frame that are found", float((whole <= DISTANCE).mean()), 0.99, "share", 1.0),
        claim("copies with 2 % cut off that are found", float((cut <= DISTANCE).mean()), 0.95, "share", 1.0),
        claim("pairs of different photographs taken for copies", max(float((others <= DISTANCE).mean()), 1e-9),
              3e-6, "share", 1.0, less_is_better=True),
        claim("ms a picture against a list of 100,000", _look_up_ms(), 1.0, "ms", 1.0, less_is_better=True),
    ]  # fmt: skip


def _opened(path: Path) -> Picture:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def _jpeg(picture: Picture, quality: int = 90) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _png(picture: Picture) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _shorter(picture: Picture, side: int) -> Picture:
    scale = side / min(picture.size)
    return picture.resize((round(picture.width * scale), round(picture.height * scale)))


def _cropped(picture: Picture, share: float) -> Picture:
    across, down = round(picture.width * share), round(picture.height * share)
    return picture.crop((across, down, picture.width - across, picture.height - down))


def _stored(data: bytes) -> Normalised:
    return normalise(data, max_pixels=100_000_000, max_side_px=360)


def _hashes(files: Sequence[bytes]) -> npt.NDArray[np.uint64]:
    return np.array([_stored(data).phash & (2**64 - 1) for data in files], np.uint64)


def _apart(ones: npt.NDArray[np.uint64], others: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint8]:
    return np.bitwise_count(ones ^ others)


def _shares(apart: npt.NDArray[np.uint8]) -> dict[str, float]:
    return {f"within {bits}": float(f"{(apart <= bits).mean():.3g}") for bits in DISTANCES}


def _pieces(pictures: Sequence[Picture], grids: Sequence[int]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Hashes of pieces that show something, and which photograph each is of."""
    hashes, sources = [], []
    for source, picture in enumerate(pictures):
        for grid in grids:
            width, height = picture.width // grid, picture.height // grid
            for across in range(grid):
                for down in range(grid):
                    corner = across * width, down * height
                    piece = picture.crop((*corner, corner[0] + width, corner[1] + height))
                    stored = _stored(_jpeg(piece))
                    if judge_quality(stored.pixels()).flat_share < 0.9:
                        hashes.append(stored.phash & (2**64 - 1))
                        sources.append(source)
    return np.array(hashes, np.uint64), np.array(sources)


def _of_different(hashes: npt.NDArray[np.uint64], sources: npt.NDArray[np.int64]) -> npt.NDArray[np.uint8]:
    """Bits between all that are not of one source."""
    first, second = np.triu_indices(len(hashes), 1)
    different = sources[first] != sources[second]
    return _apart(hashes[first[different]], hashes[second[different]])


def _drawings() -> npt.NDArray[np.uint64]:
    with tempfile.TemporaryDirectory() as folder:
        files = sorted(path for path in build(Path(folder)).commons.rglob("*") if path.suffix in (".jpg", ".png"))
        return _hashes([path.read_bytes() for path in files])


def _look_up_ms() -> float:
    chance = np.random.default_rng(0)
    listed = np.unique(chance.integers(0, 2**64, 100_000, np.uint64))
    ours = chance.integers(0, 2**64, 1024, np.uint64)
    start = time.process_time()
    nearest(ours, listed)
    return (time.process_time() - start) * 1000 / len(ours)


if __name__ == "__main__":
    main(measure, __doc__)
