"""Faces and bare parts of bodies in a picture, by a detector that a package brings along; an option, off as it comes.

The package `nudenet` carries a YOLOv8 model of 12 MB for squares of 320 px. Only its weights are used: they are run by
onnxruntime, and what goes in and comes out is reckoned here, so that neither its code nor OpenCV is imported.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipeline.errors import ConfigError

Pixels = npt.NDArray[np.uint8]
DetectorName = Literal["none", "nudenet"]

_SIDE_PX = 320
# The model's classes in the order of its outputs: the 18 that follow four numbers of a box.
_CLASSES = (
    "FEMALE_GENITALIA_COVERED", "FACE_FEMALE", "BUTTOCKS_EXPOSED", "FEMALE_BREAST_EXPOSED", "FEMALE_GENITALIA_EXPOSED",
    "MALE_BREAST_EXPOSED", "ANUS_EXPOSED", "FEET_EXPOSED", "BELLY_COVERED", "FEET_COVERED", "ARMPITS_COVERED",
    "ARMPITS_EXPOSED", "FACE_MALE", "BELLY_EXPOSED", "MALE_GENITALIA_EXPOSED", "ANUS_COVERED", "FEMALE_BREAST_COVERED",
    "BUTTOCKS_COVERED",
)  # fmt: skip
_FACES = frozenset({"FACE_FEMALE", "FACE_MALE"})
# Kept from here on, so that a later threshold above it needs no second look.
_LEAST_SCORE = 0.25
_OVERLAP = 0.45


@dataclass(frozen=True)
class Seen:
    """A box: its class, how sure the detector is (0 to 1), and its share of the picture's area (0 to 1).

    Of a face it is not kept whether it was taken for a woman's or a man's: nobody has to know.
    """

    label: str
    score: float
    share: float


@dataclass(frozen=True)
class Detection:
    """What a detector saw in a picture, surest first. `parts` are bare ones; covered ones are not kept."""

    detector: str
    faces: tuple[Seen, ...]
    parts: tuple[Seen, ...]

    def to_json(self) -> dict[str, Any]:
        """A dict of plain values, to be stored with the picture."""
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Detection:
        """The same from such a dict."""
        faces, parts = (tuple(Seen(**seen) for seen in stored[name]) for name in ("faces", "parts"))
        return Detection(stored["detector"], faces, parts)


class PeopleDetector(Protocol):
    """Looks at one picture at a time. `name` tells the model and its version: another one may see other things."""

    name: str

    def look(self, pixels: Pixels) -> Detection:
        """What is in a picture.

        Args:
            pixels: RGB, uint8, shape (height, width, 3), upright.
        """
        ...


def people_detector(name: DetectorName) -> PeopleDetector | None:
    """The detector that the config names, or None for none.

    Raises:
        ConfigError: its package is not installed; names the setting and what to install.
    """
    return None if name == "none" else _NudeNet()


def detector_version(name: DetectorName) -> str | None:
    """The `name` of that detector, whether its package is installed or not; None for none."""
    return None if name == "none" else _NudeNet.name


class _NudeNet:
    name = "nudenet-3.4.2-320n"

    def __init__(self) -> None:
        spec = importlib.util.find_spec("nudenet")
        if spec is None or spec.origin is None or importlib.util.find_spec("onnxruntime") is None:
            raise ConfigError(
                "images.respect.detector: nudenet needs the packages nudenet and onnxruntime; install them with "
                "requirements/install .venv requirements/people.lock, or pip install 'culturalground[people]'"
            )
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # A partition holds half a core.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        weights = Path(spec.origin).parent / "320n.onnx"
        self._model = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])

    def look(self, pixels: Pixels) -> Detection:
        """See `PeopleDetector`."""
        height, width = pixels.shape[:2]
        scale = _SIDE_PX / max(height, width)
        (output,) = self._model.run(None, {self._model.get_inputs()[0].name: _squared(pixels)})
        boxes, scores, classes = _boxes(output[0], (width * scale, height * scale))
        seen = [
            Seen(_CLASSES[classes[one]], round(float(scores[one]), 4), _share(boxes[one], width * height * scale**2))
            for one in _apart(boxes, scores)
        ]
        faces = tuple(Seen("FACE", one.score, one.share) for one in seen if one.label in _FACES)
        return Detection(self.name, faces, tuple(one for one in seen if one.label.endswith("_EXPOSED")))


def _squared(pixels: Pixels) -> npt.NDArray[np.float32]:
    """The picture at the upper left of a black square, reduced or enlarged: shape (1, 3, 320, 320), 0 to 1."""
    height, width = pixels.shape[:2]
    side = max(height, width)
    square = Image.new("RGB", (side, side))
    square.paste(Image.fromarray(pixels))
    reduced = square.resize((_SIDE_PX, _SIDE_PX), Image.Resampling.BILINEAR)
    return np.asarray(reduced, np.float32).transpose(2, 0, 1)[None] / np.float32(255)


def _boxes(
    output: npt.NDArray[np.float32], size: tuple[float, float]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.intp]]:
    """Left, upper, right and lower edges in px of the square (n, 4), scores (n,) and classes (n,) of the sure ones.

    Args:
        output: of the model, shape (22, num_anchors): centre x and y, width, height, a score for each class.
        size: width and height of the picture within the square, px.
    """
    scores = output[4:].max(axis=0)
    sure = scores >= _LEAST_SCORE
    x, y, width, height = output[:4, sure]
    edges = np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)
    limits = np.array([*size, *size], np.float32)
    return np.clip(edges, 0, limits), scores[sure], output[4:, sure].argmax(axis=0)


def _apart(boxes: npt.NDArray[np.float32], scores: npt.NDArray[np.float32]) -> Sequence[int]:
    """Indices of boxes, surest first, without those that overlap a surer one by more than `_OVERLAP` of their union."""
    kept: list[int] = []
    for one in np.argsort(-scores, kind="stable").tolist():
        if all(_overlap(boxes[one], boxes[other]) <= _OVERLAP for other in kept):
            kept.append(one)
    return kept


def _overlap(one: npt.NDArray[np.float32], other: npt.NDArray[np.float32]) -> float:
    shared = _area([*np.maximum(one[:2], other[:2]), *np.minimum(one[2:], other[2:])])
    union = _area(one) + _area(other) - shared
    return shared / union if union > 0 else 0.0


def _area(edges: Sequence[float] | npt.NDArray[np.float32]) -> float:
    return float(max(0.0, edges[2] - edges[0]) * max(0.0, edges[3] - edges[1]))


def _share(edges: npt.NDArray[np.float32], area: float) -> float:
    return round(min(1.0, _area(edges) / area), 4)
