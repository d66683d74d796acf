"""What all plots share: their style, how numbers and names are written, and how a figure becomes bytes."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.style import use
from matplotlib.ticker import FuncFormatter, MaxNLocator

from pipeline import vocabulary

STYLE = Path(__file__).with_name("plots.mplstyle")
# Of the style's colours, by what they stand for.
COLOURS = {
    "open": "#0072B2", "choice": "#E69F00", "train": "#0072B2", "validation": "#E69F00", "test": "#009E73",
    "own": "#0072B2", "variant": "#56B4E9", "mul": "#E69F00", "other": "#999999",
}  # fmt: skip
# Height of a horizontal bar with its gap, and of what stands above and below all bars, inches.
ROW, REST = 0.155, 0.85
# Title, legend, axis and a few bars: a lower figure has no room for them.
LOWEST = 1.7


@contextmanager
def style() -> Iterator[None]:
    """Everything drawn inside looks alike, whatever a user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        use(STYLE)
        yield


def figure(width: float = 5.2, height: float = 3.2) -> Figure:
    """An empty figure; sizes in inches."""
    return Figure(figsize=(width, max(LOWEST, height)))


def png(drawn: Figure) -> bytes:
    """The figure as a file without date and version of the library in it."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def short(number: float) -> str:
    """1,234 as 1.2 k, 30,000,000 as 30 M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= size:
            text = f"{number / size:.1f}" if abs(number) < 100 * size else f"{number / size:.0f}"
            return f"{text.removesuffix('.0')} {unit}"
    return f"{number:g}"


def headed(drawn: Figure, title: str, axes: Axes | None = None) -> None:
    """Put the title on top, and below it what the colours of the axes mean, in as many lines as it needs.

    Args:
        drawn: the figure.
        title: of the plot.
        axes: whose parts are named; None names none.
    """
    handles, names = axes.get_legend_handles_labels() if axes else ([], [])
    if not handles:
        drawn.suptitle(title, x=0.01, ha="left", fontsize=9, fontweight="bold")
        return
    # Of the style's size a letter is about as wide; a handle with its gaps takes as much as six.
    columns = int(drawn.get_figwidth() / (0.062 * (max(map(len, names)) + 6)))
    drawn.legend(
        handles, names, loc="outside upper left", ncols=max(1, min(len(names), columns)), handlelength=1.0,
        columnspacing=1.2, borderpad=0.2, borderaxespad=0.2, title=title, alignment="left",
        title_fontproperties={"size": 9, "weight": "bold"},
    )  # fmt: skip


def count_axis(axes: Axes, label: str) -> None:
    """The horizontal axis counts something."""
    axes.set_xlabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short(value)))
    axes.grid(axis="x")


def percent_axis(axes: Axes, label: str) -> None:
    """The horizontal axis goes from 0 to 100 %."""
    axes.set_xlabel(label)
    axes.set_xlim(0, 100)
    axes.grid(axis="x")


def language_names(codes: Mapping[str, object] | tuple[str, ...]) -> dict[str, str]:
    """Code -> English name and code."""
    return {code: f"{vocabulary.languages()[code].name} ({code})" for code in codes}


def country_names(keys: Mapping[str, object] | tuple[str, ...]) -> dict[str, str]:
    """Key -> name."""
    return {key: vocabulary.countries()[key].name for key in keys}


def words(name: str) -> str:
    """A name of the pipeline as a reader would write it."""
    return name.replace("_", " ")
