"""What the quality limits refuse: real photographs wrongly, and made-up bad pictures rightly.

Photographs: those of ../shared/data beside the checkout. Bad ones: the same photographs blurred, and pages of text and
blanks that are rendered. With PHOTOGRAPHS or SCANS, folders, in the environment, also those of others. There is no
peer: the ratios are shares of pictures. Needs `make peers`, for the fonts.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image, ImageFilter

from benchmarks.claims import Claim, claim, main
from benchmarks.rendered_pages import Pixels, render_page
from pipeline.commons.quality import QualityLimits, judge_quality, refusal
from tests.kit.real_input import ABSENT, SHARED, photographs

LONGEST_PX = 500
LIMITS = QualityLimits()
KEPT_BAR, CAUGHT_BAR = 0.97, 0.8
# In px of 256, the standard deviation of the blur; from the first that is plain to see at that size.
RADII, PLAIN = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0), 2.0
Named = tuple[str, Pixels]


def measure(quick: bool) -> Sequence[Claim]:
    """Shares kept of good pictures, and caught of bad ones; each wrongly refused picture by name."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    good = list(_real())
    made = [
        _kept("photographs", good),
        _kept("photographs at half their contrast", _each(good, lambda _, pixels: pixels // 2 + 64), bar=0.0),
        _kept("photographs cut out, on white", _each(good, _cut_out), bar=0.0),
    ]
    for radius in RADII:
        bad = _each(good, lambda seed, pixels, radius=radius: _blurred(seed, pixels, radius))
        made.append(_caught(f"blurred by {radius} px of 256", bad, "blurred", 0.9 if radius >= PLAIN else 0.0))
    made.append(_caught("blanks", _blanks(14 if quick else 70), "blank", 0.9))
    pages = [render_page(seed, LONGEST_PX) for seed in range(42 if quick else 280)]
    made.append(_caught("pages of text, rendered", pages, "text_page", CAUGHT_BAR))
    for script in sorted({name for name, _ in pages}):
        of_script = [page for page in pages if page[0] == script]
        made.append(_caught(f"pages of text, {script}", of_script, "text_page", 0.0))
    if "PHOTOGRAPHS" in os.environ:
        made.append(_kept("other photographs", _folder(os.environ["PHOTOGRAPHS"]), bar=0.0))
    if "SCANS" in os.environ:
        made.append(_caught("scans", _folder(os.environ["SCANS"]), "text_page", 0.0))
    _print_time(good)
    return made


def _real() -> Iterator[Named]:
    art = sorted((SHARED / "benchmarks/xchat/Hindi/art_explanation").glob("*.jpg"))
    for path in [path for path, _, _ in photographs()] + art:
        yield path.name, _pixels(path)


def _folder(name: str) -> Iterator[Named]:
    for path in sorted(Path(name).iterdir()):
        yield path.name, _pixels(path)


def _pixels(path: Path) -> Pixels:
    with Image.open(path) as image:
        picture = image.convert("RGB")
    picture.thumbnail((LONGEST_PX, LONGEST_PX), Image.Resampling.LANCZOS)
    return np.asarray(picture)


def _each(pictures: Sequence[Named], change: Callable[[int, Pixels], Pixels]) -> Iterator[Named]:
    for seed, (name, pixels) in enumerate(pictures):
        yield name, change(seed, pixels)


def _blurred(seed: int, pixels: Pixels, radius: float) -> Pixels:
    """Blurred, and then with the noise of a sensor, which is what blurred photographs still have."""
    blur = ImageFilter.GaussianBlur(radius * max(pixels.shape) / 256)
    noise = np.random.default_rng(seed).normal(0, 4, pixels.shape)
    return _clipped(np.asarray(Image.fromarray(pixels).filter(blur)) + noise)


def _cut_out(seed: int, pixels: Pixels) -> Pixels:
    """The middle of it within an uneven outline on white or grey, as things in museums are shown."""
    chance = np.random.default_rng(seed)
    height, width = pixels.shape[:2]
    down, across = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    angle, reach = np.arctan2(down, across), chance.uniform(0.3, 0.8)
    for waves, height_of in ((2, 0.15), (3, 0.1), (7, 0.08), (13, 0.05)):
        reach = reach * (1 + height_of * np.sin(waves * angle + chance.uniform(0, 6)))
    ground = chance.choice((255, 235, 205)) + chance.normal(0, 2, (height, width, 1))
    return _clipped(np.where((np.hypot(down, across) < reach)[..., None], pixels, ground))


def _blanks(number: int) -> Iterator[Named]:
    """Even and sloping grounds of any colour, with noise."""
    for seed in range(number):
        chance = np.random.default_rng(seed)
        first, second = chance.uniform(0, 255, (2, 1, 1, 3))
        steepness = chance.choice((0.0, 0.3, 1.0))
        way = np.linspace(0, steepness, 375)[:, None, None]
        noise = chance.normal(0, chance.uniform(0, 12), (375, 500, 3))
        yield f"blank {seed}", _clipped(first + way * (second - first) + noise)


def _clipped(levels: np.ndarray) -> Pixels:
    return np.clip(levels, 0, 255).astype(np.uint8)


def _kept(what: str, pictures: Iterable[Named], bar: float = KEPT_BAR) -> Claim:
    verdicts = [(name, refusal(judge_quality(pixels), LIMITS)) for name, pixels in pictures]
    for name, reason in verdicts:
        if reason:
            print(f"  wrongly refused: {name}: {reason}")
    return claim(f"kept, {what}", sum(not reason for _, reason in verdicts), len(verdicts), "pictures", bar)


def _caught(what: str, pictures: Iterable[Named], reason: str, bar: float) -> Claim:
    """Those refused for whatever reason count: a page that is blurred is rightly called either."""
    verdicts = Counter(refusal(judge_quality(pixels), LIMITS) for _, pixels in pictures)
    other = {str(name): count for name, count in verdicts.items() if name not in (None, reason)}
    if other:
        print(f"  of {what}, as something else: {other}")
    return claim(f"caught, {what}", verdicts.total() - verdicts[None], verdicts.total(), "pictures", bar)


def _print_time(pictures: Sequence[Named]) -> None:
    start = time.process_time()
    for _, pixels in pictures:
        judge_quality(pixels)
    print(f"{(time.process_time() - start) / len(pictures) * 1000:.1f} ms of one core a picture")


if __name__ == "__main__":
    main(measure, __doc__)
