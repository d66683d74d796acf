"""Statistics and funnel against plain counting of the same rows, and the card's numbers against both."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.describe.entities import Concepts, read_concepts
from pipeline.dataset.describe.funnel import COUNTRY_STEPS, LANGUAGE_STEPS, pictures_set_aside
from pipeline.dataset.describe.statistics import summary
from pipeline.dataset.describe.sums import Sums
from pipeline.dataset.describe.tally import label_source, tally
from pipeline.dataset.distinct import distinct
from pipeline.questions.templates import shipped_catalogue
from tests.dataset.describe.made import LABELS, Made, sitelinks
from tests.kit.assembled import row as shard_row

Row = dict[str, Any]


def document(made: Made, name: str) -> Any:
    return json.loads(made.output.directory.read(f"documents/{name}"))


def samples(made: Made) -> Iterator[tuple[Row, Row]]:
    for row in made.output.read("shards").to_pylist():
        for item in row["items"]:
            yield row, item


def counted(made: Made, key: Callable[[Row, Row], str]) -> dict[str, int]:
    return dict(Counter(key(row, item) for row, item in samples(made)))


def crossed(made: Made, key: Callable[[Row, Row], tuple[str, str]]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = {}
    for row, item in samples(made):
        first, second = key(row, item)
        found.setdefault(first, Counter())[second] += 1
    return {first: dict(counts) for first, counts in found.items()}


def popularity(row: Row) -> str:
    return "head" if row["num_sitelinks"] >= 30 else "torso" if row["num_sitelinks"] >= 6 else "tail"


def test_every_number_is_what_counting_the_shards_gives(made: Made) -> None:
    numbers = document(made, "statistics.json")
    rows = made.output.read("shards").to_pylist()
    assert numbers["num_samples"] == made.output.num_rows("index") == len(list(samples(made))) > 20
    assert numbers["num_pictures"] == len(rows)
    assert numbers["num_entities"] == len({row["qid"] for row in rows})
    for name in ("split", "country", "domain"):
        assert numbers[f"samples_by_{name}"] == counted(made, lambda row, _, name=name: row[name])  # type: ignore[misc]
    for name in ("language", "kind"):
        assert numbers[f"samples_by_{name}"] == counted(made, lambda _, item, name=name: item[name])  # type: ignore[misc]
    assert numbers["samples_by_property"] == counted(made, lambda _, item: str(item["property"]))
    assert numbers["samples_by_country_and_language"] == crossed(
        made, lambda row, item: (row["country"], item["language"])
    )
    answers = {family.name: family.answer for family in shipped_catalogue().families}
    assert numbers["samples_by_answer_type_and_kind"] == crossed(
        made, lambda _, item: (answers[item["template_id"].partition("/")[0]], item["kind"])
    )
    assert numbers["samples_by_popularity_and_kind"] == crossed(made, lambda row, item: (popularity(row), item["kind"]))
    assert list(numbers["samples_by_popularity_and_kind"]) == ["head", "tail", "torso"], "JSON is written in order"
    assert numbers["pictures_by_licence"] == dict(Counter(row["licence"] for row in rows))
    assert numbers["pictures_by_num_samples"] == dict(Counter(str(len(row["items"])) for row in rows))
    entities = {row["qid"]: row for row in rows}.values()
    assert numbers["entities_by_country"] == dict(Counter(row["country"] for row in entities))
    assert numbers["entities_by_popularity"] == dict(Counter(map(popularity, entities)))
    assert numbers["rephrase_status_by_language"] == crossed(
        made, lambda _, item: (item["language"], item["rephrase_status"] or "none")
    )
    assert numbers["judge_scores"]["fluent"] == dict(Counter(str(item["score_fluent"]) for _, item in samples(made)))
    questions = numbers["question_characters"]
    lengths = [len(item["question"]) for _, item in samples(made)]
    assert (questions["all"]["num"], questions["all"]["max"]) == (len(lengths), max(lengths))
    assert questions["all"]["p50"] == np.percentile(lengths, 50, method="inverted_cdf")
    own = [len(item["answer"]) for _, item in samples(made) if item["language"] == "sw"]
    assert numbers["answer_characters"]["by_language"]["sw"]["mean"] == pytest.approx(np.mean(own), abs=0.005)


def test_the_funnel_is_what_counting_each_stage_gives(made: Made) -> None:
    found = document(made, "funnel.json")
    concepts = made.inputs["select"].read("concepts").to_pylist()
    country = {row["qid"]: row["country"] for row in concepts}
    pictured = {row["qid"] for row in made.inputs["images"].read("images", ["qid"]).to_pylist()}
    judged = [(row, item) for row in made.inputs["judge"].read("judged").to_pylist() for item in row["items"]]
    kept = [(row, item) for row in made.inputs["arrange"].read("arranged").to_pylist() for item in row["items"]]
    steps = {
        "concepts": Counter(country.values()),
        "with_picture": Counter(country[qid] for qid in pictured),
        "pictures": Counter(row["country"] for row in made.inputs["judge"].read("judged").to_pylist()),
        "questions": Counter(row["country"] for row, _ in judged),
        "reworded": Counter(row["country"] for row, item in judged if "rephrased" in (item["rephrase_status"] or "")),
        "judged": Counter(row["country"] for row, item in judged if item["passes"] is not None),
        "passing": Counter(row["country"] for row, item in judged if item["passes"]),
        "kept": Counter(row["country"] for row, _ in kept),
        "samples": Counter(row["country"] for row, _ in samples(made)),
    }
    assert tuple(steps) == COUNTRY_STEPS
    assert found["by_country"] == {
        name: {step: counts[name] for step, counts in steps.items()} for name in sorted(set(country.values()))
    }
    of_code = {"en": ("en", "en-gb", "en-ca", "en-us"), "iw": ("he",)}
    for language, row in found["by_language"].items():
        assert tuple(row) == tuple(sorted(LANGUAGE_STEPS))
        labelled = [
            each for each in concepts if any(one["language"] in of_code.get(language, ()) for one in each["labels"])
        ]
        assert row["concepts"] == len(labelled)
        assert row["questions"] == sum(item["language"] == language for _, item in judged)
        assert row["passing"] == row["kept"] == row["samples"], "only what passes is kept here"
    assert sum(row["samples"] for row in found["by_language"].values()) == made.output.num_rows("index")
    assert [stage["stage"] for stage in found["stages"]] == [*made.inputs, "assemble"]
    assert all(stage["in"] == stage["out"] + sum(stage["not_selected"].values()) for stage in found["stages"])
    # Whatever the filters call their reasons, they stand there.
    assert {"left out: not_passing", "left out: not_judged"} < set(found["stages"][-2]["details"])


def test_pictures_that_were_set_aside_are_told_by_country_and_reason() -> None:
    concepts = Concepts(np.array([3, 20]), {"country": ["japan", "india"]}, {"country": np.array([0, 1], np.int8)}, {})
    keys = ["Q3 Mask.jpg", "Q20 A Q3.jpg", "Q20 B.jpg", "Q4 not a concept.jpg", "category of something"]
    table = pa.table({"key": keys, "reason": ["missing", "missing", "not_free", "missing", "missing"]})
    assert pictures_set_aside([table, table], concepts) == {
        "india": {"missing": 2, "not_free": 2}, "japan": {"missing": 2},
    }  # fmt: skip


def test_popularity_and_countries_are_those_of_the_concepts(made: Made) -> None:
    concepts = read_concepts(made.inputs["select"])
    rows = made.inputs["select"].read("concepts", ["qid", "country", "popularity"]).to_pylist()
    assert concepts.names_of("country", np.array([5, 2, 7])).tolist() == [
        next(row["country"] for row in rows if row["qid"] == qid) for qid in (5, 2, 7)
    ]
    assert concepts.counts("popularity") == dict(Counter(row["popularity"] for row in rows))
    assert concepts.counts("country", np.array([5, 10**9])) == {"india": 1}
    assert concepts.popularity_of[sitelinks(5)] == next(row["popularity"] for row in rows if row["qid"] == 5)


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(1, 5))
def test_sums_do_not_depend_on_how_rows_were_cut_into_shards(qids: list[int], size: int) -> None:
    rows = [with_family(shard_row(qid, "train", num_items=qid)) for qid in qids]
    parts = [tally(rows[start : start + size]) for start in range(0, len(rows), size)]
    whole, cut = Sums([tally(rows)]), Sums(parts)
    for name in set(tally(rows).column("counted").to_pylist()):
        assert whole.crossed(name) == cut.crossed(name)
    assert sum(whole.by_name("language").values()) == sum(qids)


def with_family(row: Row) -> Row:
    none = dict.fromkeys(
        ("answer_status", "passes", "answered_blind", "score_picture_shows_entity", "score_answerable",
         "score_answer_supported", "score_fluent")
    )  # fmt: skip
    return {**row, "items": [{**none, **item} for item in row["items"]]}


@given(st.dictionaries(st.integers(0, 300), st.integers(1, 9), min_size=1))
def test_percentiles_are_those_of_the_values_written_out(counts: dict[int, int]) -> None:
    found = summary(dict(sorted(counts.items())))
    values = [value for value, number in counts.items() for _ in range(number)]
    for share in (5, 25, 50, 75, 95):
        assert found[f"p{share}"] == np.percentile(values, share, method="inverted_cdf")
    assert found["mean"] == pytest.approx(np.mean(values), abs=0.0051)
    assert (found["num"], found["min"], found["max"]) == (len(values), min(values), max(values))


def test_where_the_words_of_an_answer_come_from() -> None:
    found = {label_source(*pair) for pair in LABELS}
    assert found == {"own", "variant", "mul", "other"}
    assert [label_source(*pair) for pair in (("en", "en"), ("en", "en-gb"), ("iw", "he"), ("no", "nb"))] == [
        "own", "variant", "own", "own",
    ]  # fmt: skip


@given(st.lists(st.lists(st.integers(-5, 40), max_size=30), max_size=20))
def test_distinct_values_of_many_arrays(parts: list[list[int]]) -> None:
    found = distinct((np.array(part, np.int64) for part in parts), np.int64)
    assert found.tolist() == sorted({value for part in parts for value in part})
