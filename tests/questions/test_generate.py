from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Labels, label_codes
from pipeline.questions.qa_id import qa_id
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.templates import Catalogue, template_id
from pipeline.questions.values import SkipReason
from pipeline.questions.wordings import GIVEN, KINDS, Wordings
from pipeline.reading import comparable
from pipeline.schema import QA_ITEM, QUESTIONS
from tests.questions.rows import (
    CIRCA,
    CODES,
    LANGUAGES,
    NO_KIN,
    concept,
    full_concept,
    image,
    item,
    label,
    pool_of,
    questions_of,
    time,
    world,
)
from tests.questions.worlds import KIN, OTHERS, concepts

# Whatever the state of the catalogue, its wordings are tried.
asking = partial(QuestionSettings, status="draft")
ALL = asking(CODES)
Item = dict[str, Any]
Row = dict[str, Any]
few = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])


def _ask(
    rows: Sequence[Row], catalogue: Catalogue, wanted: QuestionSettings = ALL, kinship: Kinship = NO_KIN,
    languages: Mapping[str, tuple[str, ...]] = LANGUAGES, sha256: str = "ab" * 32, others: Sequence[Row] = (),
) -> list[tuple[Row, list[Item], Counter[SkipReason]]]:  # fmt: skip
    pool = pool_of([*rows, *others], catalogue)
    return [
        (row, *questions_of(row, image(row["qid"], sha256), catalogue, languages, pool, kinship, wanted))
        for row in rows
    ]


def _items(rows: Sequence[Row], catalogue: Catalogue, wanted: QuestionSettings = ALL, **fields: Any) -> list[Item]:
    return [item for _, items, _ in _ask(rows, catalogue, wanted, **fields) for item in items]


def _only(catalogue: Catalogue, *names: str) -> Catalogue:
    return replace(catalogue, families=tuple(family for family in catalogue.families if family.name in names))


@few
@given(concepts(), KIN)
def test_every_question_is_made_or_counted(catalogue: Catalogue, rows: list[Row], parents: dict[int, set[int]]) -> None:
    for _, items, skipped in _ask(rows, catalogue, kinship=Kinship.of(parents), others=OTHERS):
        assert len(items) + sum(skipped.values()) == len(catalogue.families) * len(CODES) * len(KINDS)
        assert len(items) + sum(skipped.values()) == ALL.asked(catalogue)


@few
@given(concepts())
def test_ids_are_unique_over_entities_and_pictures(catalogue: Catalogue, rows: list[Row]) -> None:
    found = [item for sha in ("00" * 32, "01" * 32) for item in _items(rows, catalogue, sha256=sha, others=OTHERS)]
    assert len({item["qa_id"] for item in found}) == len(found)


@few
@given(concepts())
def test_an_id_is_the_hash_of_what_the_item_says_of_itself(catalogue: Catalogue, rows: list[Row]) -> None:
    for made in _items(rows, catalogue, sha256="cd" * 32, others=OTHERS):
        family = made["template_id"].split("/")[0]
        assert made["qa_id"] == qa_id(
            made["qid"], made["statement_ids"], "cd" * 32, made["language"], made["kind"], family
        )


@few
@given(concepts())
def test_items_fit_the_table(catalogue: Catalogue, rows: list[Row]) -> None:
    table_rows = []
    for row, items, _ in _ask(rows, catalogue, others=OTHERS):
        for made in items:
            assert list(made) == [field.name for field in QA_ITEM]
            assert all(made[field.name] is not None for field in QA_ITEM if not field.nullable)
        group = {name: row[name] for name in ("qid", "country", "domain", "num_sitelinks")}
        table_rows.append({**group, "sha256": "ab" * 32, "items": items})
    table = pa.Table.from_pylist(table_rows, schema=QUESTIONS)
    table.validate(full=True)
    assert table.to_pylist() == table_rows


@few
@given(concepts(), KIN)
def test_a_question_is_its_wording_with_the_name_and_without_the_answer(
    catalogue: Catalogue, rows: list[Row], parents: dict[int, set[int]]
) -> None:
    for row, items, _ in _ask(rows, catalogue, kinship=Kinship.of(parents), others=OTHERS):
        for made in items:
            family, language, kind, number, revision = made["template_id"].split("/")
            wordings = catalogue.languages[language].wordings[family]
            wording = wordings.by_kind[kind][int(number) - 1]
            assert (language, kind, revision) == (made["language"], made["kind"], f"r{wordings.revision}")
            name = Labels.of(row["labels"]).best(label_codes(LANGUAGES)[language])
            if not wording.text.count(GIVEN):
                assert made["question"] == wording.render(row["domain"], name[0] if name else None)
            assert "{" not in made["question"]
            assert comparable(made["answer"]) not in comparable(made["question"])
            for text in (made["question"], made["answer"], *(made["choices"] or ())):
                assert unicodedata.is_normalized("NFC", text)
                assert not any(unicodedata.category(char) == "Cc" or char in "{}" for char in text)


