from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from pipeline.commons.people_detector import PeopleDetector, Pixels, people_detector
from pipeline.commons.respect import Subject, by_detection
from pipeline.commons.settings import Respect
from pipeline.errors import ConfigError
from tests.kit.real_input import ABSENT, SHARED, photographs

HAS_DETECTOR = all(importlib.util.find_spec(name) for name in ("nudenet", "onnxruntime"))
needs_detector = pytest.mark.skipif(not HAS_DETECTOR, reason="needs the extra people: pip install '.[people]'")
needs_pictures = pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)


def pixels_of(path: Path) -> Pixels:
    """As the store has them: upright, 360 px at most."""
    with Image.open(path) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((360, 360), Image.Resampling.LANCZOS)
    return np.asarray(picture)


@pytest.fixture(scope="module")
def detector() -> PeopleDetector:
    found = people_detector("nudenet")
    assert found is not None
    return found


def test_none_needs_nothing() -> None:
    assert people_detector("none") is None


@pytest.mark.skipif(HAS_DETECTOR, reason="the extra people is installed")
def test_without_its_package_the_error_names_the_setting_and_the_extra() -> None:
    with pytest.raises(ConfigError, match=r"images\.respect\.detector.*culturalground\[people\]"):
        people_detector("nudenet")


@needs_detector
@pytest.mark.parametrize("shape", [(360, 240), (64, 64), (1, 400), (203, 360)])
def test_a_picture_without_anything_shows_nothing(detector: PeopleDetector, shape: tuple[int, int]) -> None:
    detection = detector.look(np.full((*shape, 3), 128, np.uint8))
    assert (detection.faces, detection.parts) == ((), ())
    assert detection.detector == detector.name


@needs_detector
@needs_pictures
@pytest.mark.shared
def test_a_portrait_has_a_face_wherever_it_stands_and_landmarks_have_none(detector: PeopleDetector) -> None:
    """Of 37 photographs of places none is taken for a person's, nor for a naked one's; Mozart's portrait is."""
    policy, dish = Respect(), Subject(1, "food", (), "")
    places = [pixels_of(path) for path, _, _ in photographs()]
    assert len(places) == 37
    assert [by_detection(detector.look(place), policy, dish) for place in places] == [None] * 37
    portrait = pixels_of(SHARED / "benchmarks" / "xchat" / "Hindi" / "art_explanation" / "1.jpg")
    (face,) = detector.look(portrait).faces
    assert face.score > 0.7
    assert 0.07 < face.share < 0.1
    found = by_detection(detector.look(portrait), policy, dish)
    assert found is not None
    assert found.kind == "recognisable_person"
    # In a corner of a picture twice as wide, the same face fills half the share.
    wide = np.zeros((portrait.shape[0], 2 * portrait.shape[1], 3), np.uint8)
    wide[:, portrait.shape[1] :] = portrait
    (smaller,) = detector.look(wide).faces
    assert smaller.share == pytest.approx(face.share / 2, rel=0.15)


@needs_detector
@needs_pictures
@pytest.mark.shared
def test_what_is_reckoned_here_is_what_the_package_itself_finds(detector: PeopleDetector) -> None:
    """The package reads pictures with OpenCV, whose reduction differs a little: scores by some hundredths."""
    pytest.importorskip("cv2")
    oracle = pytest.importorskip("nudenet").NudeDetector()
    pictures = [path for path, _, _ in photographs()]
    pictures += sorted((SHARED / "benchmarks" / "xchat" / "Hindi" / "art_explanation").glob("*.jpg"))
    compared = 0
    for path in pictures:
        pixels = pixels_of(path)
        detection = detector.look(pixels)
        mine = {(seen.label, round(seen.share, 2)): seen.score for seen in (*detection.faces, *detection.parts)}
        for box in oracle.detect(np.ascontiguousarray(pixels[:, :, ::-1])):
            name = "FACE" if box["class"].startswith("FACE") else box["class"]
            if box["score"] < 0.5 or not (name == "FACE" or name.endswith("_EXPOSED")):
                continue
            share = round(box["box"][2] * box["box"][3] / (pixels.shape[0] * pixels.shape[1]), 2)
            scores = [score for (label, at), score in mine.items() if label == name and abs(at - share) < 0.015]
            assert scores, (path.name, box)
            assert scores[0] == pytest.approx(box["score"], abs=0.1)
            compared += 1
    assert compared >= 2
