"""What the data set promises: a run that is right passes, and each promise that is broken is found and named.

One run of the embedded sample is made; a test alters rows of it and their records, so that every hash fits.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from jobs.chain import run
from jobs.cli import main
from pipeline.dataset.settings import Assemble
from pipeline.verify.check import Check
from pipeline.verify.dataset import verify_dataset
from pipeline.verify.rules import Rules
from pipeline.verify.tokens import Tokens
from sample.build import BuiltSample
from sample.commons_server import CommonsServer
from tests.kit.few_entities import FewEntities, outputs_of
from tests.kit.sample_run import SampleRun
from tests.kit.tampered import Outputs, tampered, with_document
from tests.training.toy import toy_model

pytestmark = pytest.mark.slow

Row = dict[str, Any]
Alter = Callable[[list[Row]], object]
SETTINGS = ("questions.languages=[en, sw, ar, ja]", "questions.max_items_per_picture=60")
ATTRIBUTED = {"licence": "CC BY 4.0", "licence_family": "cc-by", "attribution_required": True, "author": ""}
INDEX = "samples stand where the index puts them, and as it says"
IDS = "ids of samples are those of entity, statements, picture, language, kind and family"
OPTIONS = "the option marked right is the answer, and no other is"
PICTURES = "shards show pictures of images, with their bytes, author and licence"
LICENCES = "pictures have licences that images.licence_families allows"
STORED = "pictures exist and match their sha256"
GROUNDS = "answers rest on statements of their entity in the dump, of the rank and date that they say"
ANSWERS = "answers are what their statements say, in the language of the sample"
SCRIPTS = "questions and answers are in the script of their language"
CONCEPTS = "concepts say what their entities say"
SPLITS = "nothing that belongs together is in two splits"
ALIKE = "no two pictures that are alike are in two splits"
LEFT_OUT = "nothing that assemble.protected and assemble.keep leave out is in the shards"
DOCUMENTS = "attribution and statistics tell what the shards hold"


@dataclass(frozen=True)
class Done:
    """A complete run, with its shards' rows."""

    run: SampleRun
    outputs: Outputs

    def check(self, outputs: Outputs | None = None, **assemble: Any) -> dict[str, Check]:
        config = self.run.config
        changed = Assemble.model_validate({**config.assemble.model_dump(), **assemble})
        rules = Rules(config.images, config.questions, changed)
        return {check.name: check for check in verify_dataset(outputs or self.outputs, self.run.storage, rules)}

    def problems(self, outputs: Outputs, **assemble: Any) -> dict[str, tuple[str, ...]]:
        return {name: check.problems for name, check in self.check(outputs, **assemble).items() if check.num_problems}

    def in_split(self, split: str) -> Iterator[int]:
        """Entities of a split."""
        index = self.outputs["assemble"].read("index", ["qid", "split"]).to_pylist()
        return iter(sorted({row["qid"] for row in index if row["split"] == split}))


@pytest.fixture(scope="module")
def done(built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory) -> Done:
    made = FewEntities(built_sample, commons, tmp_path_factory.mktemp("verified")).run("verified", *SETTINGS)
    return Done(made, outputs_of(made))


def test_a_run_that_is_right_passes_every_check(done: Done) -> None:
    checks = done.check()
    assert {name: check.problems for name, check in checks.items() if check.num_problems} == {}
    num = done.outputs["assemble"].num_rows("index")
    everything = {INDEX, IDS, GROUNDS, ANSWERS, SCRIPTS}
    assert {name: checks[name].looked_at for name in everything} == dict.fromkeys(everything, num)
    shown = done.outputs["assemble"].num_rows("shards")
    assert checks[PICTURES].looked_at == checks[DOCUMENTS].looked_at == shown > 5
    assert LEFT_OUT not in checks


def first(alter: Callable[[Row], object]) -> Alter:
    """Alter the first row."""
    return lambda rows: alter(rows[0])


def item(fits: Callable[[Row], bool] = lambda item: True, **values: Any) -> Alter:
    """Set columns of the first item that fits."""

    def alter(rows: list[Row]) -> None:
        chosen = next(item for row in rows for item in row["items"] if fits(item))
        chosen.update({name: value(chosen) if callable(value) else value for name, value in values.items()})

    return alter


def is_choice(item: Row) -> bool:
    return bool(item["kind"] == "choice")


