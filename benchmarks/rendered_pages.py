"""Pages of text as scans and photographs of paper show them, rendered: made up, with the seed that made each.

Needs the fonts that `make peers` sets up.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Pixels = npt.NDArray[np.uint8]

FONTS = Path(__file__).parents[1] / ".peers/fonts"
# A script's font file, its letters, and those that only follow a letter.
SCRIPTS = {
    "Latin": ("NotoSans[[]*", "etaoinshrdlucmfwypvbgkjqxzETAOINS", ""),
    "Cyrillic": ("NotoSans[[]*", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф", ""),
    "Arabic": ("NotoSansArabic*", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", ""),
    "Devanagari": ("NotoSansDevanagari*", "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसह", "ािीुूेैोौ"),
    "Tamil": ("NotoSansTamil*", "கஙசஞடணதநபமயரலவழளறன", "ாிீுூெேை"),
    "Thai": ("NotoSansThai*", "กขคฆงจฉชซญฎฏฐณดตถทธนบปผพภมยรลวศษสหอฮ", "ิีึืุู"),
    "Japanese": ("NotoSansCJKjp*", "のにをはがでとした日本国人年大学生中長出三時行見月分後前", ""),
}
# White, cream, old, brown, grey, bluish, and the yellow and pink of notices.
PAPERS = ((253, 253, 252), (246, 240, 222), (226, 208, 170), (190, 165, 130), (205, 204, 200), (222, 230, 238),
          (247, 229, 110), (245, 196, 205))  # fmt: skip
INKS = ((20, 20, 22), (62, 45, 35), (28, 36, 96))
LONGER_PX, SHORTER_PX = 1600, 1150  # of the page, before it is reduced as a picture would be


def render_page(seed: int, longest_px: int = 500) -> tuple[str, Pixels]:
    """One page: its script, and its pixels (height, width, 3)."""
    chance = np.random.default_rng(seed)
    script = list(SCRIPTS)[seed % len(SCRIPTS)]
    size = (SHORTER_PX, LONGER_PX) if chance.random() < 0.75 else (LONGER_PX, SHORTER_PX)
    paper = PAPERS[chance.integers(len(PAPERS))]
    page = Image.new("RGB", size, paper)
    _set_type(page, script, chance)
    if chance.random() < 0.5:
        page = page.rotate(chance.uniform(-7, 7), Image.Resampling.BICUBIC, expand=True, fillcolor=paper)
    if chance.random() < 0.4:
        page = _on_a_desk(page, chance)
    if chance.random() < 0.4:
        page = page.filter(ImageFilter.GaussianBlur(chance.uniform(0.5, 2.0)))
    lit = _light(np.asarray(page, np.float32), chance)
    page = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    page.thumbnail((longest_px, longest_px), Image.Resampling.LANCZOS)
    return script, np.asarray(page)


def _set_type(page: Image.Image, script: str, chance: np.random.Generator) -> None:
    """One column or two of a size that gives 25 to 80 lines a page, with paragraphs and sometimes a heading."""
    pattern, letters, following = SCRIPTS[script]
    found = sorted(FONTS.rglob(f"{pattern}.[ot]t[fc]"))
    if not found:
        sys.exit("needs the fonts: make peers")
    pitch = page.height / chance.uniform(25, 80)
    body = ImageFont.truetype(found[0], round(pitch / chance.uniform(1.3, 1.7)))
    head = ImageFont.truetype(found[0], round(pitch * 1.6))
    words = [_word(letters, following, chance) for _ in range(200)]
    draw, ink = ImageDraw.Draw(page), INKS[chance.integers(len(INKS))]
    margin = round(page.width * chance.uniform(0.05, 0.13))
    columns = int(chance.integers(1, 3))
    width = (page.width - margin * (columns + 1)) // columns
    bottom = page.height - margin * (1 if chance.random() < 0.8 else 4)
    for column in range(columns):
        left, top = margin + column * (width + margin), float(margin)
        if chance.random() < 0.5:
            draw.text((left, top), _line(words, width * 0.7, head, chance), ink, head)
            top += pitch * 3
        while top < bottom:
            is_last = chance.random() < 0.15
            line = _line(words, width * (chance.uniform(0.2, 0.9) if is_last else 1.0), body, chance)
            draw.text((left, top), line, ink, body)
            top += pitch * (1.6 if is_last else 1.0)


def _word(letters: str, following: str, chance: np.random.Generator) -> str:
    word = ""
    for letter in chance.integers(len(letters), size=chance.integers(2, 10)):
        word += letters[letter]
        if following and chance.random() < 0.4:
            word += following[chance.integers(len(following))]
    return word


def _line(words: Sequence[str], width: float, font: ImageFont.FreeTypeFont, chance: np.random.Generator) -> str:
    """Words that fill a line of that width in px."""
    line: list[str] = []
    left = width
    while True:
        word = words[chance.integers(len(words))]
        left -= font.getlength(word + " ")
        if left < 0:
            return " ".join(line)
        line.append(word)


def _on_a_desk(page: Image.Image, chance: np.random.Generator) -> Image.Image:
    """With what lies around it in sight, up to an eighth of a side."""
    around = [round(side * chance.uniform(0, 0.125)) for side in (*page.size, *page.size)]
    shade = int(chance.integers(10, 120))
    whole = Image.new("RGB", (page.width + around[0] + around[2], page.height + around[1] + around[3]), (shade,) * 3)
    whole.paste(page, (around[0], around[1]))
    return whole


def _light(pixels: npt.NDArray[np.float32], chance: np.random.Generator) -> npt.NDArray[np.float32]:
    """Uneven light, the exposure, and the noise of a sensor or of paper."""
    height, width = pixels.shape[:2]
    down, across = chance.uniform(-0.25, 0.25, 2)
    slope = 1 + down * np.linspace(-1, 1, height)[:, None] + across * np.linspace(-1, 1, width)[None, :]
    noise = chance.normal(0, chance.uniform(0, 14), (height, width, 1))
    return (pixels * slope[..., None] * chance.uniform(0.7, 1.0) + noise).astype(np.float32)
