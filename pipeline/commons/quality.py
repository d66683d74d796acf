"""Whether a picture is worth showing a model: blurred, blank, a strip, or a page of text is not.

Everything is measured on copies of a fixed size, so that a figure means the same whatever the size of the picture.
`docs/pictures.md` gives the error rates that decided the limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Refusal = Literal["blurred", "blank", "extreme_aspect", "text_page"]
Pixels = npt.NDArray[np.uint8]
Plane = npt.NDArray[np.float32]
Tiles = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601, as JPEG has it
# Longest sides in px. Sharpness shows what is blurred at the size at which a picture is looked at, not grain; blankness
# has to outlast noise; letters have to stay letters.
_SHARPNESS_SIDE, _BLANK_SIDE, _TEXT_SIDE = 256, 100, 500
_SHARPNESS_TILE = 32  # px
_TILES_A_SIDE = 20  # of the longest side, for blankness and text
_FLAT = 24  # levels between the darkest and the lightest of a tile in which there is nothing
# A tile with writing: its contrast, as a share of its paper's level; how far the few dark pixels pull the distribution
# of the many light ones (a photograph's tiles lie around +0.2); and the share of neighbours, along and across, of which
# just one is ink, without which it is an edge.
_CONTRAST, _SKEWNESS, _CROSSINGS = 0.2, -0.5, 0.015
_SAME_TINT = 0.06  # of the paper's level: how far red less green, and blue less yellow, may be from the usual
_FEW_TILES = 0.25  # of all: where fewer have anything on them, writing is a share of these


@dataclass(frozen=True)
class Quality:
    """What was measured of a picture.

    Attributes:
        aspect: longer side / shorter side.
        flat_share: share of the area in which there is nothing, 0..1.
        sharpness: standard deviation of the Laplacian in the sharpest tenth of the picture, in grey levels.
        text_share: share of the tiles with anything on them that look like writing on the one paper, 0..1.
        paper_share: share of the area that is that writing or empty paper of its tint, 0..1.
    """

    aspect: float
    flat_share: float
    sharpness: float
    text_share: float
    paper_share: float


@dataclass(frozen=True)
class QualityLimits:
    """What is refused, and why there.

    Attributes:
        max_aspect: a strip longer than this leaves the shorter side under 205 px of 1,024; panoramas mostly stay below.
        max_flat_share: photographs of one thing under a clear sky reach 0.7; only an object of a fiftieth of the area,
            or nothing, leaves more than this.
        min_sharpness: half of what the softest of 115 sharp pictures had, so that mist at half their contrast passes;
            whatever is blurred by 2 px or more of 256 lies below.
        min_text_share: photographs of scenes stay under 0.35, pages lie above 0.4, nearly all above 0.5.
        min_paper_share: likewise; a picture is a page only if both are reached.
    """

    max_aspect: float = 5.0
    max_flat_share: float = 0.95
    min_sharpness: float = 10.0
    min_text_share: float = 0.4
    min_paper_share: float = 0.4


def refusal(quality: Quality, limits: QualityLimits) -> Refusal | None:
    """The first reason to leave a picture out; None keeps it."""
    if quality.aspect > limits.max_aspect:
        return "extreme_aspect"
    if quality.flat_share > limits.max_flat_share:
        return "blank"
    if quality.text_share >= limits.min_text_share and quality.paper_share >= limits.min_paper_share:
        return "text_page"
    if quality.sharpness < limits.min_sharpness:
        return "blurred"
    return None


def judge_quality(pixels: Pixels) -> Quality:
    """Measure a decoded picture; the same pixels give the same figures.

    Args:
        pixels: sRGB, upright, shape (height, width, 3). More than 500 px of the longest side are reduced first; the
            limits were set on pictures of 264 to 500 px.
    """
    height, width = pixels.shape[:2]
    colour = _reduced(pixels.astype(np.float32), _TEXT_SIDE)
    grey = colour @ _LUMA
    text_share, paper_share = _writing(colour, grey)
    return Quality(
        max(height, width) / min(height, width), _flat_share(grey), _sharpness(grey), text_share, paper_share
    )


def _reduced(plane: Plane, longest: int) -> Plane:
    """Averages over equal areas, so that the longest side has at most that many px; never enlarged."""
    scale = longest / max(plane.shape[:2])
    if scale >= 1:
        return plane
    for axis in (0, 1):
        before = plane.shape[axis]
        after = max(1, round(before * scale))
        edges = np.linspace(0, before, after + 1)
        whole = np.minimum(edges.astype(np.intp), before - 1)
        part = (edges - whole).reshape((-1, *[1] * (plane.ndim - 1 - axis)))
        sums = np.cumsum(plane, axis, dtype=np.float64)
        sums = np.concatenate([np.zeros_like(sums.take([0], axis)), sums], axis)
        upto = sums.take(whole, axis) + part * plane.take(whole, axis)
        plane = (np.diff(upto, axis=axis) * (after / before)).astype(np.float32)
    return plane


def _tiles(plane: Plane, side: int) -> Tiles:
    """Cut into squares of about `side` px, what is left at the edges dropped: (tiles, down, across, ...)."""
    down, across = (min(side, length) for length in plane.shape[:2])
    rows, columns = plane.shape[0] // down, plane.shape[1] // across
    cut = plane[: rows * down, : columns * across].reshape(rows, down, columns, across, *plane.shape[2:])
    return cut.swapaxes(1, 2).reshape(rows * columns, down, across, *plane.shape[2:])


def _tile_side(plane: Plane) -> int:
    return max(4, round(int(max(plane.shape[:2])) / _TILES_A_SIDE))


def _flat_share(grey: Plane) -> float:
    small = _reduced(grey, _BLANK_SIDE)
    tiles = _tiles(small, _tile_side(small))
    return float((np.ptp(tiles, axis=(1, 2)) < _FLAT).mean())


def _sharpness(grey: Plane) -> float:
    """The subject of a photograph may be all that is sharp in it: hence the sharpest tenth, not the whole."""
    small = np.pad(_reduced(grey, _SHARPNESS_SIDE), 1, mode="edge")
    around = small[:-2, 1:-1] + small[2:, 1:-1] + small[1:-1, :-2] + small[1:-1, 2:]
    return float(np.percentile(_tiles(around - 4 * small[1:-1, 1:-1], _SHARPNESS_TILE).std(axis=(1, 2)), 90))


def _writing(colour: Plane, grey: Plane) -> tuple[float, float]:
    """`text_share` and `paper_share` of `Quality`.

    Paper is what most of a tile is, and light against the ink; ink is little, thin and as dark along lines as across
    them. Neither a script nor the direction of its lines is assumed, nor even light.
    """
    side = _tile_side(grey)
    tiles = _tiles(grey, side)
    flat = tiles.reshape(len(tiles), -1)
    dark, paper = np.percentile(flat, (3, 85), axis=1).astype(np.float32)
    busy = paper - dark > _CONTRAST * np.maximum(paper, 1)
    text = busy & (_skewness(flat) < _SKEWNESS) & _crossed(tiles < ((dark + paper) / 2)[:, None, None])
    if not text.any():
        return 0.0, 0.0
    red, green, blue = (colour[..., channel] for channel in range(3))
    opponents = np.stack([red - green, blue - (red + green) / 2], axis=-1)
    tints = np.median(_tiles(opponents, side).reshape(len(tiles), -1, 2), axis=1) / np.maximum(paper, 16)[:, None]
    same = np.abs(tints - np.median(tints[text], axis=0)).max(axis=1) < _SAME_TINT
    with_anything = max(int(busy.sum()), _FEW_TILES * len(tiles))
    return float((text & same).sum() / with_anything), float(((text | ~busy) & same).mean())


def _skewness(flat: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Third standardised moment of each tile's levels; shape (tiles, px) to (tiles,)."""
    centred = flat - flat.mean(axis=1, keepdims=True)
    skewness: npt.NDArray[np.float32] = (centred * centred * centred).mean(axis=1) / (centred.std(axis=1) + 1e-3) ** 3
    return skewness


def _crossed(ink: Mask) -> Mask:
    """Whether ink begins and ends often enough both along and across; shape (tiles, down, across) to (tiles,)."""
    along = (ink[:, :, 1:] != ink[:, :, :-1]).sum(axis=(1, 2))
    across = (ink[:, 1:] != ink[:, :-1]).sum(axis=(1, 2))
    often: Mask = np.minimum(along, across) > _CROSSINGS * ink[0].size
    return often