@few
@given(concepts(), st.integers(2, 5))
def test_the_answer_stands_once_at_its_index(catalogue: Catalogue, rows: list[Row], choices: int) -> None:
    for made in _items(rows, catalogue, asking(CODES, choices=choices), others=OTHERS):
        if made["kind"] == "open":
            assert made["choices"] is made["choice_qids"] is made["answer_index"] is None
            continue
        assert len({comparable(choice) for choice in made["choices"]}) == choices == len(made["choices"])
        assert made["choices"][made["answer_index"]] == made["answer"]
        if made["value_qid"] is None:
            assert made["property"] == 571
            assert made["choice_qids"] is None
        else:
            assert made["choice_qids"][made["answer_index"]] == made["value_qid"]
            assert len(set(made["choice_qids"])) == choices


@few
@given(concepts(), KIN)
def test_no_statement_of_the_entity_makes_a_wrong_option_true(
    catalogue: Catalogue, rows: list[Row], parents: dict[int, set[int]]
) -> None:
    kinship = Kinship.of(parents)
    families = {family.name: family for family in catalogue.families}
    for row, items, _ in _ask(rows, catalogue, kinship=kinship, others=OTHERS):
        for made in items:
            if not made["choice_qids"]:
                continue
            family = families[made["template_id"].split("/")[0]]
            wrong = {qid for qid in made["choice_qids"] if qid != made["value_qid"]}
            true, asked = (
                {statement["qid"] for statement in row["statements"] if statement["property"] in properties}
                for properties in (family.true_properties, family.properties)
            )
            assert not wrong & (true | {row["qid"]} | family.refused)
            assert not any(kinship.related(one, other) for one in wrong for other in asked)


@few
@given(concepts(), KIN)
def test_the_answer_is_grounded_in_its_statements(
    catalogue: Catalogue, rows: list[Row], parents: dict[int, set[int]]
) -> None:
    for row, items, _ in _ask(rows, catalogue, kinship=Kinship.of(parents), others=OTHERS):
        by_guid = {statement["statement_id"]: statement for statement in row["statements"]}
        for made in items:
            grounds = [by_guid[guid] for guid in made["statement_ids"]]
            assert grounds
            assert all(statement["best"] and statement["rank"] == made["rank"] for statement in grounds)
            if made["property"]:
                assert {statement["property"] for statement in grounds} == {made["property"]}
            if made["value_qid"] is not None and made["property"]:
                assert {statement["qid"] for statement in grounds} == {made["value_qid"]}


@few
@given(concepts(), st.sets(st.sampled_from(CODES), min_size=1))
def test_another_language_leaves_the_others_as_they_are(
    catalogue: Catalogue, rows: list[Row], chosen: set[str]
) -> None:
    few_languages = tuple(code for code in CODES if code in chosen)
    languages = {code: LANGUAGES[code] for code in few_languages}
    alone = _items(rows, catalogue, asking(few_languages), languages=languages, others=OTHERS)
    assert alone == [item for item in _items(rows, catalogue, others=OTHERS) if item["language"] in chosen]


@few
@given(concepts(), st.sets(st.sampled_from(["class", "country", "inception", "material", "name", "place"]), min_size=1))
def test_another_family_leaves_the_others_as_they_are(catalogue: Catalogue, rows: list[Row], chosen: set[str]) -> None:
    alone = _items(rows, _only(catalogue, *chosen), others=OTHERS)
    assert alone == [
        item for item in _items(rows, catalogue, others=OTHERS) if item["template_id"].split("/")[0] in chosen
    ]


def _reworded(catalogue: Catalogue) -> Catalogue:
    def reworded(wordings: Wordings) -> Wordings:
        by_kind = {
            kind: tuple(
                replace(
                    wording,
                    text=f"§ {wording.text}",
                    by_domain={domain: f"§ {text}" for domain, text in wording.by_domain.items()},
                )
                for wording in reversed(texts)
            )
            for kind, texts in wordings.by_kind.items()
        }
        return replace(wordings, revision=wordings.revision + 1, by_kind=by_kind)

    languages = {
        code: replace(language, wordings={name: reworded(block) for name, block in language.wordings.items()})
        for code, language in catalogue.languages.items()
    }
    return replace(catalogue, languages=languages)


@few
@given(concepts())
def test_a_reworded_template_keeps_ids_answers_and_options(catalogue: Catalogue, rows: list[Row]) -> None:
    before = _items(rows, catalogue, others=OTHERS)
    after = _items(rows, _reworded(catalogue), others=OTHERS)
    kept = [field.name for field in QA_ITEM if field.name not in ("question", "original_question", "template_id")]
    assert [[made[name] for name in kept] for made in after] == [[made[name] for name in kept] for made in before]
    assert all(made["template_id"].endswith("/r2") for made in after)
    assert all(made["question"].startswith("§") for made in after)