def is_of_item(item: Row) -> bool:
    """Answered by one item, by a statement that points to it."""
    return item["value_qid"] is not None and item["property"] != 0 and item["kind"] == "open"


def each(change: Callable[[Row], object]) -> Alter:
    """Alter all rows: which of the entities are concepts is not known here."""
    return lambda rows: [change(row) for row in rows]


def statement(change: Callable[[Row], object]) -> Alter:
    return each(lambda row: change(row["statements"][0]))


BROKEN: dict[str, tuple[str, str, Alter, dict[str, str]]] = {
    "an index row is missing": ("assemble", "index", lambda rows: rows.pop(1), {INDEX: "the index does not have it"}),
    "an index row is too many": (
        "assemble", "index", lambda rows: rows.append({**rows[0], "qa_id": 99, "item": 700}),
        {INDEX: "700), which no shard holds"},
    ),
    "a sample has two index rows": (
        "assemble", "index", lambda rows: rows.append({**rows[0], "item": 700}),
        {INDEX: "700), which no shard holds", "samples have unique ids": "comes more than once in index"},
    ),
    "an index row says another language": (
        "assemble", "index", first(lambda row: row.update(language="ko")), {INDEX: "the index has another language"},
    ),
    "an index row counts other characters": (
        "assemble", "index", first(lambda row: row.update(num_characters=1)),
        {INDEX: "the index has another num_characters"},
    ),
    "an id is another": (
        "assemble", "shards", item(qa_id=10), {INDEX: "the index has another qa_id", IDS: "sample 10: its parts give"},
    ),
    "the wrong option is marked": (
        "assemble", "shards", item(is_choice, answer_index=lambda item: (item["answer_index"] + 1) % 4),
        {OPTIONS: "the option marked right is not the answer"},
    ),
    "no option is marked": (
        "assemble", "shards", item(is_choice, answer_index=None), {OPTIONS: "the option marked right is not"},
    ),
    "the answer is offered twice": (
        "assemble", "shards", item(is_choice, choices=lambda item: [item["answer"]] * 2 + ["x" * 97], answer_index=0),
        {OPTIONS: "the answer is among its options twice", INDEX: "num_characters"},
    ),
    "the shard has another picture's bytes": (
        "assemble", "shards", first(lambda row: row.update(image=b"another")), {PICTURES: "are not picture"},
    ),
    "the shard says another licence": (
        "assemble", "shards", first(lambda row: row.update(licence="CC BY 4.0")),
        {PICTURES: "has another licence than images"},
    ),
    "the shard has no attribution": (
        "assemble", "shards", first(lambda row: row.update(attribution="")),
        {PICTURES: "has another attribution than images"},
    ),
    "a picture's licence is not allowed": (
        "images", "images", first(lambda row: row.update(licence="GFDL", licence_family="gfdl", author="A")),
        {LICENCES: "licence_not_allowed: GFDL", PICTURES: "another", DOCUMENTS: "is not as images says"},
    ),
    "a licence is taken for one of a better family": (
        "images", "images", first(lambda row: row.update(licence="GFDL")),
        {LICENCES: "licence 'GFDL' is not of the family cc0", PICTURES: "licence", DOCUMENTS: "is not as images"},
    ),
    "nobody is named where a name is asked for": (
        "images", "images",
        first(lambda row: row.update(ATTRIBUTED)),
        {LICENCES: "no_author", PICTURES: "author, licence", DOCUMENTS: "is not as images says"},
    ),
    "a picture has no line of attribution": (
        "images", "images", first(lambda row: row.update(attribution=" ")),
        {LICENCES: "has no line of attribution", PICTURES: "attribution", DOCUMENTS: "is not as images says"},
    ),
    "an answer rests on nothing": (
        "assemble", "shards", item(statement_ids=[]),
        {GROUNDS: "rests on no statement", IDS: "its parts give", ANSWERS: "none of which has a value"},
    ),
    "an answer rests on what the dump does not have": (
        "assemble", "shards", item(is_of_item, statement_ids=["Q1$NONE"]),
        {GROUNDS: "Q1$NONE, which entities does not have", IDS: "its parts", ANSWERS: "none of which has a value"},
    ),
    "a rank is another": (
        "assemble", "shards", item(is_of_item, rank="preferred"), {GROUNDS: "entities says normal"},
    ),
    "a date of the dump is another": (
        "assemble", "shards", item(dump_date="2025-01-01"), {GROUNDS: "is of the dump of 2025-01-01"},
    ),
    "a property is another": (
        "assemble", "shards", item(is_of_item, property=999),
        {GROUNDS: "asks for P999 and rests on no statement of it", INDEX: "property", DOCUMENTS: "samples_by_property"},
    ),
    "the item that answers is another": (
        "assemble", "shards", item(is_of_item, value_qid=5), {GROUNDS: "answers with Q5", ANSWERS: "Q5"},
    ),
    "the answer is no longer what the statement says": (
        "assemble", "shards", item(is_of_item, original_answer="Lost Atlantis", answer="Lost Atlantis"),
        {ANSWERS: "says 'Lost Atlantis'", INDEX: "num_characters"},
    ),
    "the label is of another language than is said": (
        "assemble", "shards", item(is_of_item, answer_label_language="de"), {ANSWERS: "(de, "},
    ),
    "a statement of an entity is another": (
        "extract", "entities", statement(lambda said: said.update(rank="deprecated")), {CONCEPTS: "rank 'normal'"},
    ),
    "a statement of an entity points elsewhere": (
        "extract", "entities", statement(lambda said: said.update(qid=5, type="wikibase-entityid")), {CONCEPTS: "qid "},
    ),
    "an entity has lost a statement": (
        "extract", "entities", each(lambda row: row["statements"].pop(0)), {CONCEPTS: "its entity"},
    ),
    "an entity is gone": ("extract", "entities", lambda rows: rows.clear(), {CONCEPTS: "is no entity of extract"}),
    "a question is in another script": (
        "assemble", "shards", item(lambda item: item["language"] == "ar", question="What is this called, please?"),
        {SCRIPTS: "letters of the question are of another script", INDEX: "num_characters"},
    ),
    "an answer is reworded in another script": (
        "assemble", "shards", item(lambda item: item["language"] == "ja", answer=lambda item: "вот " + item["answer"]),
        {SCRIPTS: "'вот' of another script beside its label", INDEX: "num_characters"},
    ),
    "a date is written as another language does": (
        "assemble", "shards",
        item(lambda item: item["language"] == "ar" and item["property"] == 571 and not is_choice(item),
             original_answer="year 1850", answer="year 1850"),
        {SCRIPTS: "the date or quantity has 'year'", ANSWERS: "says 'year 1850'", INDEX: "num_characters"},
    ),
    "a sample is in another split than its entity": (
        "assemble", "index", first(lambda row: row.update(split="train" if row["split"] == "test" else "test")),
        {INDEX: "another split", SPLITS: " is in ", ALIKE: "differ in 0 bits"},
    ),
    "a concept comes twice": (
        "select", "concepts", lambda rows: rows.append(rows[0]), {"concepts have unique ids": "comes more than once"},
    ),
}  # fmt: skip
# What cannot be told from the first rows alone: a breach may be found by more checks than the one it is for.
ALSO = {ALIKE, DOCUMENTS, GROUNDS, ANSWERS, PICTURES}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found_and_named(done: Done, name: str) -> None:
    stage, table, alter, expected = BROKEN[name]
    found = done.problems(tampered(done.outputs, stage, table, alter))
    for check, words in expected.items():
        assert any(words in problem for problem in found.get(check, ())), (check, found)
    assert set(found) - set(expected) <= (ALSO if stage != "assemble" else set()), found


