"""What comes out of an export, loaded by the libraries it is made for, is what went in: every item, every picture."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import webdataset
import yaml
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.dataset.export.form import Form, gathered
from pipeline.dataset.export.hub import Hub
from pipeline.dataset.export.llava import IMAGE_TOKEN, Llava, sample
from pipeline.dataset.export.run import export
from pipeline.dataset.export.webdataset import WebDataset
from pipeline.dialogue import answer_text, question_text
from pipeline.schema import QA_ITEM, SPLITS
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from tests.kit.assembled import Row, all_rows, assembled, item, row, three_shards

FORMS: dict[str, Form] = {"llava": Llava(), "quotes": Llava(quotes=True), "datasets": Hub(), "webdataset": WebDataset()}


@pytest.fixture
def made(tmp_path: Path) -> StageOutput:
    return three_shards(open_storage(str(tmp_path / "assemble")))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def exported(output: StageOutput, form: Form, to: Path, splits: Sequence[str] = SPLITS) -> dict[str, bytes]:
    export(output, "run", form, splits, open_storage(str(to)))
    return {str(path.relative_to(to)): path.read_bytes() for path in sorted(to.rglob("*")) if path.is_file()}


class TestLlava:
    @pytest.mark.parametrize("quotes", [False, True])
    def test_every_item_and_picture(self, made: StageOutput, tmp_path: Path, quotes: bool) -> None:
        files = exported(made, Llava(quotes), tmp_path / "out")
        for split in SPLITS:
            listed = [entry["json_path"] for entry in yaml.safe_load(files[f"{split}.yaml"])["datasets"]]
            samples = [each for path in listed for each in json.loads(files[path])]
            pictures = self.pictures(files, split)
            expected = [(each, asked) for each in all_rows(made, split) for asked in each["items"]]
            assert len(samples) == len(expected)
            for found, (each, asked) in zip(samples, expected, strict=True):
                human, gpt = found["conversations"]
                assert (human["from"], gpt["from"]) == ("human", "gpt")
                texts = [human["value"].removeprefix(IMAGE_TOKEN), gpt["value"]]
                if quotes:
                    assert all(text[0] == text[-1] == '"' for text in texts)
                    texts = [text[1:-1] for text in texts]
                assert texts == [question_text(asked), answer_text(asked)]
                assert human["value"].startswith("<image>\n")
                assert (found["qa_id"], found["language"], found["kind"]) == (
                    asked["qa_id"], asked["language"], asked["kind"],
                )  # fmt: skip
                assert pictures[found["image"]] == each["image"]
                for credit in ("licence", "licence_url", "attribution", "page_url"):
                    assert found[credit] == each[credit]

    @staticmethod
    def pictures(files: dict[str, bytes], split: str) -> dict[str, bytes]:
        found = {}
        for path, data in files.items():
            if path.startswith(f"images/{split}-"):
                with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                    members = tar.getmembers()
                    assert [each.name for each in members] == sorted({each.name for each in members})
                    assert {(each.mtime, each.uid, each.gid, each.uname, each.mode) for each in members} == {
                        (0, 0, 0, "", 0o644)
                    }
                    found.update({each.name: tar.extractfile(each).read() for each in members})  # type: ignore[union-attr]
        return found

    def test_the_published_form(self) -> None:
        """Field for field what notes on the published files show; the name is asked for by no property."""
        picture = row(27797552, "train")
        asked = {**item(27797552, 0), "question": "What is it?", "answer": "A dish"}
        found = sample(picture, asked, quotes=True)
        assert {key: found[key] for key in ("id", "conversations", "language")} == {
            "id": "Q27797552_None",
            "conversations": [
                {"from": "human", "value": '<image>\n"What is it?"'},
                {"from": "gpt", "value": '"A dish"'},
            ],
            "language": "de",
        }
        assert sample(picture, {**asked, "property": 186}, quotes=True)["id"] == "Q27797552_P186"

    @given(st.text(), st.text())
    def test_quotes_can_be_taken_off_again(self, question: str, answer: str) -> None:
        picture, asked = row(1, "train", num_items=0), {**item(1, 0), "question": question, "answer": answer}
        plain, quoted = sample(picture, asked, quotes=False), sample(picture, asked, quotes=True)
        for turn, prefix in ((0, IMAGE_TOKEN), (1, "")):
            bare, wrapped = (each["conversations"][turn]["value"].removeprefix(prefix) for each in (plain, quoted))
            assert wrapped[1:-1] == bare
            assert wrapped == f'"{bare}"'


class TestDatasets:
    @pytest.mark.parametrize("streaming", [False, True])
    def test_every_picture_with_its_items(self, made: StageOutput, tmp_path: Path, streaming: bool) -> None:
        exported(made, Hub(), tmp_path / "out")
        loaded = self.load(tmp_path, streaming=streaming)
        assert list(loaded) == list(SPLITS)
        for split in SPLITS:
            expected = all_rows(made, split)
            found = list(loaded[split])
            assert [self.rest(each) for each in found] == [self.rest(each) for each in expected]
            for each, original in zip(found, expected, strict=True):
                with Image.open(io.BytesIO(original["image"])) as picture:
                    assert isinstance(each["image"], Image.Image)
                    assert (each["image"].size, each["image"].tobytes()) == (picture.size, picture.tobytes())
            raw = loaded[split].cast_column("image", datasets.Image(decode=False))
            assert [each["image"]["bytes"] for each in raw] == [each["image"] for each in expected]

    @staticmethod
    def rest(each: Row) -> Row:
        return {key: value for key, value in each.items() if key != "image"}

    @staticmethod
    def load(tmp_path: Path, *config: str, **options: Any) -> Any:
        return datasets.load_dataset(str(tmp_path / "out"), *config, cache_dir=str(tmp_path / "cache"), **options)

    def test_every_item_as_a_row(self, made: StageOutput, tmp_path: Path) -> None:
        exported(made, Hub(), tmp_path / "out")
        loaded = self.load(tmp_path, "questions")
        for split in SPLITS:
            expected = [
                {**{key: value for key, value in self.rest(each).items() if key != "items"}, **item}
                for each in all_rows(made, split)
                for item in each["items"]
            ]
            assert list(loaded[split]) == expected

    def test_the_way_from_a_question_to_its_picture(self, made: StageOutput, tmp_path: Path) -> None:
        """As the folder's README says."""
        exported(made, Hub(), tmp_path / "out")
        pictures, questions = self.load(tmp_path)["train"], self.load(tmp_path, "questions")["train"]
        pictures = pictures.cast_column("image", datasets.Image(decode=False))
        place = {sha256: number for number, sha256 in enumerate(pictures["sha256"])}
        of_item = {item["qa_id"]: each["image"] for each in all_rows(made, "train") for item in each["items"]}
        for question in questions:
            assert pictures[place[question["sha256"]]]["image"]["bytes"] == of_item[question["qa_id"]]

    def test_columns_are_typed_also_where_all_are_null(self, made: StageOutput, tmp_path: Path) -> None:
        exported(made, Hub(), tmp_path / "out")
        features = self.load(tmp_path)["test"].features
        assert features["image"] == datasets.Image()
        assert features["width"] == datasets.Value("int32")
        of_item = self.load(tmp_path, "questions")["test"].features
        assert of_item["rephrase_model"] == datasets.Value("string")
        assert of_item["choices"] == datasets.List(datasets.Value("string"))
        assert {name: features["items"].feature[name] for name in features["items"].feature} == {
            field.name: of_item[field.name] for field in QA_ITEM
        }

    def test_the_metadata_alone_say_so(self, made: StageOutput, tmp_path: Path) -> None:
        """The hub reads a file's footer, not the README."""
        files = exported(made, Hub(), tmp_path / "out")
        schema = pq.read_schema(io.BytesIO(files["pictures/train-000000.parquet"]))
        assert datasets.Features.from_arrow_schema(schema)["image"] == datasets.Image()

    def test_a_split_that_is_left_out_is_not_there(self, made: StageOutput, tmp_path: Path) -> None:
        files = exported(made, Hub(), tmp_path / "out", ["train", "test"])
        assert list(self.load(tmp_path)) == ["train", "test"]
        assert not [path for path in files if "validation" in path]


