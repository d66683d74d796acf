"""Which plots a data set has, from its numbers: name of the file, what it shows in words, and its bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from matplotlib.figure import Figure

from pipeline import vocabulary
from pipeline.dataset.describe.funnel import Funnel
from pipeline.dataset.describe.plots.aims import aims
from pipeline.dataset.describe.plots.bars import shares, stacked
from pipeline.dataset.describe.plots.drawing import country_names, language_names, png, style, words
from pipeline.dataset.describe.plots.funnel import funnel as funnel_plot
from pipeline.dataset.describe.plots.funnel import kept
from pipeline.dataset.describe.plots.heatmap import heatmap
from pipeline.dataset.describe.plots.lengths import lengths
from pipeline.dataset.describe.plots.tail import tail

KINDS = {"open": "open", "choice": "multiple choice"}
LABELS = {
    "own": "label in the language",
    "variant": "of a variant of it",
    "mul": "Wikidata's for all languages",
    "other": "text in another language",
}
ANSWERS = {
    "entity": "name of the thing",
    "item": "another thing, place or person",
    "time": "date",
    "quantity": "length or count",
    "text": "text",
    "other": "other",
}
MOST_LICENCES = 12
_STEPS = (
    ("with_picture", "concepts with a picture", "entities"),
    ("pictures", "pictures", "pictures"),
    ("questions", "questions made", "questions"),
    ("reworded", "of them reworded", "questions"),
    ("judged", "of them judged", "questions"),
    ("passing", "of them passing", "questions"),
    ("kept", "left by the filters", "questions"),
    ("samples", "in the data set", "questions"),
)
# By whom a question was reworded, or why it was not; several reasons are one colour where there are many.
_REWORDED = {"rephrased": "reworded", "rephrased:retry": "at the second try"}
_NOT_ASKED = frozenset(
    ("kept:generation_off", "kept:kind_not_asked", "kept:language_unsupported_by_model", "kept:not_sampled", "none")
)


@dataclass(frozen=True)
class Plot:
    """A plot: `about` says in words what it shows, for who cannot see it."""

    name: str
    about: str
    png: bytes


def plots(numbers: Mapping[str, Any], found: Funnel, balance: Mapping[str, Any] | None) -> list[Plot]:
    """All plots for which there is something to show.

    Args:
        numbers: as `statistics.statistics` gives them.
        found: the funnel.
        balance: as `reached.reached` gives it.
    """
    if not numbers["num_samples"]:
        return []
    groups = [_composition(numbers), _quality(numbers), _funnels(found)]
    if balance is not None:
        groups.append(_balance(balance))
    with style():
        # One figure after another: each takes some MB until it is drawn.
        return [Plot(name, about, png(figure)) for name, about, figure in chain.from_iterable(groups)]


Named = Iterator[tuple[str, str, Figure]]


def _composition(numbers: Mapping[str, Any]) -> Named:
    by_language, by_country = numbers["samples_by_language_and_kind"], numbers["samples_by_country_and_kind"]
    yield (
        "languages",
        "Questions by language, open and multiple choice.",
        stacked("Questions by language", by_language, KINDS, "questions", language_names(by_language)),
    )
    yield (
        "countries",
        "Questions by country, open and multiple choice.",
        stacked("Questions by country", by_country, KINDS, "questions", country_names(by_country)),
    )
    yield (
        "country_language",
        "Questions for each pair of country and language, in steps of colour.",
        heatmap("Questions by country and language", numbers["samples_by_country_and_language"]),
    )
    domains = numbers["samples_by_domain_and_kind"]
    yield (
        "domains",
        "Questions by cultural domain, open and multiple choice.",
        stacked("Questions by domain", domains, KINDS, "questions", {name: words(name) for name in domains}),
    )
    yield "long_tail", "Shares of head, torso and tail, and pictures by number of wiki pages about their entity.", tail(
        "The long tail: entities by wiki pages about them",
        {"entities": numbers["entities_by_popularity"], "pictures": numbers["pictures_by_popularity"],
         "questions": {name: sum(row.values()) for name, row in numbers["samples_by_popularity_and_kind"].items()}},
        numbers["pictures_by_sitelinks"],
    )  # fmt: skip
    answers = numbers["samples_by_answer_type_and_kind"]
    yield (
        "answer_types",
        "Questions by what kind of thing answers them.",
        stacked("Questions by type of answer", answers, KINDS, "questions", ANSWERS),
    )
    yield "lengths", "Characters of questions and answers by language: median, middle half, 5 to 95 %.", lengths(
        "Length by language: median, middle half, 5 to 95 %",
        numbers["question_characters"]["by_language"], numbers["answer_characters"]["by_language"],
    )  # fmt: skip
    yield "licences", "Pictures by licence.", stacked(
        "Pictures by licence", _licences(numbers["pictures_by_licence"]), {"pictures": "pictures"}, "pictures",
        {name: name for name in _licences(numbers["pictures_by_licence"])}, in_order=True,
    )  # fmt: skip


def _licences(pictures: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """The most frequent; the rest in one."""
    names = list(pictures)
    shown = {name: {"pictures": pictures[name]} for name in names[:MOST_LICENCES]}
    rest = sum(pictures[name] for name in names[MOST_LICENCES:])
    return {**shown, f"{len(names) - MOST_LICENCES} others": {"pictures": rest}} if rest else shown


def _quality(numbers: Mapping[str, Any]) -> Named:
    labels = numbers["answer_labels_by_language"]
    yield (
        "fallbacks",
        "Where the words of answers come from, by language: own label or a fallback.",
        shares("Labels of answers by language", labels, LABELS, "questions", language_names(labels)),
    )
    reworded = {
        language: dict(_statuses(row)) for language, row in numbers["rephrase_status_by_language"].items()
        if any(status not in _NOT_ASKED for status in row)
    }  # fmt: skip
    if reworded:
        reasons = {name: words(name) for row in reworded.values() for name in row if name not in _REWORDED}
        yield "rewording", "What became of the questions that a model was asked to reword, by language.", shares(
            "Rewording, of the questions asked about", reworded, {**_REWORDED, **reasons}, "questions asked about",
            language_names(reworded),
        )  # fmt: skip
    judged = {
        language: row for language, row in numbers["passes_by_language"].items() if row.get("yes") or row.get("no")
    }
    if judged:
        parts = {"yes": "passes on every point", "no": "fails on some point"}
        yield "judging", "Verdicts of the judging model by language.", shares(
            "Verdicts of the model that judged", judged, parts, "questions judged", language_names(judged),
            ["#0072B2", "#D55E00"],
        )  # fmt: skip


def _statuses(row: Mapping[str, int]) -> Counter[str]:
    """What a model was asked about; a reason without what comes behind its first word."""
    found = Counter[str]()
    for status, number in row.items():
        if status not in _NOT_ASKED:
            found[status.removeprefix("kept:").partition(":")[0] if status.startswith("kept:") else status] += number
    return found


def _funnels(found: Funnel) -> Named:
    stages = dict(found.stages)
    steps = [("candidates", "entities", stages["extract"].ok)] if "extract" in stages else []
    steps.append(("concepts", "entities", sum(row["concepts"] for row in found.by_country.values())))
    for step, name, unit in _STEPS:
        number = sum(row[step] for row in found.by_country.values())
        if number or step not in ("reworded", "judged", "passing"):
            steps.append((name, unit, number))
    yield (
        "funnel",
        "From entities to questions in the data set: what is left after each step.",
        funnel_plot("From entities to the data set", steps),
    )
    judged = any(row["judged"] for row in found.by_country.values())
    last = [("judged questions\nthat pass", "passing", "judged")] if judged else []
    in_set = ("questions that are\nin the data set", "samples", "questions")
    yield "funnel_countries", "By country: share of concepts with a picture, and of questions that stay.", kept(
        "What is left, by country", found.by_country,
        [("concepts that have\na picture", "with_picture", "concepts"), *last, in_set], country_names(found.by_country),
    )  # fmt: skip
    every = sum(row["concepts"] for row in found.by_country.values())
    by_language = {language: {**row, "every": every} for language, row in found.by_language.items() if row["questions"]}
    yield "funnel_languages", "By language: share of concepts with a label in it, and of questions that stay.", kept(
        "What is left, by language", by_language,
        [("concepts that have\na label in it", "concepts", "every"), *last, in_set], language_names(by_language),
    )  # fmt: skip


def _balance(balance: Mapping[str, Any]) -> Named:
    for axis, names in (("language", vocabulary.languages()), ("country", vocabulary.countries())):
        groups = {kind: balance["kinds"][kind]["by"].get(axis, {}) for kind in KINDS if kind in balance["kinds"]}
        used = tuple(name for name in names if any(name in each for each in groups.values()))
        called = language_names(used) if axis == "language" else country_names(used)
        yield (
            f"balance_{axis}",
            f"Questions aimed at and reached, by {axis}.",
            aims(f"Aimed at and reached, by {axis}", groups, called),
        )