# Splits: whichever way two entities are joined, their being parted is found, and the way told.


def add_statement(one: int, other: int, rank: str) -> Alter:
    def alter(rows: list[Row]) -> None:
        row = next(row for row in rows if row["qid"] == one)
        said = {"statement_id": f"Q{one}$460", "property": 460, "rank": rank, "best": True, "snaktype": "value"}
        row["statements"].append({**said, "type": "wikibase-entityid", "qid": other})

    return alter


def partition_with(outputs: Outputs, stage: str, table: str, qid: int) -> int:
    commits = [
        [file for file in commit.files if file.table == table and file.rows]
        for commit in outputs[stage].manifest.commits
    ]
    holding = [files for files in commits if files]
    for number, [file] in enumerate(holding):
        data = outputs[stage].directory.read(file.path)
        if qid in pq.read_table(io.BytesIO(data), columns=["qid"]).column("qid").to_pylist():
            return number
    raise AssertionError(qid)


def test_twins_in_two_splits_are_found_unless_the_statement_is_deprecated(done: Done) -> None:
    one, other = next(done.in_split("train")), next(done.in_split("test"))
    number = partition_with(done.outputs, "select", "concepts", one)
    found = {
        rank: done.problems(tampered(done.outputs, "select", "concepts", add_statement(one, other, rank), number))
        for rank in ("normal", "deprecated")
    }
    [problem] = found["normal"][SPLITS]
    assert {f"Q{one} is in train", f"Q{other} in test"} <= set(problem.partition(":")[0].split(" and ")) or (
        f"Q{other} is in test and Q{one} in train" in problem
    )
    assert "is said to be the same as" in problem
    assert SPLITS not in found["deprecated"]


