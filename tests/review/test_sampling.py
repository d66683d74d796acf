from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from pipeline.review.sampling import Candidate, Reservoir, draw
from pipeline.review.templates import Template

COUNTRIES, DOMAINS = ("kenya", "peru", "japan"), ("food", "dance")


def candidate(number: int, picture: int, family: int = 0, kind: str = "open", wording: int = 1) -> Candidate:
    template = Template(f"family{family}", "sw", kind, wording, 1)
    country, domain = COUNTRIES[picture % 3], DOMAINS[picture % 2]
    return Candidate(number, template, f"{picture:064x}", country, domain, "file", number, 0)


@st.composite
def populations(draw_: st.DrawFn) -> list[Candidate]:
    """Pictures each with a few of the questions that could be asked, as in a run."""
    found: list[Candidate] = []
    asked = st.sets(st.tuples(st.integers(0, 5), st.sampled_from(["open", "choice"])), max_size=6)
    for picture in range(draw_(st.integers(1, 12))):
        for family, kind in sorted(draw_(asked)):
            found.append(candidate(len(found), picture, family, kind, draw_(st.integers(1, 3))))
    return found


def sample(population: list[Candidate], num: int, seed: int = 0) -> list[Candidate]:
    reservoir = Reservoir(num, seed)
    for each in population:
        reservoir.add(each)
    return draw(reservoir.candidates(), num, seed)


def stratum(each: Candidate) -> tuple[str, str]:
    return each.template.family, each.template.kind


@given(populations(), st.integers(1, 30), st.integers(0, 3), st.randoms())
def test_the_sample_is_of_seed_and_items_alone(population: list[Candidate], num: int, seed: int, order: Random) -> None:
    shuffled = list(population)
    order.shuffle(shuffled)
    assert sample(population, num, seed) == sample(shuffled, num, seed)


@given(populations(), st.integers(1, 30))
def test_there_are_as_many_as_wanted_each_once(population: list[Candidate], num: int) -> None:
    drawn = sample(population, num)
    assert len(drawn) == min(num, len(population))
    assert len(set(drawn)) == len(drawn)


@given(populations(), st.integers(1, 30))
def test_no_picture_comes_again_while_another_is_left(population: list[Candidate], num: int) -> None:
    times = Counter(each.sha256 for each in sample(population, num))
    available = Counter(each.sha256 for each in population)
    for picture, number in times.items():
        # Whatever was drawn less often has nothing left that could have been drawn instead.
        assert all(times[other] >= number - 1 or times[other] == available[other] for other in available), picture


@given(st.integers(1, 8), st.integers(1, 40), st.integers(0, 5))
def test_templates_take_turns_then_wordings(num_families: int, num: int, seed: int) -> None:
    """Where every picture has every question, nothing stands in the way of an even spread."""
    strata = [(family, kind) for family in range(num_families) for kind in ("open", "choice")]
    population = [
        candidate((picture * len(strata) + at) * 3 + wording, picture * 3 + wording, *each, wording + 1)
        for picture in range(40)
        for at, each in enumerate(strata)
        for wording in range(3)
    ]
    drawn = sample(population, num, seed)
    by_stratum = Counter(map(stratum, drawn))
    shares = [by_stratum[f"family{family}", kind] for family, kind in strata]
    assert max(shares) - min(shares) <= 1
    for each, number in by_stratum.items():
        wordings = Counter(one.template.number for one in drawn if stratum(one) == each)
        assert max(wordings.values()) - min(wordings[one] for one in (1, 2, 3)) <= 1, (each, number)


def test_countries_are_spread_where_one_has_nearly_all() -> None:
    """Nine tenths of the pictures are of one country: a draw without regard to it would take 54 of 60 from there."""
    population = [
        candidate(30 * picture + family, 3 * picture + (picture % 10 == 0) * (1 + picture // 10 % 2), family)
        for picture in range(600)
        for family in range(30)
    ]
    drawn = Counter(each.country for each in sample(population, 60))
    assert sorted(drawn) == sorted(COUNTRIES)
    assert max(drawn.values()) - min(drawn.values()) <= 2


@given(st.integers(0, 1000))
def test_a_rare_template_is_not_crowded_out(seed: int) -> None:
    """It could be asked of one picture, which the others could take as well as any."""
    population = [candidate(10 * family + picture, picture, family) for family in (0, 1) for picture in range(3)]
    drawn = sample([*population, candidate(99, 0, family=2)], 3, seed)
    assert sorted(each.template.family for each in drawn) == ["family0", "family1", "family2"]


@given(st.lists(st.integers(1, 9), min_size=1, max_size=8), st.integers(1, 40), st.integers(0, 5))
def test_who_has_candidates_left_is_not_two_behind(sizes: list[int], num: int, seed: int) -> None:
    numbers = iter(range(100))
    population = [
        candidate(number := next(numbers), number, family) for family, size in enumerate(sizes) for _ in range(size)
    ]
    drawn = Counter(each.template.family for each in sample(population, num, seed))
    shares = [drawn[f"family{family}"] for family in range(len(sizes))]
    assert all(share >= max(shares) - 1 or share == size for share, size in zip(shares, sizes, strict=True))


def test_other_seeds_see_other_templates() -> None:
    population = [candidate(number, number, family=number) for number in range(60)]
    seen = {seed: {stratum(each) for each in sample(population, 10, seed)} for seed in range(40)}
    assert set().union(*seen.values()) == {stratum(each) for each in population}


@given(st.integers(1, 20), st.integers(0, 3))
def test_memory_does_not_grow_with_the_run(size: int, seed: int) -> None:
    reservoir = Reservoir(size, seed)
    ranks: list[int] = []
    for number in range(2000):
        reservoir.add(candidate(number, number))
        ranks.append(sum(map(len, reservoir._kept.values())))
    assert max(ranks) <= 2 * size
    assert len(reservoir.candidates()) == size
    # What it keeps is what a sort of all by the same hash would keep.
    everything = Reservoir(2000, seed)
    for number in range(2000):
        everything.add(candidate(number, number))
    assert reservoir.candidates() == everything.candidates()[:size]