@few
@given(concepts(), st.integers(1, 60))
def test_a_cap_keeps_a_part_and_counts_the_rest(catalogue: Catalogue, rows: list[Row], cap: int) -> None:
    everything = _ask(rows, catalogue, others=OTHERS)
    for (_, items, skipped), (_, kept, counted) in zip(
        everything,
        _ask(rows, catalogue, asking(CODES, max_items_per_picture=cap), others=OTHERS),
        strict=True,
    ):
        assert len(kept) == min(cap, len(items))
        assert [made for made in items if made in kept] == kept
        assert counted - skipped == Counter({SkipReason.OVER_CAP: max(0, len(items) - cap)}) - Counter()


@few
@given(concepts(), st.integers(1, 30))
def test_a_higher_cap_keeps_what_a_lower_one_kept(catalogue: Catalogue, rows: list[Row], cap: int) -> None:
    ids = [
        {made["qa_id"] for made in _items(rows, catalogue, asking(CODES, max_items_per_picture=limit), others=OTHERS)}
        for limit in (cap, cap + 5)
    ]
    assert ids[0] <= ids[1]


def test_a_full_world_is_asked_about_everything(catalogue: Catalogue) -> None:
    kitchen = [full_concept(number, domain="food", class_path=[1000 + number]) for number in range(20, 28)]
    for row, items, skipped in _ask([*world(12), *kitchen], catalogue):
        fitting = [one for one in catalogue.families if not one.domains or row["domain"] in one.domains]
        asked_of_none = (len(catalogue.families) - len(fitting)) * len(CODES) * len(KINDS)
        assert skipped == Counter({SkipReason.NOT_FOR_DOMAIN: asked_of_none}), row["qid"]
        assert len(items) == len(fitting) * len(CODES) * len(KINDS)


def test_positions_of_the_answer_and_wordings_are_evenly_used(catalogue: Catalogue) -> None:
    codes = ("en", "ja", "sw")
    kitchen = [full_concept(number, domain="food", class_path=[1000 + number]) for number in range(110, 170)]
    found = _items([*world(100), *kitchen], catalogue, asking(codes))
    positions = Counter(made["answer_index"] for made in found if made["kind"] == "choice")
    even = sum(positions.values()) / 4
    # Chi-square with 3 degrees of freedom: 16.27 is passed once in a thousand; the ids are fixed.
    assert sum((positions[index] - even) ** 2 / even for index in range(4)) < 16.27
    used = Counter(made["template_id"] for made in found)
    everything = {
        template_id(family.name, code, kind, wording.number, catalogue.languages[code].wordings[family.name].revision)
        for family in catalogue.families
        for code in codes
        for kind in KINDS
        for wording in catalogue.languages[code].wordings[family.name].by_kind[kind]
        if not family.domains or family.domains & {"monument", "artwork", "food"}
    }
    assert set(used) == everything


def test_each_of_several_values_is_the_right_option_sometimes(catalogue: Catalogue) -> None:
    materials = [
        made["value_qid"] // 1000
        for made in _items(world(30), _only(catalogue, "material"))
        if made["kind"] == "choice"
    ]
    assert 100 < materials.count(3) < 200
    assert len(materials) == 300


def test_several_values_are_named_together_in_an_open_answer(catalogue: Catalogue) -> None:
    found = _items([full_concept(1)], _only(catalogue, "material"), asking(("en",), ("open",)))
    assert [(made["answer"], made["value_qid"]) for made in found] == [("en-3001 and en-4001", None)]
    assert found[0]["statement_ids"] == ["Q1$186a", "Q1$186b"]


def test_a_value_above_another_is_not_in_the_answer(catalogue: Catalogue) -> None:
    found = _items(
        [full_concept(1)],
        _only(catalogue, "material"),
        asking(("en",)),
        kinship=Kinship.of({3001: {4001}}),
    )
    assert [(made["answer"], made["value_qid"], made["statement_ids"]) for made in found] == [
        ("en-3001", 3001, ["Q1$186a"])
    ]


@pytest.mark.parametrize("broken", ["Museum {1}", "Museum\n1", "Museum \u202e1"])
def test_a_label_that_would_break_the_sentence_is_not_used(catalogue: Catalogue, broken: str) -> None:
    rows = [*world(6), full_concept(7, labels=[label(code, broken) for code in CODES])]
    *_, (_, items, skipped) = _ask(rows, _only(catalogue, "name", "class", "country", "material", "place", "religion"))
    assert skipped == {SkipReason.NO_LABEL: 2 * len(CODES)}, "its name cannot be asked; all else can"
    texts = [text for made in items for text in (made["question"], made["answer"], *(made["choices"] or ()))]
    assert not any("Museum" in text for text in texts)


