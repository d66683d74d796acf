"""What a user must know before relying on the data set: sentences that hold for the run at hand, with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline import vocabulary
from pipeline.dataset.describe.funnel import Funnel
from pipeline.dataset.describe.provenance import Provenance
from pipeline.review.acceptance import Reviewed


def limits(numbers: Mapping[str, Any], found: Funnel, made: Provenance, reviewed: Reviewed) -> Iterator[str]:
    """One paragraph each.

    Args:
        numbers: as `statistics.statistics` gives them.
        found: the funnel.
        made: settings of the stages.
        reviewed: what native speakers said.
    """
    settings = {name: stage["settings"] for name, stage in made.stages.items()}
    judged = set(reviewed.by_language) & set(numbers["samples_by_language"])
    yield (
        "**Wording.** The templates of all languages were written and checked by machine. "
        + (
            f"Native speakers judged samples in {len(judged)} of {len(numbers['samples_by_language'])} languages."
            if judged
            else "No native speaker has judged them yet."
        )
    )
    yield from _models(numbers)
    yield (
        "**Truth.** An answer is what Wikidata stated on the day of its dump. Statements may be wrong, disputed, out "
        "of date, or true beside others that nobody entered; a question asks for what is stated."
    )
    yield _labels(numbers["answer_labels_by_language"])
    yield from _coverage(numbers, found)
    yield (
        "**People and communities.** Pictures were left out where the pages of their files say that they show private "
        "persons, nudity or what communities ask not to show, as far as the settings under `images.respect` go; nobody "
        "looked at each picture. Living people are not asked about in points that could harm them. Whoever is shown or "
        "speaks for a community can ask for a takedown; the data set is made to be corrected."
    )
    yield (
        "**Licences.** Each picture has its own; most ask for the author's name, some for sharing alike. Texts made of "
        "Wikidata are CC0. What a picture shows may be protected in other ways (trademarks, personality rights, "
        "freedom of panorama), which `restrictions` names only where Commons does."
    )
    filters = {each["filter"] for each in settings.get("arrange", {}).get("filters", [])}
    if "unlike" not in filters:
        yield "**Repetition.** Questions were not compared with one another: some differ in little."
    if "unprotected" not in filters:
        yield (
            "**Benchmarks.** Samples were not compared with the items of any benchmark: a model trained here may have "
            "seen them."
        )
    if settings.get("assemble", {}).get("processor") is None:
        yield "**Tokens.** Token counts in the index are empty: no tokenizer was chosen."


def _models(numbers: Mapping[str, Any]) -> Iterator[str]:
    total = numbers["num_samples"]
    reworded = sum(
        number
        for row in numbers["rephrase_status_by_language"].values()
        for status, number in row.items()
        if status.startswith("rephrased")
    )
    judged = sum(row.get("yes", 0) + row.get("no", 0) for row in numbers["passes_by_language"].values())
    failed = sum(row.get("no", 0) for row in numbers["passes_by_language"].values())
    if reworded:
        yield (
            f"**Rewording.** A language model reworded {_share(reworded, total)} of the questions, under checks that "
            "the answer stays the same; no person read them. `original_question` and `original_answer` keep the "
            "template's words."
        )
    else:
        yield (
            "**Rewording.** All questions have their templates' words: those of one template differ in their subject "
            "alone."
        )
    if judged:
        yield (
            f"**Judging.** A language model judged {_share(judged, total)} of the questions; {_share(failed, judged)} "
            "of those fail on some point and say so in `passes`. How far its verdicts can be trusted was not measured "
            "here."
        )
    else:
        yield "**Judging.** No model and no person has checked that a picture shows what the question is about."


def _labels(by_language: Mapping[str, Mapping[str, int]]) -> str:
    total = sum(sum(row.values()) for row in by_language.values()) or 1
    fallen = sum(number for row in by_language.values() for source, number in row.items() if source != "own")
    return (
        f"**Labels.** In {_share(fallen, total)} of the questions the answer is no label of the language itself, but "
        "that of a variant, Wikidata's for all languages, or a text in another language; `answer_label_language` says "
        "which."
    )


def _coverage(numbers: Mapping[str, Any], found: Funnel) -> Iterator[str]:
    absent = [
        sorted(entry.name for key, entry in named.items() if key not in numbers[counted])
        for named, counted in (
            (vocabulary.countries(), "samples_by_country"),
            (vocabulary.languages(), "samples_by_language"),
        )
    ]
    concepts = sum(row["concepts"] for row in found.by_country.values())
    pictured = sum(row["with_picture"] for row in found.by_country.values())
    largest = max(found.by_country.values(), key=lambda row: row["samples"], default={"samples": 0})["samples"]
    yield (
        "**Coverage.** A culture is here what Wikidata's volunteers described and Commons' photographers took: "
        f"{_share(pictured, concepts or 1)} of the concepts have a picture in the set, and the largest country has "
        f"{_share(largest, numbers['num_samples'] or 1)} of the questions. A country stands for a culture only roughly."
        + "".join(f" Not in it: {', '.join(names)}." for names in absent if names)
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"
