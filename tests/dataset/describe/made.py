"""A data set of several countries, languages, domains and statuses, made by hand, as `assemble` leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipeline.dataset.arrange import ArrangeStage
from pipeline.dataset.assemble import AssembleStage
from pipeline.dataset.settings import Assemble
from pipeline.review.acceptance import Reviewed
from pipeline.stage import Inputs, StageOutput
from pipeline.storage import Storage
from tests.dataset.world import world
from tests.kit.toy import run_toy

Row = dict[str, Any]
COUNTRIES = ("india", "japan", "kenya", "brazil", "egypt")
DOMAINS = ("food", "festival", "martial_art")
# The data set's code, and Wikidata's code of the label that answers.
LABELS = (("en", "en"), ("en", "en-gb"), ("sw", "mul"), ("iw", "he"), ("no", "nb"), ("zh", "zh-hant"), ("ar", "fr"))
STATUSES = ("rephrased", "rephrased:retry", "kept:not_sampled", "kept:answer_leaked", None)
FAMILIES = ("country", "inception", "name")
LICENCES = ("CC0", "CC BY 4.0", "CC BY-SA | 3.0 <de>")
MODEL = "toy@1"


@dataclass(frozen=True)
class Made:
    """The stages, and the last of them."""

    inputs: Inputs
    output: StageOutput


def sitelinks(qid: int) -> int:
    return (0, 1, 4, 7, 12, 31, 90)[qid % 7]


def concept(row: Row) -> Row:
    qid, num = row["qid"], sitelinks(row["qid"])
    popularity = "head" if num >= 30 else "torso" if num >= 6 else "tail"
    labels = [{"language": code, "label": f"{qid} {code}"} for code in ("en", "en-gb", "he", "mul")[: qid % 5]]
    return {**row, "country": COUNTRIES[qid % 5], "domain": DOMAINS[qid % 3], "num_sitelinks": num,
            "popularity": popularity, "labels": labels}  # fmt: skip


def judged(row: Row) -> Row:
    qid = row["qid"]
    items = [_item(item, 3 * qid + number) for number, item in enumerate(row["items"])]
    return {**row, "country": COUNTRIES[qid % 5], "domain": DOMAINS[qid % 3], "num_sitelinks": sitelinks(qid),
            "items": items}  # fmt: skip


def _item(item: Row, at: int) -> Row:
    language, label = LABELS[at % len(LABELS)]
    # Some languages have questions of one kind only.
    kind = {"kind": "open", "choices": None, "choice_qids": None, "answer_index": None} if language == "zh" else {}
    status, passes = STATUSES[at % len(STATUSES)], (True, False, None)[at % 3]
    return {
        **item, **kind, "language": language, "answer_label_language": label,
        "template_id": f"{FAMILIES[at % 3]}/{language}/open/1/r1", "question": "?" * (1 + at % 40),
        "rephrase_status": status, "rephrase_model": MODEL if status and "rephrased" in status else None,
        "judge_status": None if passes is None else "judged", "judge_model": None if passes is None else MODEL,
        "passes": passes, "score_fluent": None if passes is None else 1 + at % 5,
        "answered_blind": (True, False, None, None)[at % 4],
    }  # fmt: skip


def image(row: Row) -> Row:
    return {**row, "licence": LICENCES[row["qid"] % 3]}


def make(output: Storage, reviewed: Reviewed | None = None, **settings: Any) -> Made:
    """Run `arrange` and `assemble` on the rows; settings are those of `assemble`."""
    given = world(output, change=judged, concept=concept, image=image)
    config = Assemble(
        **{"validation": 0.2, "test": 0.2, "shard_mb": 0.04, "rows_per_partition": 13, "alike": None, **settings}
    )
    inputs = {**given.inputs, "arrange": run_toy(ArrangeStage(config), output, given.inputs)}
    stage = AssembleStage(config, "made-up", output, reviewed or Reviewed())
    return Made(inputs, run_toy(stage, output, inputs))
