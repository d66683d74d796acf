"""An import as a whole: what was exported comes back, counts add up, and training reads what was counted."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from jobs.import_data import run_import
from pipeline.config import Cluster
from pipeline.dataset.export.llava import Llava
from pipeline.dataset.export.run import export
from pipeline.dataset.export.tar import Tar
from pipeline.dialogue import exchanges
from pipeline.errors import UserError
from pipeline.imports import kept_picture
from pipeline.imports.conversation import Refused
from pipeline.imports.kept_picture import Keeper, Kept
from pipeline.imports.settings import Import
from pipeline.local_executor import execute_locally
from pipeline.ray_executor import execute_on_ray
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import read_table
from pipeline.verify.stages import verify_stage
from tests.kit.assembled import three_shards
from tests.training.toy import toy_model

Row = dict[str, Any]
Outputs = tuple[StageOutput, StageOutput]
SPLITS = ("train", "validation", "test")
NAMES = ("a.json", "b.jsonl", "c.parquet")


def jpeg(seed: int, width: int = 40) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width + seed, 30), (seed * 37 % 256, seed * 91 % 256, 13)).save(buffer, "JPEG")
    return buffer.getvalue()


def llava(id: str, *texts: str, image: str | None = None, language: str = "en") -> Row:
    turns = [{"from": ("human", "gpt")[number % 2], "value": text} for number, text in enumerate(texts)]
    if image is not None:
        turns[0]["value"] = f"<image>\n{turns[0]['value']}"
    return {"id": id, **({} if image is None else {"image": image}), "language": language, "conversations": turns}


# Twelve pictures with three questions each, two of them about another entity; rows of text alone, of several turns.
ROWS = [
    *(
        llava(f"Q{1 + picture}_None", f'"What {number}?"', f'"Thing {picture}"', image=f"x/india/{picture}.jpg")
        for number in range(3)
        for picture in range(12)
    ),
    llava("Q77_P17", "From where?", "India", image="india/3.jpg", language="bn"),
    *(
        llava(f"text-{number}", f"Question {number}?", "Yes", "And?", f"No {number}", language="french")
        for number in range(9)
    ),
    llava("several", "What is it?", "A krar.", "Of what?", "Wood.", image="0.jpg"),
]
BAD = {
    "duplicate": [ROWS[0], ROWS[-2]],
    "picture_not_found": [llava("Q1_None", "a?", "b", image="nowhere.jpg")],
    "picture_broken": [llava("Q1_None", f"a{number}?", "b", image="india/broken.jpg") for number in range(3)],
    "empty_answer": [llava("Q1_None", "a?", "None", image="0.jpg")],
    "odd_row": ["no row"],
    "unknown_language": [llava("1", "a?", "b", language="tlh")],
}


@pytest.fixture(scope="module")
def processor(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Any]:
    """Folder of a processor, and the processor."""
    folder = tmp_path_factory.mktemp("processor")
    made = toy_model(1)[1]
    made.save_pretrained(folder)
    return str(folder), made


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows in three kinds of files, pictures in a folder and in a tar."""
    folder = tmp_path_factory.mktemp("published")
    tar = Tar()
    for number in range(12):
        if number % 2:
            tar.add(f"india/{number}.jpg", jpeg(number))
        else:
            open_storage(str(folder / "pictures")).write(f"india/{number}.jpg", jpeg(number))
    open_storage(str(folder / "pictures")).write("india/broken.jpg", jpeg(0)[:300])
    (folder / "odd.tar").write_bytes(tar.finish())
    parts = ROWS[::3], ROWS[1::3], ROWS[2::3]
    (folder / "a.json").write_text(json.dumps([*parts[0], *(row for rows in BAD.values() for row in rows)], indent=1))
    (folder / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in parts[1]))
    pq.write_table(pa.Table.from_pylist(parts[2]), folder / "c.parquet")
    return folder


def settings(files: Path, **changes: Any) -> Import:
    given = tuple(str(files / name) for name in NAMES)
    return Import(**{"form": "llava", "files": given, "shard_mb": 0.004, "piece_mb": 0.002, **changes})


def places(files: Path) -> list[str]:
    return [str(files / "pictures"), str(files / "odd.tar")]


def imported(files: Path, target: Storage, **changes: Any) -> Outputs:
    return run_import(settings(files, **changes), places(files), target, execute_locally)


def samples(output: StageOutput) -> Iterator[tuple[Row, Row]]:
    """Every item with its row."""
    for row in output.read("shards").to_pylist():
        for item in row["items"]:
            yield row, item


