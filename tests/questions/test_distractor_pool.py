"""The pool of values: what goes in, what stays of it, and the order in which it is offered."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.questions.concept import Concept
from pipeline.questions.distractor_pool import (
    MOST_OF_CLASS,
    MOST_OF_DOMAIN,
    DistractorPool,
    PoolRow,
    _Collected,
    pool_rows,
)
from pipeline.questions.families import Family
from pipeline.questions.labels import Labels, label_codes
from pipeline.questions.templates import Catalogue
from tests.questions.rows import LANGUAGES, concept, full_concept, item, label, labels, text

DOMAINS = ("food", "dance", "museum")
CLASSES = (0, 11, 12, 13)
COUNTRIES = ("peru", "kenya", "japan", "chile", "uganda")
NEAR = {"peru": ("chile", "japan"), "kenya": ("uganda",), "chile": ("peru",)}
SHOWN = label_codes(LANGUAGES)
Rows = Sequence[PoolRow]


def family_of(catalogue: Catalogue, name: str) -> Family:
    return next(family for family in catalogue.families if family.name == name)


def asking(qid: int = 99, **fields: Any) -> Concept:
    return Concept.of(concept(qid, **{"domain": "food", "countries": ["peru"], "class_path": [11, 1], **fields}))


def pool_of(rows: Rows) -> DistractorPool:
    return DistractorPool(rows, SHOWN, NEAR)


@st.composite
def pool_row_lists(draw: st.DrawFn) -> list[PoolRow]:
    rows = st.builds(
        lambda family, qid, domain, kind, countries: PoolRow(
            family, qid, domain, kind, countries, Labels.of(labels(qid))
        ),
        st.sampled_from(["class", "country"]),
        st.integers(1, 30),
        st.sampled_from(DOMAINS),
        st.sampled_from(CLASSES),
        st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=2, unique=True),
    )
    return draw(st.lists(rows, max_size=60))


ASKING = st.builds(
    lambda qid, domain, classes, countries: asking(qid, domain=domain, class_path=classes, countries=countries),
    st.integers(1, 1 << 40),
    st.sampled_from(DOMAINS),
    st.sampled_from([[], [11], [12, 11], [99]]),
    st.lists(st.sampled_from(COUNTRIES), min_size=1, max_size=2, unique=True),
)


def crowd(seed: int, size: int, family: str = "country") -> list[PoolRow]:
    """Values of many concepts: more of each domain, class and country than stay."""
    draw = random.Random(seed)
    return [
        PoolRow(
            family, draw.randint(1, 3 * size), draw.choice(DOMAINS), draw.choice(CLASSES),
            draw.sample(COUNTRIES, draw.randint(1, 2)), Labels.of([label("en", "x")]),
        )
        for _ in range(size)
    ]  # fmt: skip


def tier_of(rows: Rows, concept: Concept) -> Callable[[int], int]:
    """How plausible a value is, read off the rows: from 1 for the most."""
    home = set(concept.countries)
    near = {country for own in home for country in NEAR.get(own, ())} - home

    def tier(qid: int) -> int:
        own = [row for row in rows if row.value_qid == qid]
        everywhere = {country for row in own for country in row.countries}
        groups = [
            {country for row in own if [row.class_qid] == list(concept.class_path[:1]) for country in row.countries},
            {country for row in own if row.domain == concept.domain for country in row.countries},
        ]
        for number, countries in enumerate(groups):
            if countries and not everywhere & home:
                return 2 * number + (1 if countries & near else 2)
        return 5 if any(groups) else 6

    return tier


@given(pool_row_lists(), ASKING)
def test_the_walk_goes_from_plausible_to_anything_and_leaves_nothing_out(
    catalogue: Catalogue, rows: list[PoolRow], asked: Concept
) -> None:
    offered = [row for row in rows if row.family == "country"]
    walked = list(dict.fromkeys(pool_of(rows).walk(family_of(catalogue, "country"), asked)))
    assert set(walked) == {row.value_qid for row in offered}
    tiers = list(map(tier_of(offered, asked), walked))
    assert tiers == sorted(tiers)


@given(pool_row_lists(), ASKING)
def test_a_value_of_its_own_domain_is_never_offered_where_they_are_refused(
    catalogue: Catalogue, rows: list[PoolRow], asked: Concept
) -> None:
    offered = [row for row in rows if row.family == "class"]
    refused = {row.value_qid for row in offered if row.domain == asked.domain}
    walked = list(dict.fromkeys(pool_of(rows).walk(family_of(catalogue, "class"), asked)))
    assert set(walked) == {row.value_qid for row in offered} - refused
    home = {row.value_qid for row in offered if set(row.countries) & set(asked.countries)}
    assert [qid in home for qid in walked] == sorted(qid in home for qid in walked), "those from elsewhere come first"


@given(pool_row_lists(), ASKING, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    catalogue: Catalogue, rows: list[PoolRow], asked: Concept, shuffler: random.Random
) -> None:
    shuffled = [*rows, *rows[:5]]
    shuffler.shuffle(shuffled)
    for name in ("class", "country"):
        family = family_of(catalogue, name)
        assert list(pool_of(shuffled).walk(family, asked)) == list(pool_of(rows).walk(family, asked))


@pytest.mark.parametrize("name", ["class", "country"])
def test_what_stays_of_a_crowd_does_not_depend_on_the_order(catalogue: Catalogue, name: str) -> None:
    rows = crowd(1, 6000, name)
    family = family_of(catalogue, name)
    expected = list(pool_of(rows).walk(family, asking()))
    for seed in range(3):
        random.Random(seed).shuffle(rows)
        assert list(pool_of(rows).walk(family, asking())) == expected
    assert list(pool_of(rows[::-1]).walk(family, asking(7))) == list(pool_of(rows).walk(family, asking(7)))


def test_what_stays_is_bounded_by_domains_classes_and_countries(catalogue: Catalogue) -> None:
    bound = len(COUNTRIES) * (len(DOMAINS) * MOST_OF_DOMAIN + len(CLASSES) * MOST_OF_CLASS)
    family = family_of(catalogue, "country")
    for size in (3000, 12_000):
        pool = pool_of(crowd(2, size))
        kept = set(pool.walk(family, asking()))
        assert 0.8 * len(COUNTRIES) * MOST_OF_DOMAIN < len(kept) <= bound
        # Nor does it remember anything of what went.
        assert all(len(held) <= bound for held in (pool._countries, pool._domains, pool._rows))


def test_of_each_domain_and_class_in_a_country_enough_stay(catalogue: Catalogue) -> None:
    rows = crowd(3, 6000)
    kept = set(pool_of(rows).walk(family_of(catalogue, "country"), asking()))
    for country in COUNTRIES:
        here = [row for row in rows if country in row.countries]
        for domain in DOMAINS:
            assert len(kept & {row.value_qid for row in here if row.domain == domain}) >= MOST_OF_DOMAIN
        for kind in CLASSES:
            assert len(kept & {row.value_qid for row in here if row.class_qid == kind}) >= MOST_OF_CLASS


def test_a_rare_class_among_a_crowd_keeps_its_values(catalogue: Catalogue) -> None:
    """Which is why classes have places of their own: of the domain alone, these would be gone."""
    rare = [PoolRow("country", 10**6 + n, "food", 77, ["chile"], Labels.of(labels(n))) for n in range(MOST_OF_CLASS)]
    pool = pool_of([*crowd(4, 6000), *rare])
    walked = list(dict.fromkeys(pool.walk(family_of(catalogue, "country"), asking(class_path=[77]))))
    assert set(walked[:MOST_OF_CLASS]) == {row.value_qid for row in rare}


def test_no_value_of_a_crowd_is_likelier_to_stay_for_its_number(catalogue: Catalogue) -> None:
    rows = [PoolRow("country", qid, "food", 11, ["chile"], Labels.of(labels(qid, ["en"]))) for qid in range(1, 20_001)]
    kept = set(pool_of(rows).walk(family_of(catalogue, "country"), asking()))
    assert len(kept) == MOST_OF_DOMAIN
    # Of 64 even draws from 20,000, four times the error of the mean.
    assert abs(sum(kept) / len(kept) - 10_000) < 4 * 20_000 / (12 * 64) ** 0.5


def test_near_countries_take_turns(catalogue: Catalogue) -> None:
    rows = [PoolRow("country", qid, "food", 11, [NEAR["peru"][qid % 2]], Labels.of(labels(qid))) for qid in range(20)]
    pool, family = pool_of(rows), family_of(catalogue, "country")
    first = {next(pool.walk(family, asking(qid))) % 2 for qid in range(1, 40)}
    assert first == {0, 1}


def test_names_are_of_each_language_and_say_which_are_fallbacks() -> None:
    row = PoolRow("country", 5, "food", 11, ["peru"], Labels.of([label("mul", "Nile"), label("sw", "Nili ")]))
    pool = pool_of([row])
    swahili, japanese = pool.names("sw")(5), pool.names("ja")(5)
    assert swahili is not None
    assert (swahili.text, swahili.comparable, swahili.is_fallback, swahili.look.script) == (
        "Nili", "nili", False, "LATIN",
    )  # fmt: skip
    assert japanese is not None
    assert (japanese.text, japanese.is_fallback) == ("Nile", True)
    assert pool_of([row._replace(labels=Labels.of([label("fr", "Nil")]))]).names("sw")(5) is None


def test_texts_stand_under_the_concepts_that_they_name(catalogue: Catalogue) -> None:
    family = family_of(catalogue, "native_name")
    named = [(1, "銅鑼", "ja"), (2, "e\u0301", "fr"), (3, "太鼓", "ja")]
    rows = [
        row
        for qid, written, language in named
        for row in pool_rows(Concept.of(concept(qid, [text(f"Q{qid}$n", 1705, written, language)])), catalogue)
    ]
    pool = pool_of(rows)
    assert set(pool.walk(family, asking(), "ja")) == {1, 3}
    assert pool.texts(family, "ja")(3).text == "太鼓"
    assert set(pool.walk(family, asking(), "fr")) == {2}
    assert pool.texts(family, "fr")(2).text == "\u00e9"
    assert list(pool.walk(family, asking(), "de")) == []


def test_the_pool_takes_what_would_be_asked_and_nothing_else(catalogue: Catalogue) -> None:
    lute = Concept.of(full_concept(1, domain="instrument", countries=["peru", "kenya"], class_path=[12, 13]))
    rows = list(pool_rows(lute, catalogue))
    looked_at = {"class", "country", "material", "name", "place", "ingredient"}
    assert {(row.family, row.value_qid) for row in rows if row.family in looked_at} == {
        ("class", 1001), ("country", 2001), ("material", 3001), ("material", 4001), ("name", 1),
    }  # fmt: skip
    assert {(row.domain, row.class_qid, tuple(row.countries)) for row in rows} == {
        ("instrument", 12, ("peru", "kenya"))
    }
    museum = Concept.of(full_concept(1, domain="museum"))
    assert ("place", 5001) in {(row.family, row.value_qid) for row in pool_rows(museum, catalogue)}
    refused = Concept.of(concept(1, [item("a", 31, 570116), item("b", 17, 5, rank="deprecated", best=False)]))
    assert {row.family for row in pool_rows(refused, catalogue)} == {"name"}


def test_labels_on_their_way_in_do_not_hold_the_file_that_they_come_from() -> None:
    collected = _Collected()

    def aliases() -> list[list[str]]:
        return []

    held = weakref.ref(aliases)
    collected.add(PoolRow("class", 1, "food", 11, ["peru"], Labels(["en"], ["x"], aliases)))
    del aliases
    assert held() is None