class TestWebDataset:
    @pytest.mark.parametrize("tar_bytes", [1 << 30, 20_000, 1])
    def test_every_picture_with_its_items(self, made: StageOutput, tmp_path: Path, tar_bytes: int) -> None:
        files = exported(made, WebDataset(tar_bytes), tmp_path / "out")
        for split in SPLITS:
            tars = [str(tmp_path / "out" / path) for path in files[f"{split}.txt"].decode().split()]
            found = list(webdataset.WebDataset(tars, shardshuffle=False))
            expected = all_rows(made, split)
            assert [each["jpg"] for each in found] == [each["image"] for each in expected]
            assert [json.loads(each["json"]) for each in found] == [TestDatasets.rest(each) for each in expected]
            assert len({each["__key__"] for each in found}) == len(found)
            decoded = list(webdataset.WebDataset(tars, shardshuffle=False).decode("pil"))
            assert all(isinstance(each["jpg"], Image.Image) for each in decoded)

    def test_tars_keep_to_their_size(self, made: StageOutput, tmp_path: Path) -> None:
        files = exported(made, WebDataset(20_000), tmp_path / "out")
        tars = {path: data for path, data in files.items() if path.endswith(".tar")}
        assert any(path.endswith("-01.tar") for path in tars)
        for data in tars.values():
            with tarfile.open(fileobj=io.BytesIO(data)) as tar:
                used = sum(512 + -(-each.size // 512) * 512 for each in tar.getmembers())
                assert used <= 20_000 or len(tar.getmembers()) == 2


@pytest.mark.parametrize("form", FORMS)
def test_credits_travel_with_the_folder(made: StageOutput, tmp_path: Path, form: str) -> None:
    files = exported(made, FORMS[form], tmp_path / "out")
    assert files["ATTRIBUTION.parquet"] == made.directory.read("documents/ATTRIBUTION.parquet")
    readme = files["README.md"].decode()
    assert "# A data set" in readme
    assert "## How to load" in readme
    assert "| `attribution` | string | the line to print beside the picture |" in readme
    assert "preview.html" not in files


def test_the_front_matter_of_the_card_stays_but_for_what_describes_the_shards(tmp_path: Path) -> None:
    card = (
        "---\nlicense: other\nlanguage:\n- zh\nconfigs:\n- config_name: shards\n---\n\n# Title\n\ntext\n\n---\n\nmore\n"
    )
    made = three_shards(open_storage(str(tmp_path / "assemble")), card=card)
    for name, form in FORMS.items():
        text = exported(made, form, tmp_path / name)["README.md"].decode()
        _, block, body = text.split("---\n", 2)
        front = yaml.safe_load(block)
        assert (front["license"], front["language"]) == ("other", ["zh"])
        names = [config["config_name"] for config in front.get("configs", ())]
        assert names == (["pictures", "questions"] if name == "datasets" else [])
        assert body.lstrip().startswith("# Title\n\ntext\n\n---\n\nmore\n")


@pytest.mark.parametrize("form", FORMS)
def test_bytes_depend_on_the_rows_alone(tmp_path: Path, form: str) -> None:
    """Not on the shard's row groups, nor on the hour."""
    rows = [row(qid, SPLITS[qid % 3], num_items=qid % 9 + 1) for qid in range(1, 300)]
    made = assembled(open_storage(str(tmp_path / "a")), [rows])
    first = exported(made, FORMS[form], tmp_path / "first")
    counted = [file["rows"] for unit in json.loads(first["manifest.json"])["shards"] for file in unit["files"]]
    samples = sum(len(each["items"]) for each in rows)
    assert sum(counted) == len(rows) + (0 if form == "webdataset" else samples)
    file = made.manifest.commits[0].files[0]
    table = pq.read_table(io.BytesIO(made.directory.read(file.path)))
    regrouped = io.BytesIO()
    pq.write_table(table, regrouped, row_group_size=7)
    other = open_storage(str(tmp_path / "b"))
    again = recorded(other, file.path, regrouped.getvalue(), made)
    second = exported(again, FORMS[form], tmp_path / "second")
    assert {path for path in first if path != "manifest.json"} == {path for path in second if path != "manifest.json"}
    assert all(first[path] == second[path] for path in first if path != "manifest.json")


def recorded(directory: Storage, path: str, data: bytes, like: StageOutput) -> StageOutput:
    """An output of one shard with these bytes and the documents of another."""
    directory.write(path, data)
    for document in like.manifest.documents:
        directory.write(document.path, like.directory.read(document.path))
    commit = like.manifest.commits[0]
    file = replace(commit.files[0], size=len(data), sha256=hashlib.sha256(data).hexdigest())
    record = CommitRecord("assemble", commit.partition, commit.input_rows, Counts("pictures", 0, 0), (file,))
    manifest = Manifest("assemble", "f" * 16, (record,), like.manifest.documents)
    directory.write("manifest.json", manifest.to_json())
    return StageOutput(directory, manifest)


@given(st.lists(st.integers(0, 20), max_size=12), st.integers(1, 9))
def test_gathering_keeps_every_row_in_order(sizes: list[int], rows: int) -> None:
    numbers = iter(range(sum(sizes)))
    tables = [pa.table({"n": pa.array([next(numbers) for _ in range(size)], pa.int64())}) for size in sizes]
    found = list(gathered(iter(tables), rows))
    assert [n for table in found for n in table.column("n").to_pylist()] == list(range(sum(sizes)))
    assert all(table.num_rows == rows for table in found[:-1])
    assert all(0 < table.num_rows <= rows for table in found)
