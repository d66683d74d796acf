"""Plots of a data set of full size: the same bytes each time, labels that do not touch, colours that are told apart."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.dataset.describe.funnel import COUNTRY_STEPS, LANGUAGE_STEPS, Funnel
from pipeline.dataset.describe.plots import figures
from pipeline.dataset.describe.plots.drawing import COLOURS, png, short, style
from pipeline.dataset.describe.statistics import summary

LANGUAGES, COUNTRIES, DOMAINS = (
    tuple(vocabulary.languages()),
    tuple(vocabulary.countries()),
    tuple(vocabulary.domains()),
)
# Published sizes are of this order.
SIZE = 30_000_000
Numbers = dict[str, Any]


def split(total: int, names: tuple[str, ...], fall: float = 0.93) -> dict[str, int]:
    """A total over names, each with less than the one before."""
    shares = np.array([fall**at for at in range(len(names))])
    return dict(zip(names, (total * shares / shares.sum()).astype(int).tolist(), strict=True))


def kinds(counts: dict[str, int]) -> dict[str, dict[str, int]]:
    return {name: {"open": 3 * number // 4, "choice": number // 4} for name, number in counts.items()}


def numbers(languages: tuple[str, ...] = LANGUAGES, countries: tuple[str, ...] = COUNTRIES) -> Numbers:
    size = SIZE
    lengths = {
        language: summary({at: 1 + 9 * (at % 7) for at in range(5 + number, 90 + 2 * number)})
        for number, language in enumerate(languages)
    }
    tail = {"head": size // 20, "torso": size // 4, "tail": 7 * size // 10}
    statuses = {"rephrased": 70, "rephrased:retry": 9, "kept:answer_leaked": 11, "kept:wrong_language": 7, "none": 3}
    return {
        "num_samples": size,
        "samples_by_language_and_kind": kinds(split(size, languages)),
        "samples_by_country_and_kind": kinds(split(size, countries)),
        "samples_by_country_and_language": {
            country: split(number, languages[at % 3 :: 2], 0.8) for at, (country, number) in
            enumerate(split(size, countries).items())
        },
        "samples_by_domain_and_kind": kinds(split(size, DOMAINS)),
        "samples_by_popularity_and_kind": kinds(tail),
        "samples_by_answer_type_and_kind": kinds(split(size, ("entity", "item", "time", "quantity", "text"), 0.5)),
        "entities_by_popularity": {name: number // 12 for name, number in tail.items()},
        "pictures_by_popularity": {name: number // 10 for name, number in tail.items()},
        "pictures_by_sitelinks": {str(at): size // (at + 1) ** 2 for at in range(350)},
        "pictures_by_licence": split(size // 10, tuple(f"CC BY-SA {at / 10} unported" for at in range(18)), 0.6),
        "question_characters": {"by_language": lengths},
        "answer_characters": {"by_language": lengths},
        "answer_labels_by_language": {
            language: {"own": 900 - 20 * at, "variant": 3 * at, "mul": 10 * at, "other": 2}
            for at, language in enumerate(languages)
        },
        "rephrase_status_by_language": dict.fromkeys(languages, statuses),
        "passes_by_language": {
            language: {"yes": 80 - at, "no": 20 + at, "none": 5} for at, language in enumerate(languages)
        },
    }  # fmt: skip


def funnel(languages: tuple[str, ...] = LANGUAGES, countries: tuple[str, ...] = COUNTRIES) -> Funnel:
    def steps(names: tuple[str, ...], total: int) -> dict[str, int]:
        return {name: max(0, total - at * total // 12) for at, name in enumerate(names)}

    return Funnel(
        [("extract", Counts("lines", 110_000_000, 9_000_000))],
        {name: steps(COUNTRY_STEPS, 1000 + 37 * at) for at, name in enumerate(countries)},
        {name: steps(LANGUAGE_STEPS, 1000 + 29 * at) for at, name in enumerate(languages)},
        {},
    )


def balance(languages: tuple[str, ...] = LANGUAGES, countries: tuple[str, ...] = COUNTRIES) -> Numbers:
    by = {
        axis: {name: {"target": total, "reached": total * (80 + at % 21) // 100} for at, (name, total) in
               enumerate(split(22_000_000, names).items())}
        for axis, names in (("language", languages), ("country", countries))
    }  # fmt: skip
    return {"kinds": {kind: {"by": by} for kind in ("open", "choice")}}


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Figure]:
    """The figures of a full data set, before they become bytes."""
    found: list[Figure] = []
    monkeypatch.setattr(figures, "png", lambda figure: found.append(figure) or b"")
    named = figures.plots(numbers(), funnel(), balance())
    return dict(zip((plot.name for plot in named), found, strict=True))


def labels(figure: Figure) -> Iterator[list[Any]]:
    """Where the texts of each axis are, and all that stand outside of them, px."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    every = []
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            # A locator also names ticks beyond the ends, which are not drawn.
            shown = [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
            yield [label.get_window_extent(renderer) for label in shown if label.get_text() and label.get_visible()]
        every += [axes.title, axes.xaxis.label, axes.yaxis.label]
        legend = axes.get_legend()
        every += [] if legend is None else [legend]
    every += [*figure.texts, *figure.legends, *([figure._suptitle] if figure._suptitle else [])]
    yield [
        each.get_window_extent(renderer) for each in dict.fromkeys(every)
        if not isinstance(each, Text) or each.get_text()
    ]  # fmt: skip


def test_no_label_lies_on_another_and_none_is_cut_off(drawn: dict[str, Figure]) -> None:
    assert len(drawn) == 16
    for name, figure in drawn.items():
        with style():
            for boxes in labels(figure):
                for one, other in itertools.combinations(boxes, 2):
                    assert not one.padded(-1).overlaps(other.padded(-1)), name
                for box in boxes:
                    assert box.x0 >= -1, name
                    assert box.x1 <= figure.bbox.width + 1, name
                    assert box.y1 <= figure.bbox.height + 1, name


def test_the_same_numbers_give_the_same_bytes(recwarn: pytest.WarningsRecorder) -> None:
    few = ("sw", "en"), ("kenya",)
    given = numbers(*few), funnel(*few), balance(*few)
    mpl.rcParams["font.size"] = 30
    try:
        first = figures.plots(*given)
    finally:
        mpl.rcdefaults()
    second = figures.plots(*given)
    assert [plot.name for plot in first] == [plot.name for plot in second]
    for one, other in zip(first, second, strict=True):
        assert one.png == other.png, "whatever a user's own settings are"
        assert b"matplotlib" not in one.png.lower()
        with Image.open(io.BytesIO(one.png)) as picture:
            assert 900 < picture.width < 1500, "of a column"
            assert len(picture.convert("RGB").getcolors(1 << 24) or []) > 20
        assert one.about.endswith(".")
    assert not [warning for warning in recwarn if "layout" in str(warning.message)], "there is room for few bars too"


def test_of_an_empty_data_set_nothing_is_drawn() -> None:
    assert figures.plots({"num_samples": 0}, funnel(), None) == []


# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB: protanopia and deuteranopia.
SIMULATED = {
    "as it is": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}


def lab(colour: str, seen: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """CIE L*a*b* of a colour as somebody sees it."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ (seen @ linear).clip(0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("seen", SIMULATED)
def test_parts_of_a_bar_are_told_apart_by_who_sees_no_red_or_green(seen: str) -> None:
    with style():
        cycle = mpl.rcParams["axes.prop_cycle"].by_key()["color"]
    together = [("open", "choice"), ("own", "variant", "mul", "other")]
    sets = [[COLOURS[name] for name in names] for names in together]
    sets += [["#0072B2", "#D55E00"], cycle[:5], [cycle[0], cycle[4], cycle[1]]]
    for colours in sets:
        for one, other in itertools.combinations(colours, 2):
            distance = np.linalg.norm(lab(one, SIMULATED[seen]) - lab(other, SIMULATED[seen]))
            assert distance > 12, (one, other)


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (999, "999"), (1000, "1 k"), (1234, "1.2 k"), (30_000_000, "30 M"), (2.5e9, "2.5 G"), (100, "100")],
)
def test_large_numbers_are_written_short(number: float, text: str) -> None:
    assert short(number) == text


def test_png_of_a_figure_has_no_date() -> None:
    assert b"tIME" not in png(Figure(figsize=(1, 1)))