@pytest.fixture(scope="module")
def whole(files: Path, processor: tuple[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    target = open_storage(str(tmp_path_factory.mktemp("whole")))
    return imported(files, target, processor=processor[0])


def test_every_row_is_a_sample_or_set_aside_with_its_reason(whole: Outputs) -> None:
    rows, output = whole
    aside = Counter(row["reason"] for each in whole for row in each.read("quarantine").to_pylist())
    assert aside == {reason: len(given) for reason, given in BAD.items()}
    assert rows.manifest.counts.rows_in == len(ROWS) + sum(aside.values())
    assert output.manifest.counts.ok == len(ROWS) == output.num_rows("index")
    for check in [*verify_stage(rows, {}), *verify_stage(output, {"import_rows": rows})]:
        assert not check.problems, check
    summary = json.loads(output.directory.read("documents/summary.json"))
    assert (summary["rows"], summary["samples"], summary["set_aside"]) == (
        len(ROWS) + sum(aside.values()),
        len(ROWS),
        dict(aside),
    )
    assert summary["by_language"]["fr"]["samples"] == 9
    broken = [row for row in output.read("quarantine").to_pylist() if row["reason"] == "picture_broken"]
    assert all("a.json: byte " in row["key"] for row in broken)


def test_samples_say_what_the_rows_said(whole: Outputs) -> None:
    def texts(row: Row) -> tuple[str, ...]:
        return tuple(turn["value"].removeprefix("<image>\n").strip('"') for turn in row["conversations"])

    given = Counter((texts(row), row.get("image", "").rpartition("/")[2]) for row in ROWS)
    found = Counter(
        (tuple(text for pair in exchanges(item) for text in pair), row["title"].rpartition("/")[2])
        for row, item in samples(whole[1])
    )
    assert found == given


def test_pictures_are_those_that_rows_name_and_stand_once_for_each_entity(
    whole: Outputs,
) -> None:
    for row, item in samples(whole[1]):
        assert item["qid"] == row["qid"]
        if row["image"] is None:
            assert (row["sha256"], row["width"], row["height"], row["country"], row["title"]) == ("", 0, 0, "", "")
        else:
            assert row["image"] == jpeg(int(row["title"].removeprefix("india/").removesuffix(".jpg")))
            assert hashlib.sha256(row["image"]).hexdigest() == row["sha256"]
            assert row["country"] == "india"
    shown = Counter((row["qid"], row["sha256"]) for row in whole[1].read("shards").to_pylist() if row["image"])
    assert set(shown.values()) == {1}
    assert len(shown) == 12 + 2


def test_training_reads_it_and_encodes_to_the_tokens_that_were_counted(
    whole: Outputs, processor: tuple[str, Any]
) -> None:
    from training.data.encode import encode
    from training.data.places import Source, read_places
    from training.data.samples import Samples

    _, output = whole
    shards = {
        commit.partition: file.path
        for commit in output.manifest.commits
        for file in commit.files
        if file.table == "shards"
    }
    assert len(shards) > 3
    index = [file.path for file in output.files("index")]
    where = read_places([Source(output.directory.uri, shards, index, "import", "train")])
    assert len(where) == len(ROWS)
    assert len(set(where.ids.tolist())) == len(ROWS)
    rows = output.read("index").to_pylist()
    counted = {row["qa_id"]: (row["num_image_tokens"], row["num_text_tokens"]) for row in rows}
    assert where.num_tokens.tolist() == [sum(counted[number]) for number in where.ids.tolist()]

    def first(image: bytes | None, items: Sequence[Any]) -> Any:
        return encode(processor[1], image, items[0])

    load, mark = Samples(where, first, cache_bytes=0, on_corrupt="stop", tell=print), processor[1].image_token_id
    encoded = [load([position]) for position in range(len(where))]
    for number, sample in zip(where.ids.tolist(), encoded, strict=True):
        shown = int((sample.input_ids == mark).sum())
        assert counted[number] == (shown, len(sample.input_ids) - shown)
        assert (shown == 0) == (sample.pixel_values is None)
    assert sum(sample.pixel_values is not None for sample in encoded) == sum(image > 0 for image, _ in counted.values())


def test_shards_are_mixed_by_the_seed_and_do_not_depend_on_how_files_were_cut(files: Path, tmp_path: Path) -> None:
    def digests(name: str, **changes: Any) -> list[tuple[str, str]]:
        _, output = imported(files, open_storage(str(tmp_path / name)), **changes)
        return [(file.path, file.sha256) for table in ("index", "shards") for file in output.files(table)]

    once = digests("one")
    assert digests("two", piece_mb=0.0004) == once
    assert digests("three", seed=5) != once


def test_killed_while_shards_are_made_it_goes_on_from_there(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = imported(files, open_storage(str(tmp_path / "whole")))[1]
    seen: list[bytes] = []

    class Dies(Keeper):
        """Ends at the picture after so many."""

        def keep(self, files: Iterable[bytes | None]) -> list[Kept | Refused | None]:
            given = list(files)
            seen.extend(data for data in given if data is not None)
            if len(seen) > self.after:
                raise KeyboardInterrupt
            return super().keep(given)

        after = 10**6

    monkeypatch.setattr(kept_picture, "Keeper", Dies)
    target = open_storage(str(tmp_path / "killed"))
    for after in (0, 5, 4):
        monkeypatch.setattr(Dies, "after", after)
        seen.clear()
        with pytest.raises(KeyboardInterrupt):
            imported(files, target)
    seen.clear()
    monkeypatch.setattr(Dies, "after", 10**6)
    again = imported(files, target)[1]
    assert len(seen) < 12, "pictures of committed shards are not read again"
    assert again.manifest.digest == whole.manifest.digest


@pytest.mark.parametrize("quotes", [False, True])
def test_what_is_exported_comes_back(tmp_path: Path, quotes: bool) -> None:
    made = three_shards(open_storage(str(tmp_path / "assemble")))
    target = open_storage(str(tmp_path / "export"))
    export(made, "run", Llava(quotes=quotes), SPLITS, target)
    for split in SPLITS:
        given = tuple(str(tmp_path / "export" / info.path) for info in target.list(f"{split}/"))
        config = Import("llava", given, split)  # type: ignore[arg-type]
        rows, output = run_import(
            config, [f"{target.uri}/images"], open_storage(str(tmp_path / split)), execute_locally
        )
        assert rows.manifest.counts.num_quarantined == output.manifest.counts.num_quarantined == 0
        back = {item["qa_id"]: seen(row, item) for row, item in samples(output)}
        before = {item["qa_id"]: seen(row, item) for row, item in samples(made) if row["split"] == split}
        assert back == before


def seen(row: Row, item: Row) -> tuple[Any, ...]:
    """What of a sample an export tells."""
    columns = ("qid", "property", "language", "kind", "question", "answer", "choices", "answer_index")
    credits = ("split", "sha256", "image", "licence", "licence_url", "attribution", "page_url")
    return (*(item[name] for name in columns), *(row[name] for name in credits))


def test_several_turns_are_exported_too(files: Path, whole: Outputs) -> None:
    from pipeline.dataset.export.llava import sample

    row, item = next(pair for pair in samples(whole[1]) if pair[1]["later_turns"] and pair[0]["image"])
    turns = sample(row, item, quotes=False)["conversations"]
    assert [turn["value"] for turn in turns] == ["<image>\nWhat is it?", "A krar.", "Of what?", "Wood."]
    assert [turn["from"] for turn in turns] == ["human", "gpt", "human", "gpt"]


@pytest.mark.s3
def test_from_a_bucket_into_a_bucket(files: Path, s3_uri: str, tmp_path: Path) -> None:
    bucket = open_storage(s3_uri)
    for path in files.rglob("*"):
        if path.is_file():
            bucket.write(str(path.relative_to(files)), path.read_bytes())
    where = [f"{s3_uri}/pictures", f"{s3_uri}/odd.tar"]
    config = replace(settings(files), files=tuple(f"{s3_uri}/{name}" for name in NAMES))
    _, output = run_import(config, where, bucket.child("to"), execute_locally)
    _, here = imported(files, open_storage(str(tmp_path / "here")))
    for table in ("index", "shards"):
        parts = [[read_table(each.directory, file.path) for file in each.files(table)] for each in (output, here)]
        assert parts[0] == parts[1]


@pytest.mark.ray
def test_on_ray_it_is_the_same(files: Path, tmp_path: Path) -> None:
    import ray

    execute, config = execute_on_ray(Cluster(num_cpus=2, object_store_mb=80)), settings(files, shard_mb=0.02)
    try:
        made = run_import(config, places(files), open_storage(str(tmp_path / "ray")), execute)
    finally:
        ray.shutdown()
    here = run_import(config, places(files), open_storage(str(tmp_path / "here")), execute_locally)
    assert [each.manifest.digest for each in made] == [each.manifest.digest for each in here]


def test_nothing_to_import(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("[ ]")
    with pytest.raises(UserError, match=r"--from .*a\.json: holds no row"):
        run_import(
            Import("llava", (str(tmp_path / "a.json"),)), [], open_storage(str(tmp_path / "to")), execute_locally
        )
