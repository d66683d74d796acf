"""The data set's card: what is in it, how it was made, under which licences it may be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pipeline import vocabulary
from pipeline.review.acceptance import Reviewed

_NOT_DONE = (
    "The wording is that of the templates; no language model has reworded or judged it. Samples are not compared with "
    "benchmarks. Token counts are empty until a tokenizer is chosen."
)


def card(
    name: str,
    statistics: Mapping[str, Any],
    licences: Mapping[str, int],
    dump_dates: list[str],
    reviewed: Reviewed,
) -> str:
    """Markdown.

    Args:
        name: of the run.
        statistics: as `statistics.statistics` gives them.
        licences: pictures by short name of their licence.
        dump_dates: dates of the Wikidata dumps that ground the answers.
        reviewed: what native speakers said.
    """
    languages, countries = vocabulary.languages(), vocabulary.countries()
    by_language = {languages[code].name: n for code, n in statistics["samples_by_language"].items()}
    by_country = {countries[key].name: n for key, n in statistics["samples_by_country"].items()}
    what = (
        f"{statistics['num_samples']:,} questions about {statistics['num_pictures']:,} pictures of "
        f"{statistics['num_entities']:,} cultural entities, in {len(by_language)} languages, "
        f"of {len(by_country)} countries."
    )
    grounds = (
        f"Every answer is grounded in a Wikidata statement (`statement_ids`; dump of {', '.join(dump_dates)}; CC0). "
        "Every picture names its author, its licence and the line to print beside it; `ATTRIBUTION.parquet` and "
        "`attribution.html` list them. Splits are by entity."
    )
    return "\n".join(
        [
            f"# {name}",
            "",
            what,
            "",
            grounds,
            "",
            *_table("Split", statistics["samples_by_split"]),
            *_table("Kind", statistics["samples_by_kind"]),
            *_table("Language", by_language),
            *_table("Country", by_country),
            *_table("Domain", statistics["samples_by_domain"]),
            *_table("Licence", licences, unit="pictures"),
            "## What native speakers said",
            "",
            *_said(reviewed, statistics["samples_by_language"]),
            "",
            "## Not done here",
            "",
            _NOT_DONE,
            "",
        ]
    )


def _said(reviewed: Reviewed, languages: Iterable[str]) -> list[str]:
    """What was judged in the languages of the data set, and in which nothing was."""
    names = {code: vocabulary.languages()[code].name for code in languages}
    judged = {code: reviewed.by_language[code] for code in names if code in reviewed.by_language}
    if not judged:
        return ["Nobody has judged these questions: no native speaker has been asked, or none has answered."]
    off = Counter(template.split("/")[1] for template in reviewed.switched_off)
    rows = [
        f"| {names[code]} | {said.questions} | {said.answerable} | {said.answers} | {said.pictures} | {off[code]} |"
        for code, said in judged.items()
    ]
    rest = sorted(name for code, name in names.items() if code not in judged)
    what = (
        "Verdicts on samples of the questions: how many were found good of how many judged, in percent, with its 95 % "
        "interval (Wilson). A wording that speakers refuse is switched off. Verdicts on wordings that were mended "
        "since are not counted."
    )
    return [
        what,
        "",
        "| Language | question good | can be answered | answer right | picture fits | wordings switched off |",
        "| --- | --- | --- | --- | --- | ---: |",
        *rows,
        *(["", f"Nobody has judged: {', '.join(rest)}."] if rest else []),
    ]


def _table(title: str, counts: Mapping[str, int], unit: str = "questions") -> list[str]:
    rows = [f"| {key} | {number:,} |" for key, number in counts.items()]
    return [f"| {title} | {unit} |", "| --- | ---: |", *rows, ""]