def test_a_picture_that_two_splits_share_is_found(done: Done) -> None:
    one, other = next(done.in_split("train")), next(done.in_split("test"))
    images = {row["qid"]: row for row in done.outputs["images"].read("images").to_pylist()}
    found = done.problems(
        tampered(done.outputs, "images", "images", lambda rows: rows.append({**images[other], "qid": one}))
    )
    [problem] = found[SPLITS]
    assert f"shows picture {images[other]['sha256'][:16]} is shown by" in problem


def near(*digests: str) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"sha256": list(digests), "group": [digests[0]] * len(digests)}), buffer)
    return buffer.getvalue()


def test_near_duplicates_in_two_splits_are_found(done: Done) -> None:
    one, other = next(done.in_split("train")), next(done.in_split("test"))
    images = {row["qid"]: row for row in done.outputs["images"].read("images").to_pylist()}
    document = near(images[one]["sha256"], images[other]["sha256"])
    found = done.problems(with_document(done.outputs, "images", "near_duplicates.parquet", document))
    [problem] = found[SPLITS]
    assert "is a near duplicate of picture" in problem
    # And without a word of the document, by the hashes themselves.
    alike = tampered(
        done.outputs, "images", "images",
        lambda rows: next(row for row in rows if row["qid"] == one).update(phash=images[other]["phash"] ^ 0b11),
        partition_with(done.outputs, "images", "images", one),
    )  # fmt: skip
    found = done.problems(alike)
    assert SPLITS not in found
    [problem] = found[ALIKE]
    assert "differ in 2 bits" in problem


# What was to be left out.


def test_what_a_list_protects_is_found_by_entity_picture_and_question(done: Done, tmp_path: Path) -> None:
    shards = done.outputs["assemble"].read("shards", ["qid", "sha256", "items"]).to_pylist()
    phashes = {row["sha256"]: row["phash"] for row in done.outputs["images"].read("images").to_pylist()}
    told = next(item for row in shards for item in row["items"] if "“" in item["question"] and item["language"] == "sw")
    lists = {
        "qid": {"qid": shards[0]["qid"]},
        "picture": {"phash": phashes[shards[1]["sha256"]]},
        "question": {"question": told["question"], "language": "sw"},
        "nothing": {"qid": 999999999},
    }
    for kind, row in lists.items():
        file = tmp_path / f"{kind}.jsonl"
        file.write_text(json.dumps(row), encoding="utf-8")
        check = done.check(protected=(str(file),))[LEFT_OUT]
        assert (check.num_problems > 0) == (kind != "nothing")
        assert all(f"protected_{kind}:{kind}" in problem for problem in check.problems)


def test_samples_that_did_not_pass_are_found(done: Done) -> None:
    def judged(passes: bool) -> Alter:
        return lambda rows: [item.update(passes=passes) for row in rows for item in row["items"]]

    num = done.outputs["assemble"].num_rows("index")
    check = done.check(keep="passing")[LEFT_OUT]
    assert check.num_problems == num
    assert "was not judged" in check.problems[0]
    half = tampered(done.outputs, "assemble", "shards", judged(passes=True))
    assert done.check(half, keep="passing")[LEFT_OUT].num_problems < num
    fails = tampered(done.outputs, "assemble", "shards", judged(passes=False))
    assert "does not pass" in done.check(fails, keep="passing")[LEFT_OUT].problems[0]


def test_a_list_that_cannot_be_read_fails_its_check_alone(done: Done) -> None:
    found = done.problems(done.outputs, protected=("/nowhere/list.jsonl",))
    assert set(found) == {LEFT_OUT}
    assert "cannot be checked: " in found[LEFT_OUT][0]


# Documents.


def changed_credits(change: Callable[[list[Row]], object]) -> Callable[[bytes], bytes]:
    def alter(data: bytes) -> bytes:
        table = pq.read_table(io.BytesIO(data))
        rows = table.to_pylist()
        change(rows)
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), buffer)
        return buffer.getvalue()

    return alter