@pytest.mark.parametrize(("name", "country"), [("Museum of PERU", "Peru"), ("Peru", "Republic of Peru")])
def test_a_name_that_gives_the_answer_away_is_not_in_the_question(
    catalogue: Catalogue, name: str, country: str
) -> None:
    row = concept(1, [item("a", 17, 5, value_labels=[label("en", country)])], labels=[label("en", name)])
    for identity in range(40):
        (made,) = _items(
            [row],
            _only(catalogue, "country"),
            asking(("en",), ("open",)),
            sha256=f"{identity:064}",
        )
        assert name not in made["question"]


def test_a_name_that_gives_a_circa_date_away_is_not_in_the_question(catalogue: Catalogue) -> None:
    built = time("a", 571, "+1850-00-00T00:00:00Z", 9, qualifiers=[CIRCA])
    found = {name: set[str]() for name in ("Map of 1850", "Map of 1851")}
    for name, questions in found.items():
        row = concept(1, [built], labels=[label("en", name)])
        for identity in range(40):
            wanted = asking(("en",), ("open",))
            (made,) = _items([row], _only(catalogue, "inception"), wanted, sha256=f"{identity:064}")
            assert made["answer"] == "around 1850"
            questions.add(made["question"])
    assert not any("1850" in question for question in found["Map of 1850"])
    assert any("1851" in question for question in found["Map of 1851"])


def test_an_answer_that_every_wording_holds_is_not_asked(catalogue: Catalogue) -> None:
    row = concept(1, [item("a", 17, 5, value_labels=[label("en", "Country")])])
    ((_, items, skipped),) = _ask([row], _only(catalogue, "country"), asking(("en",), ("open",)))
    assert items == []
    assert skipped == {SkipReason.ANSWER_IN_QUESTION: 1}


def test_a_name_in_quotation_marks_of_its_own_is_not_quoted_again(catalogue: Catalogue) -> None:
    name = "Памятник «Тысячелетие»"
    rows = [full_concept(1, labels=[label("ru", name)])]
    for identity in range(20):
        found = _items(rows, catalogue, asking(("ru",), ("open",)), sha256=f"{identity:064}")
        assert not any(name in made["question"] for made in found)


def test_another_name_of_what_is_true_is_no_wrong_option(catalogue: Catalogue) -> None:
    row = concept(
        1,
        [item("a", 17, 5, value_labels=[label("en", "Peru", ["Perú"])])],
        labels=[label("en", "Cusco", ["Qosqo"])],
        countries=["kenya"],
    )
    names = ["PERÚ", "Qosqo", "Chile", "Japan", "India"]
    others = [
        concept(qid, [item("a", 17, 100 + qid, value_labels=[label("en", name)])]) for qid, name in enumerate(names, 2)
    ]
    for identity in range(20):
        wanted = asking(("en",), ("choice",))
        (made,) = _items([row], _only(catalogue, "country"), wanted, sha256=f"{identity:064}", others=others)
        assert set(made["choices"]) == {"Peru", "Chile", "Japan", "India"}


def test_too_few_wrong_options_are_no_choice_question(catalogue: Catalogue) -> None:
    rows = [full_concept(1), full_concept(2), full_concept(3)]
    for _, items, skipped in _ask(rows, _only(catalogue, "country")):
        assert skipped == {SkipReason.TOO_FEW_DISTRACTORS: len(CODES)}
        assert {made["kind"] for made in items} == {"open"}


def test_the_later_reasons_are_counted(catalogue: Catalogue) -> None:
    row = full_concept(1, labels=[])
    ((_, _, skipped),) = _ask([row], _only(catalogue, "name"))
    assert skipped == {SkipReason.NO_LABEL: 2 * len(CODES)}


def test_a_fallback_is_told_by_the_code_of_the_label(catalogue: Catalogue) -> None:
    rows = [full_concept(qid, labels=[label("mul", f"Name {qid}"), label("sw", f"Jina {qid}")]) for qid in range(1, 6)]
    for made in _items(rows, _only(catalogue, "name"), asking(("ja", "sw"))):
        own = made["language"] == "sw"
        assert made["answer_label_language"] == ("sw" if own else "mul")
        for text in made["choices"] or ():
            assert text.startswith("Jina" if own else "Name")


def test_a_language_without_wordings_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ConfigError, match="no question wordings in xx"):
        _ask([full_concept(1)], catalogue, asking(("xx",)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kinds": ()}, "kinds are open and choice, not none"),
        ({"kinds": ("open", "essay")}, "not open, essay"),
        ({"choices": 1}, "at least 2 choices, not 1"),
        ({"max_items_per_picture": 0}, "max_items_per_picture is at least 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(fields: dict[str, Any], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        QuestionSettings(CODES, **fields)
