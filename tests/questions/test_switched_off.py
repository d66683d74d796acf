"""Wordings that native speakers refused are not asked, and what is no longer asked for that reason is counted."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.commons.settings import Images
from pipeline.errors import ConfigError, InputError
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.settings import Questions
from pipeline.questions.stage import QuestionsStage
from pipeline.questions.switched_off import reviewed, templates
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import SkipReason
from pipeline.review.acceptance import MIN_JUDGED
from pipeline.review.verdict import Verdict
from pipeline.review.verdict_file import Entry, write_history
from tests.questions.rows import LANGUAGES, NO_KIN, full_concept, image, pool_of, questions_of, world
from tests.review.rows import verdict

asking = partial(QuestionSettings, ("sw", "en"), status="draft")
Item = dict[str, Any]


def items_of(catalogue: Catalogue, settings: QuestionSettings) -> tuple[list[Item], dict[str, int]]:
    row = full_concept(1)
    pool = pool_of([row, *world(12)], catalogue)
    items, skipped = questions_of(row, image(1), catalogue, LANGUAGES, pool, NO_KIN, settings)
    assert len(items) + sum(skipped.values()) == settings.asked(catalogue)
    return items, {str(reason): number for reason, number in skipped.items()}


def wordings(catalogue: Catalogue, *asked: str) -> list[str]:
    """Template ids of a family, language and kind."""
    return [each for each in templates(catalogue).means if tuple(each.split("/")[:3]) == asked]


def test_every_wording_is_known_by_its_id_with_its_meaning(catalogue: Catalogue) -> None:
    known = templates(catalogue).means
    made = {item["template_id"] for item in items_of(catalogue, asking())[0]}
    assert made <= known.keys()
    there = [kind for each in catalogue.languages["sw"].wordings.values() for kind in each.by_kind.values()]
    assert sum(each.split("/")[1] == "sw" for each in known) == sum(map(len, there)) >= 6 * len(catalogue.families)
    assert all(known[each] for each in known if "/sw/" in each)


def test_another_wording_is_taken_and_nothing_else_changes(catalogue: Catalogue) -> None:
    before, reasons = items_of(catalogue, asking())
    off = frozenset(item["template_id"] for item in before if item["language"] == "sw")
    after, later = items_of(catalogue, asking(switched_off=off))
    assert later == reasons
    assert not off & {item["template_id"] for item in after}
    words = {"template_id", "question", "original_question"}
    for one, other in zip(before, after, strict=True):
        changed = {name for name in one if one[name] != other[name]}
        assert changed == (words if one["language"] == "sw" else set())


def test_a_question_without_a_wording_is_counted(catalogue: Catalogue) -> None:
    off = frozenset(wordings(catalogue, "country", "sw", "open"))
    before, reasons = items_of(catalogue, asking())
    after, later = items_of(catalogue, asking(switched_off=off))
    assert later == {**reasons, SkipReason.WORDING_SWITCHED_OFF: 1}
    kept = [item for item in before if not item["template_id"].startswith("country/sw/open/")]
    assert after == kept
    assert len(before) - len(kept) == 1


def verdicts(template: str, good: int, num: int) -> list[Verdict]:
    return [verdict(at, "good" if at < good else "wrong", template_id=template) for at in range(num)]


def write(path: Path, *groups: Sequence[Verdict]) -> Questions:
    path.write_bytes(write_history([Entry(said, "sheet") for group in groups for said in group]))
    return Questions(languages=("sw", "en"), verdicts=str(path))


def test_verdicts_decide_what_they_switch_off_and_only_that(tmp_path: Path, catalogue: Catalogue) -> None:
    first, second, third, *_ = wordings(catalogue, "country", "sw", "open")
    (other, *_) = wordings(catalogue, "country", "ar", "open")
    old = f"{first.rpartition('/')[0]}/r999"

    def deciding(config: Questions) -> dict[str, Any]:
        return QuestionsStage(config, Images()).deciding()

    none = deciding(Questions(languages=("sw", "en")))
    assert none["switched_off"] == []
    harmless = write(tmp_path / "a.csv", verdicts(first, 9, 10), verdicts(second, 0, 2), verdicts(old, 0, 10))
    assert deciding(harmless) == none
    assert deciding(write(tmp_path / "b.csv", verdicts(other, 0, 10))) == none
    off = write(tmp_path / "c.csv", verdicts(third, 0, 10), verdicts(first, 9, 10))
    assert deciding(off) == {**none, "switched_off": [third]}
    # The same verdicts elsewhere are the same; a lower bar switches nothing off.
    assert deciding(write(tmp_path / "d.csv", verdicts(third, 0, 10))) == deciding(off)
    assert deciding(off.model_copy(update={"min_acceptance": 0.1})) == none


def test_what_was_judged_is_told_by_language(tmp_path: Path, catalogue: Catalogue) -> None:
    template, *_ = wordings(catalogue, "country", "sw", "open")
    found = reviewed(write(tmp_path / "a.csv", verdicts(template, 0, MIN_JUDGED), verdicts(template, 1, 1)))
    # One reviewer's later word on an item takes the place of the earlier one.
    assert (found.by_language["sw"].questions.num, found.by_language["sw"].questions.num_good) == (MIN_JUDGED, 1)
    assert reviewed(Questions()).by_language == {}


def test_a_file_that_is_none_stops_the_run_before_it_starts(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"questions.verdicts: there is no .*none.csv; `culturalground review --import`"
    ):
        QuestionsStage(Questions(verdicts=str(tmp_path / "none.csv")), Images())
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"other.csv: has no column 'qa_id'"):
        QuestionsStage(Questions(verdicts=str(tmp_path / "other.csv")), Images())
