"""What is counted as possible, against what is made when everything is put into words."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.questions.balance import slot_hash
from pipeline.questions.concept import Concept
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.slots import Slots, possible_slots
from pipeline.questions.templates import Catalogue
from pipeline.questions.values import SkipReason
from tests.questions.rows import CODES, LANGUAGES, NO_KIN, image, pool_of, questions_of, world
from tests.questions.worlds import concepts

Row = dict[str, Any]
Slot = tuple[int, str, str, str]
# Of what is possible, what wording finds out.
LOST = (SkipReason.ANSWER_IN_QUESTION, SkipReason.TOO_FEW_DISTRACTORS)


def counted(rows: list[Row], catalogue: Catalogue, settings: QuestionSettings) -> tuple[Slots, Counter[Slot]]:
    sample = [(Concept.of(row), [image(row["qid"])]) for row in rows]
    slots = possible_slots(sample, len(rows), catalogue, LANGUAGES, settings)
    numbers = [slots.numbers(axis).tolist() for axis in ("concept", "family", "language", "kind")]
    return slots, Counter(
        (rows[concept]["qid"], slots.families[family], slots.languages[language], slots.kinds[kind])
        for concept, family, language, kind in zip(*numbers, strict=True)
    )


@settings(max_examples=30)
@given(concepts(), st.sampled_from(["draft", "machine_checked"]))
def test_what_is_possible_is_what_is_made_and_what_wording_loses(
    catalogue: Catalogue, rows: list[Row], status: Any
) -> None:
    wanted = QuestionSettings(CODES, status=status)
    _, possible = counted(rows, catalogue, wanted)
    pool = pool_of(rows, catalogue)
    lost = 0
    made: Counter[Slot] = Counter()
    for row in rows:
        items, skipped = questions_of(row, image(row["qid"]), catalogue, LANGUAGES, pool, NO_KIN, wanted)
        lost += sum(skipped[reason] for reason in LOST)
        made.update((row["qid"], item["template_id"].split("/")[0], item["language"], item["kind"]) for item in items)
    assert made <= possible
    assert possible.total() == made.total() + lost


def test_columns_say_of_whom_and_what_the_slots_are(catalogue: Catalogue) -> None:
    countries = ("peru", "kenya", "peru", "japan")
    rows = [{**row, "country": country} for row, country in zip(world(4), countries, strict=True)]
    rows[1] |= {"popularity": "head"}
    wanted = QuestionSettings(("sw", "en"), kinds=("choice",))
    pictures = [[], [image(2, "aa"), image(2, "bb")], [image(3)], []]
    slots = possible_slots(zip(map(Concept.of, rows), pictures, strict=True), 400, catalogue, LANGUAGES, wanted)
    assert (slots.num_concepts, slots.num_pictures, slots.scale) == (4, 3, 100)
    assert slots.countries == ["peru", "kenya", "japan"]
    of = {axis: slots.numbers(axis).tolist() for axis in ("concept", "picture", "country", "popularity", "property")}
    assert set(zip(of["picture"], of["concept"], of["country"], strict=True)) == {(0, 1, 1), (1, 1, 1), (2, 2, 0)}
    assert {slots.popularities[number] for number in of["popularity"]} == {"head", rows[2]["popularity"]}
    named = [family for family in catalogue.families if family.answer == "entity"]
    asked = zip(slots.numbers("family").tolist(), of["property"], strict=True)
    assert {slots.families[number] for number, prop in asked if prop == 0} == {family.name for family in named}
    first = slots.families[slots.fact_family[0]]
    assert slots.slot_hash[0] == slot_hash(2, "aa", first, "sw", "choice")


def test_a_slot_hashes_to_the_same_number_everywhere() -> None:
    assert slot_hash(42, "ab" * 32, "country", "sw", "open") == 0.967454218388878
