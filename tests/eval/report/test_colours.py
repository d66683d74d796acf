"""Contrast as WCAG 2.2 defines it (1.4.3: 4.5 for text; 1.4.11: 3 for what a chart is made of), in both schemes."""

from __future__ import annotations

import re

import pytest

from eval.report.page import STYLES
from eval.report.rendering import style_sheet

TEXTS = [
    *((text, ground) for text in ("ink", "muted", "link", "accent") for ground in ("paper", "card")),
    ("ink", "note"), ("muted", "level0"), ("ok", "card"),
    *(("ink", f"level{level}") for level in range(1, 6)),
]  # fmt: skip
MARKS = [
    (mark, ground)
    for mark in ("base", "trained", "ok", "left", "bad", "second", "indigo")
    for ground in ("paper", "card")
]


def palettes() -> dict[str, dict[str, str]]:
    """Scheme -> name -> #rrggbb."""
    light, dark = re.findall(r":root \{(.*?)\}", style_sheet(STYLES), re.DOTALL)
    return {
        name: dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6});", block))
        for name, block in (("light", light), ("dark", dark))
    }


def luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lower, higher = sorted((luminance(one), luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


def test_black_and_white_are_as_far_apart_as_can_be() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_stands_out(scheme: str, text: str, ground: str) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[text], palette[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "ground"), MARKS)
def test_marks_stand_out(scheme: str, mark: str, ground: str) -> None:
    palette = palettes()[scheme]
    assert contrast(palette[mark], palette[ground]) >= 3


def test_both_schemes_have_the_same_colours() -> None:
    found = palettes()
    assert found["light"].keys() == found["dark"].keys()
    used = set(re.findall(r"var\(--([a-z0-9]+)\)", style_sheet(STYLES)))
    assert used == found["light"].keys()
