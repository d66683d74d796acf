"""The drawings depend on motif, colours, count and key alone, fill their frame, and differ where entities differ."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import sample
from pipeline.commons.normalise import perceptual_hash
from pipeline.errors import ConfigError
from sample.drawings import draw
from sample.drawings.chance import Chance
from sample.drawings.motifs import MOTIFS
from sample.tables import CONCEPTS, Drawing, load_sample

pytestmark = pytest.mark.slow

SMALL = (240, 180)
COLOURS = ("#a34f2b", "#ecd9a8", "#2f6f8f")
OTHER_COLOURS = ("#3f7d4e", "#7a3b69", "#e8b23a")
COUNTED = {"bell", "bridge", "castle", "church", "lute", "mosque", "pagoda", "pottery", "temple", "zither"}

colours = st.lists(st.integers(0, 0xFFFFFF).map("#{:06x}".format), min_size=1, max_size=4).map(tuple)


def _pixels(motif: str, key: int, palette: tuple[str, ...] = COLOURS, count: int | None = None) -> bytes:
    return draw(Drawing(motif, palette, count), key, SMALL).tobytes()


def _share_of_other_pixels(one: bytes, other: bytes) -> float:
    a, b = (np.frombuffer(data, np.uint8).reshape(-1, 3).astype(np.int16) for data in (one, other))
    return float((np.abs(a - b).max(axis=1) > 16).mean())


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_a_motif_paints_every_pixel_of_a_frame_of_any_shape(motif: str) -> None:
    for size in ((150, 240), (360, 120)):
        image = draw(Drawing(motif, COLOURS), 4711, size)

        assert (image.mode, image.size) == ("RGB", size)
        painted = np.asarray(image).reshape(-1, 3).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
        assert painted.all(), "black is the colour of an untouched canvas, and of no ink"
        assert np.unique(painted, return_counts=True)[1].max() < 0.75 * painted.size


@pytest.mark.parametrize("motif", sorted(MOTIFS))
def test_another_key_or_other_colours_give_a_visibly_other_picture_and_the_same_give_the_same(motif: str) -> None:
    one = _pixels(motif, 1)

    assert _share_of_other_pixels(one, _pixels(motif, 2)) > 0.1
    assert _share_of_other_pixels(one, _pixels(motif, 1, OTHER_COLOURS)) > 0.05
    assert _pixels(motif, 1) == one


@pytest.mark.parametrize("motif", sorted(COUNTED))
def test_a_count_shows(motif: str) -> None:
    pictures = {_pixels(motif, 5, count=count) for count in (1, 2, 3)}

    assert len(pictures) == 3


@settings(deadline=None, max_examples=80)
@given(st.sampled_from(sorted(MOTIFS)), st.integers(1, 10**12), colours, st.none() | st.integers(1, 60))
def test_any_colours_key_and_count_can_be_drawn(
    motif: str, key: int, palette: tuple[str, ...], count: int | None
) -> None:
    assert draw(Drawing(motif, palette, count), key, (96, 72)).size == (96, 72)


def test_another_process_with_another_hash_seed_draws_the_same_bytes() -> None:
    chosen = sorted(MOTIFS)[::9]
    script = (
        "import hashlib, sys\n"
        "from sample.drawings import draw\n"
        "from sample.tables import Drawing\n"
        f"for motif in reversed({chosen!r}):\n"
        f"    data = draw(Drawing(motif, {COLOURS!r}), 99, {SMALL!r}).tobytes()\n"
        "    sys.stdout.write(hashlib.sha256(data).hexdigest() + '\\n')\n"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(Path(sample.__file__).parents[1])}
    output = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)

    here = [hashlib.sha256(_pixels(motif, 99)).hexdigest() for motif in reversed(chosen)]
    assert output.stdout.split() == here


def test_the_first_colour_of_the_entity_is_in_the_picture() -> None:
    for motif in ("bell", "bowl", "castle", "drum", "hat", "mask", "palace_hall", "pottery", "robe", "textile"):
        painted = np.asarray(draw(Drawing(motif, ("#17b0d4", "#f2e2b8")), 8, SMALL)).reshape(-1, 3)
        assert (painted == (0x17, 0xB0, 0xD4)).all(axis=1).mean() > 0.005, motif


def test_an_unknown_motif_is_named_with_the_entity_and_those_there_are() -> None:
    with pytest.raises(ConfigError, match="Q42: there is no drawing motif 'submarine'") as caught:
        draw(Drawing("submarine", COLOURS), 42)

    assert all(motif in str(caught.value) for motif in MOTIFS)


@given(st.integers(0, 2**63), st.text(), st.integers(-5, 5), st.integers(0, 9))
def test_a_choice_stays_in_its_range_and_depends_on_its_purpose_alone(
    key: int, purpose: str, low: int, more: int
) -> None:
    chance = Chance(key)
    whole = chance.whole(purpose, low, low + more)
    chance.unit("something else in between")

    assert low <= whole <= low + more
    assert Chance(key).whole(purpose, low, low + more) == whole
    assert 0 <= chance.unit(purpose) < 1


def test_choices_of_many_keys_are_spread_evenly() -> None:
    drawn = np.bincount([Chance(key).whole("purpose", 0, 9) for key in range(5_000)], minlength=10)

    assert drawn.min() > 400
    assert drawn.max() < 600


def test_no_two_pictures_of_the_shipped_sample_look_alike() -> None:
    concepts = load_sample(Path(sample.__file__).parent).group(CONCEPTS)
    hashes = {}
    for concept in concepts:
        assert concept.drawing is not None
        picture = draw(concept.drawing, int(concept.id[1:]), (480, 360))
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=90)
        hashes[concept.id] = perceptual_hash(buffer.getvalue())

    distances = {
        (one, other): ((hashes[one] ^ hashes[other]) & (2**64 - 1)).bit_count()
        for one, other in itertools.combinations(hashes, 2)
    }
    alike = {pair: bits for pair, bits in distances.items() if bits < 8}
    assert not alike, f"bits of 64 between perceptual hashes: {alike}; give one another motif or other colours"
    assert np.median(list(distances.values())) > 26


def test_a_larger_picture_is_the_same_picture() -> None:
    small = draw(Drawing("castle", COLOURS), 77, (240, 180))
    large = draw(Drawing("castle", COLOURS), 77, (960, 720)).resize((240, 180), Image.Resampling.BOX)

    assert _share_of_other_pixels(small.tobytes(), large.tobytes()) < 0.1