def changed_numbers(**values: Any) -> Callable[[bytes], bytes]:
    return lambda data: json.dumps({**json.loads(data), **values}).encode()


@pytest.mark.parametrize(
    ("name", "alter", "words"),
    [
        ("ATTRIBUTION.parquet", changed_credits(lambda rows: rows.pop()), "lacks 1 of "),
        ("ATTRIBUTION.parquet", changed_credits(lambda rows: rows.append(rows[0] | {"sha256": "f"})), "is in no shard"),
        ("ATTRIBUTION.parquet", changed_credits(lambda rows: rows[0].update(author="B")), "is not as images says"),
        ("ATTRIBUTION.parquet", lambda data: data[:20], "cannot be checked"),
        ("statistics.json", changed_numbers(num_samples=1), "num_samples is 1, the shards have "),
        ("statistics.json", changed_numbers(samples_by_language={"en": 1}), 'samples_by_language is {"en": 1}'),
        ("statistics.json", lambda data: b"{", "cannot be checked"),
    ],
)  # fmt: skip
def test_documents_are_compared_with_the_shards(
    done: Done, name: str, alter: Callable[[bytes], bytes], words: str
) -> None:
    data = done.outputs["assemble"].directory.read(f"documents/{name}")
    found = done.problems(with_document(done.outputs, "assemble", name, alter(data)))
    assert set(found) == {DOCUMENTS}
    assert words in found[DOCUMENTS][0]


# Tokens, where a processor counts them.


@pytest.fixture(scope="module")
def counted(done: Done, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """The same with token counts: only `assemble` is done again."""
    folder = tmp_path_factory.mktemp("processor")
    toy_model(1)[1].save_pretrained(folder)
    made = replace(done.run, overrides=(*done.run.overrides, f"assemble.processor={folder}"))
    run(made.config, last="assemble", local=True)
    return Done(made, outputs_of(made))


@pytest.mark.parametrize("column", ["num_text_tokens", "num_image_tokens"])
def test_token_counts_are_counted_again(counted: Done, column: str) -> None:
    check = counted.check()[Tokens.name]
    assert (check.num_problems, check.looked_at) == (0, counted.outputs["assemble"].num_rows("index"))
    found = counted.problems(
        tampered(counted.outputs, "assemble", "index", first(lambda row: row.update({column: row[column] + 1})))
    )
    assert set(found) == {Tokens.name}
    assert "tokens of text and picture, the processor " in found[Tokens.name][0]


# What cannot be read.


def test_a_file_that_cannot_be_read_fails_the_checks_that_need_it_and_leaves_the_others(done: Done) -> None:
    [file, *_] = done.outputs["select"].files("concepts")
    directory = done.outputs["select"].directory
    data = directory.read(file.path)
    directory.write(file.path, b"not parquet")
    try:
        found = done.problems(done.outputs)
    finally:
        directory.write(file.path, data)
    assert set(found) == {"concepts have unique ids", CONCEPTS, SPLITS, GROUNDS, ANSWERS}
    assert all(problems[0].startswith("cannot be checked: ") for problems in found.values())


def test_a_picture_that_is_gone_from_the_store_is_found(done: Done) -> None:
    [pack, *_] = [info.path for info in done.run.storage.list("pictures/") if info.path.endswith(".pack")] or [
        info.path for info in done.run.storage.list("pictures/")
    ]
    data = done.run.storage.read(pack)
    done.run.storage.delete(pack)
    try:
        found = done.problems(done.outputs)
    finally:
        done.run.storage.write(pack, data)
    assert set(found) == {STORED}


def test_a_stage_that_is_missing_is_told(done: Done) -> None:
    outputs = {name: output for name, output in done.outputs.items() if name != "images"}
    assert done.problems(outputs) == {"the data set is complete": ("images is not complete",)}


def test_the_command_tells_the_first_problems_and_how_many_there_are(
    done: Done, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(done.run.arguments("verify")) == 0
    printed = capsys.readouterr()
    assert "FAIL" not in printed.out
    assert f"ok   {ANSWERS}" in printed.out
    assert "made again for all samples of " in printed.out
    assert "verify" in printed.err
    arguments = done.run.arguments("verify", "--set", "images.licence_families=[pd]")
    assert main(arguments) == 1
    assert "FAIL not complete: " in capsys.readouterr().out
