"""What is refused, on pictures made for it; error rates on real ones are in benchmarks/picture_quality.py."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pipeline.commons.quality import Pixels, Quality, QualityLimits, judge_quality, refusal

LIMITS = QualityLimits()
GOOD = Quality(aspect=1.5, flat_share=0.2, sharpness=40.0, text_share=0.1, paper_share=0.1)


def scene(seed: int = 0, width: int = 480, height: int = 360) -> Image.Image:
    """Blots of every size over one another, as strong at each, which is how photographs are on average."""
    chance = np.random.default_rng(seed)
    levels = np.full((height, width, 3), 128.0)
    for number in (3, 7, 15, 31, 63, 127, 255):
        blots = Image.fromarray(chance.integers(0, 256, (number, number, 3), np.uint8))
        levels += (np.asarray(blots.resize((width, height), Image.Resampling.BICUBIC), float) - 128) * 0.45
    return Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))


def page(paper: tuple[int, int, int] = (246, 240, 222), ink: tuple[int, int, int] = (30, 25, 20)) -> Image.Image:
    image = Image.new("RGB", (360, 480), paper)
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(11)
    for line in range(28):
        draw.text((30, 30 + line * 15), "Then there was a page of such lines, and more of them"[line % 9 :], ink, font)
    return image


def verdict(image: Image.Image) -> str | None:
    return refusal(judge_quality(np.asarray(image)), LIMITS)


@pytest.mark.parametrize("seed", range(8))
def test_a_scene_is_kept(seed: int) -> None:
    assert verdict(scene(seed)) is None
    assert verdict(scene(seed).convert("L").convert("RGB")) is None


@pytest.mark.parametrize("radius", [4, 6, 10])
def test_a_blurred_scene_is_refused_with_noise_too(radius: float) -> None:
    soft = scene().filter(ImageFilter.GaussianBlur(radius))
    assert verdict(soft) == "blurred"
    noise = np.random.default_rng(0).normal(0, 4, (360, 480, 3))
    assert verdict(Image.fromarray(np.clip(np.asarray(soft) + noise, 0, 255).astype(np.uint8))) == "blurred"


def test_a_scene_with_a_sharp_subject_in_a_soft_surrounding_is_kept() -> None:
    image = scene().filter(ImageFilter.GaussianBlur(10))
    image.paste(scene(1).crop((0, 0, 200, 200)), (140, 80))
    assert verdict(image) is None


@given(st.tuples(*[st.integers(0, 255)] * 3), st.integers(0, 60), st.integers(0, 6))
def test_an_even_or_gently_sloping_ground_is_blank(colour: tuple[int, int, int], slope: int, noise: int) -> None:
    chance = np.random.default_rng(noise)
    ground = np.array(colour) + np.linspace(0, slope, 300)[:, None, None] + chance.normal(0, noise, (300, 400, 3))
    assert refusal(judge_quality(np.clip(ground, 0, 255).astype(np.uint8)), LIMITS) == "blank"


@pytest.mark.parametrize("paper", [(255, 255, 255), (226, 208, 170), (190, 165, 130), (222, 230, 238), (247, 229, 110)])
@pytest.mark.parametrize("angle", [0, 3, 90])
def test_a_page_of_text_is_refused_on_any_paper_at_any_angle(paper: tuple[int, int, int], angle: int) -> None:
    assert verdict(page(paper).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=paper)) == "text_page"


def test_a_page_in_uneven_light_is_refused() -> None:
    shaded = np.asarray(page()) * np.linspace(0.5, 1.0, 480)[:, None, None]
    assert verdict(Image.fromarray(shaded.astype(np.uint8))) == "text_page"


def test_a_scene_with_some_writing_on_it_is_kept() -> None:
    image = scene()
    image.paste(page().crop((30, 30, 230, 180)), (20, 20))
    assert 0.05 < judge_quality(np.asarray(image)).text_share < LIMITS.min_text_share
    assert verdict(image) is None


def test_a_page_that_is_mostly_empty_is_a_page_nevertheless() -> None:
    image = page()
    image.paste((246, 240, 222), (0, 190, 360, 480))
    assert verdict(image) == "text_page"


def test_writing_on_papers_of_all_colours_is_no_page() -> None:
    papers = [(240, 120, 120), (120, 240, 120), (130, 130, 250), (240, 230, 100), (120, 230, 230), (240, 130, 240)]
    image = Image.new("RGB", (480, 480))
    for place, paper in enumerate(papers):
        image.paste(page(paper).crop((60, 60, 220, 300)), (place % 3 * 160, place // 3 * 240))
    assert verdict(image) is None


def test_railings_before_a_wall_are_no_page() -> None:
    image = Image.new("RGB", (480, 360), (230, 225, 215))
    for left in range(7, 480, 19):
        image.paste((40, 40, 40), (left, 0, left + 4, 360))
    assert verdict(image) is None
    assert verdict(image.rotate(0.5, Image.Resampling.BICUBIC, fillcolor=(230, 225, 215))) is None


def test_a_few_words_on_a_wall_are_no_page() -> None:
    wall = Image.new("RGB", (480, 480), (230, 225, 215))
    draw, font = ImageDraw.Draw(wall), ImageFont.load_default(20)
    for top in (100, 220, 340):
        draw.text((140, top), "NO ENTRY HERE", (30, 30, 30), font)
    assert verdict(wall) is None


@pytest.mark.parametrize("image", [scene(), page()])
def test_turning_and_mirroring_change_no_figure(image: Image.Image) -> None:
    upright = judge_quality(np.asarray(image))
    for method in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_LEFT_RIGHT):
        turned = judge_quality(np.asarray(image.transpose(method)))
        for figure in ("aspect", "flat_share", "sharpness", "text_share", "paper_share"):
            assert getattr(turned, figure) == pytest.approx(getattr(upright, figure), rel=0.02, abs=0.01)


@pytest.mark.parametrize("image", [scene(width=500, height=380), page().resize((375, 500))])
def test_a_larger_picture_of_the_same_gives_nearly_the_same(image: Image.Image) -> None:
    small, large = (judge_quality(np.asarray(each)) for each in (image, image.resize([2 * x for x in image.size])))
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.1)
    assert large.flat_share == pytest.approx(small.flat_share, abs=0.05)
    assert large.text_share == pytest.approx(small.text_share, abs=0.1)
    assert large.paper_share == pytest.approx(small.paper_share, abs=0.1)


SHAPES = st.tuples(st.integers(1, 70), st.integers(1, 70), st.just(3))


@given(arrays.arrays(np.uint8, SHAPES))
def test_any_pixels_are_judged_and_left_as_they_are(pixels: Pixels) -> None:
    before = pixels.copy()
    quality = judge_quality(pixels)
    assert np.array_equal(pixels, before)
    assert quality == judge_quality(pixels)
    assert quality.aspect >= 1
    assert quality.sharpness >= 0
    for share in (quality.flat_share, quality.text_share, quality.paper_share):
        assert 0 <= share <= 1


@pytest.mark.parametrize("shape", [(3, 2000, 3), (2000, 3, 3), (1, 1, 3)])
def test_strips_and_single_pixels_are_judged(shape: tuple[int, int, int]) -> None:
    quality = judge_quality(np.random.default_rng(0).integers(0, 256, shape, np.uint8))
    assert quality.aspect == max(shape[:2]) / min(shape[:2])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"aspect": 5.0}, None),
        ({"aspect": 5.1}, "extreme_aspect"),
        ({"flat_share": 0.96}, "blank"),
        ({"sharpness": 9.9}, "blurred"),
        ({"text_share": 0.9}, None),
        ({"paper_share": 0.9}, None),
        ({"text_share": 0.4, "paper_share": 0.4}, "text_page"),
        ({"aspect": 9.0, "flat_share": 1.0, "sharpness": 0.0}, "extreme_aspect"),
        ({"flat_share": 1.0, "sharpness": 0.0}, "blank"),
        ({"text_share": 0.9, "paper_share": 0.9, "sharpness": 0.0}, "text_page"),
    ],
)
def test_each_limit_refuses_and_the_most_telling_reason_is_given(change: dict[str, float], reason: str | None) -> None:
    assert refusal(replace(GOOD, **change), LIMITS) == reason


def test_limits_are_the_callers() -> None:
    assert refusal(GOOD, replace(LIMITS, max_aspect=1.2)) == "extreme_aspect"
    assert refusal(replace(GOOD, sharpness=5.0), replace(LIMITS, min_sharpness=4.0)) is None
    assert refusal(replace(GOOD, text_share=1.0, paper_share=1.0), replace(LIMITS, min_text_share=1.1)) is None
