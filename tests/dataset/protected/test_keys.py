from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from pipeline.commons.normalise import normalise
from pipeline.dataset.protected.benchmarks import benchmarks
from pipeline.dataset.protected.keys import COLUMNS, load_all, load_protected, question_key
from pipeline.errors import ConfigError, InputError, StorageError
from tests.kit.real_input import ABSENT, SHARED, photographs

Row = dict[str, Any]


def write(path: Path, *rows: Row) -> str:
    if path.suffix == ".jsonl":
        path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    else:
        pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return str(path)


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").rotate(30).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_file_of_all_columns(tmp_path: Path, suffix: str) -> None:
    uri = write(
        tmp_path / f"mine.{suffix}",
        {"qid": "Q42", "phash": None, "question": "Why?", "language": "sw", "answer": "Because", "other": 1},
        {"qid": "7", "phash": -1, "question": None, "language": None, "answer": None, "other": 2},
        {"qid": None, "phash": None, "question": "What?", "language": "he", "answer": None, "other": 3},
    )
    found = load_protected(uri)
    assert (found.name, found.num_rows, found.qids.tolist()) == ("mine", 3, [7, 42])
    assert found.phashes.tolist() == [2**64 - 1]
    assert set(found.questions.tolist()) == {question_key("sw", "why", "BECAUSE"), question_key("iw", "What")}


def test_hashes_as_integers_and_as_digits_are_the_same(tmp_path: Path) -> None:
    uri = write(tmp_path / "a.jsonl", {"phash": "ffffffffffffff00"}, {"phash": -256}, {"phash": 2**64 - 256})
    assert load_protected(uri).phashes.tolist() == [2**64 - 256]


def test_numbers_with_holes_as_pandas_writes_them(tmp_path: Path) -> None:
    uri = write(tmp_path / "a.parquet", {"qid": 42.0, "phash": None}, {"qid": None, "phash": 5})
    assert load_protected(uri).qids.tolist() == [42]


def test_a_folder_is_one_list(tmp_path: Path) -> None:
    folder = tmp_path / "cvqa.v2"
    folder.mkdir()
    write(folder / "one.jsonl", {"qid": 1})
    write(folder / "two.parquet", {"qid": 2})
    (folder / "README.md").write_text("of no matter")
    found = load_protected(str(folder))
    assert (found.name, found.qids.tolist()) == ("cvqa.v2", [1, 2])


@pytest.mark.parametrize("as_struct", [True, False])
def test_pictures_are_hashed_as_ours_are(tmp_path: Path, as_struct: bool) -> None:
    image = {"bytes": picture(), "path": "a.png"} if as_struct else picture()
    uri = write(tmp_path / "a.parquet", {"image": image})
    expected = normalise(picture(), max_pixels=10**8, max_side_px=360).phash % 2**64
    assert load_protected(uri).phashes.tolist() == [expected]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"answer": "x"}, "has none of qid, phash, image, question"),
        ({"qid": "P31"}, "qid 'P31' is no item"),
        ({"qid": 0}, "qid 0 is no item"),
        ({"qid": True}, "qid True is no item"),
        ({"phash": "abc"}, "16 hexadecimal digits"),
        ({"phash": 2**64 - 1 + 0.5}, "neither a 64-bit integer"),
        ({"image": "a.jpg"}, "image has no bytes"),
        ({"question": "Why?"}, "without its language"),
        ({"question": "Why?", "language": "Swahili"}, "write sw for Swahili"),
        ({"question": "Why?", "language": "('Swahili', 'Kenya')"}, "is no code"),
        ({"question": 5, "language": "sw"}, "question 5 is no text"),
        ({"question": " ", "language": "sw"}, "the question is empty"),
    ],
)
def test_errors_name_file_and_row(tmp_path: Path, row: Row, message: str) -> None:
    uri = write(tmp_path / "mine.jsonl", {"qid": 1}, row)
    with pytest.raises(InputError, match=message) as error:
        load_protected(uri)
    assert str(error.value).startswith(f"{uri}, row 2: ")


def test_a_picture_that_cannot_be_decoded_is_named(tmp_path: Path) -> None:
    rows = [{"image": picture()}, {"image": b"<html>"}]
    with pytest.raises(InputError, match=r"mine.parquet, row 2: image: .*page instead of a picture"):
        load_protected(write(tmp_path / "mine.parquet", *rows))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.jsonl", b'{"qid": 1}\n{"qid"', "a.jsonl, row 2: is no JSON"),
        ("a.jsonl", b"[1]", "a.jsonl, row 1: is no object"),
        ("a.parquet", b"PAR1 but no", "a.parquet: cannot be read as parquet"),
    ],
)
def test_damaged_files_are_named(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message):
        load_protected(str(tmp_path / name))


def test_a_table_of_other_columns_says_which_it_has(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none of the columns qid, phash, image, question, but Question, Label"):
        load_protected(write(tmp_path / "cvqa.parquet", {"Question": "Why?", "Label": 1}))


def test_nothing_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file"):
        load_protected(str(tmp_path))
    with pytest.raises(StorageError, match="absent"):
        load_protected(str(tmp_path / "absent.jsonl"))


def test_two_lists_of_one_name_are_refused(tmp_path: Path) -> None:
    one = write(tmp_path / "a.jsonl", {"qid": 1})
    other = write(tmp_path / "a.parquet", {"qid": 1})
    with pytest.raises(ConfigError, match="both called a"):
        load_all([one, other])
    assert [each.name for each in load_all([one])] == ["a"]


def test_known_benchmarks_say_where_from_and_under_which_licence() -> None:
    assert {"cvqa", "culturalvqa", "merlin", "marvl", "xgqa", "maxm", "xm100", "worldcuisines"} <= set(benchmarks())
    for name, each in benchmarks().items():
        assert name.isidentifier()
        assert each.source.startswith("https://")
        assert each.licence
        assert each.has
        assert set(each.has) <= set(COLUMNS)
        assert ("question" in each.has) <= ("language" in each.has)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_real_photographs_in_a_list(tmp_path: Path) -> None:
    files = [path.read_bytes() for path, _, _ in photographs()][:6]
    found = load_protected(write(tmp_path / "real.parquet", *({"image": data} for data in files)))
    assert len(found.phashes) == len(files)
