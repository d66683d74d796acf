"""A local copy that is not as published is refused with file, row and column; one that is gives its rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.tasks.listing import TASKS
from eval.tasks.places import country_key, language_code, language_of_name
from eval.tasks.reading import TEXT, TEXTS, WHOLE, files, files_named, in_full, picture, rows, split_of, type_name
from pipeline import vocabulary
from pipeline.errors import InputError
from tests.eval.tasks.copies import FILES, png, write, write_copy

EACH_COLUMN = [(name, column) for name in FILES for column in TASKS[name].columns]
COLUMNS = {"text": TEXT, "texts": TEXTS, "number": WHOLE}
ROW = {"text": "a", "texts": ["b", "c"], "number": 3}


@pytest.mark.parametrize(("name", "column"), EACH_COLUMN)
def test_a_missing_column_is_told_with_its_file(name: str, column: str, tmp_path: Path) -> None:
    file = write_copy(name, tmp_path)
    pq.write_table(pq.read_table(file).drop_columns([column]), file)
    with pytest.raises(InputError, match=f"{file}: has no column {column}, .*, but "):
        list(TASKS[name].read(tmp_path))


@pytest.mark.parametrize(("name", "column"), EACH_COLUMN)
def test_a_column_of_another_type_is_told_with_both(name: str, column: str, tmp_path: Path) -> None:
    file = write_copy(name, tmp_path)
    table = pq.read_table(file)
    place = table.column_names.index(column)
    pq.write_table(table.set_column(place, column, pa.array([0.5] * table.num_rows)), file)
    with pytest.raises(InputError, match=f"{file}: column {column} is double; .* is wanted"):
        list(TASKS[name].read(tmp_path))


@pytest.mark.parametrize(("name", "column"), EACH_COLUMN)
def test_a_row_without_a_value_is_told_with_its_number(name: str, column: str, tmp_path: Path) -> None:
    file = write_copy(name, tmp_path, **{column: None})
    with pytest.raises(InputError, match=f"{file}, row 1: column {column} has no value"):
        list(TASKS[name].read(tmp_path))


@pytest.mark.parametrize("bad", [b"", b"no picture", png(1)[:-30], {"bytes": None, "path": None}], ids=range(4))
@pytest.mark.parametrize("name", FILES)
def test_a_picture_that_cannot_be_decoded_is_told_with_its_row(name: str, bad: Any, tmp_path: Path) -> None:
    column = next(column for column, kinds in TASKS[name].columns.items() if "binary" in kinds)
    stored = bad if isinstance(bad, dict) else {"bytes": bad, "path": None}
    file = write_copy(name, tmp_path, **{column: stored})
    with in_full(), pytest.raises(InputError, match=rf"{file}, row 1: .*picture"):
        list(TASKS[name].read(tmp_path))


def test_only_the_header_of_a_picture_is_read_for_a_run(tmp_path: Path) -> None:
    cut = png(1)[:-30]
    with pytest.raises(InputError, match="row: its picture cannot be decoded"):
        picture(cut[:20], tmp_path, "row")
    assert picture(cut, tmp_path, "row") == cut
    with pytest.raises(InputError, match="row: its picture cannot be decoded"), in_full():
        picture(cut, tmp_path, "row")
    assert picture(cut, tmp_path, "row") == cut


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("cvqa", {"Subset": "Sinhala"}, "row 1: Subset is 'Sinhala'"),
        ("cvqa", {"Label": 4}, "row 1: Label is 4; 0 to 3"),
        ("cvqa", {"Options": ["a", "b"]}, "row 1: has 2 options; 4"),
        ("marvl", {"conversations": [{"from": "human", "value": "?"}]}, "row 1: conversations has 1 turns"),
        ("marvl", {"conversations": [{"from": "human", "value": "?"}] * 2}, "row 1: the second turn is"),
        ("merlin", {"Wikidata ID": "P31"}, "row 1: Wikidata ID is 'P31'"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_its_row(
    name: str, changed: dict[str, Any], told: str, tmp_path: Path
) -> None:
    write_copy(name, tmp_path, **changed)
    with pytest.raises(InputError, match=told):
        list(TASKS[name].read(tmp_path))


@pytest.mark.parametrize("name", TASKS)
def test_an_empty_folder_and_none_at_all(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no file that ends in"):
        list(TASKS[name].read(tmp_path))
    with pytest.raises(InputError, match="is no folder"):
        list(TASKS[name].read(tmp_path / "absent"))


@pytest.mark.parametrize("name", ["row.jsonl", "row.json", "by_id.json", "data/train-00000-of-00001.parquet"])
def test_the_same_rows_from_every_kind_of_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    if name.endswith(".parquet"):
        write(file, [ROW, ROW])
    elif name.endswith(".jsonl"):
        file.write_bytes(orjson.dumps(ROW) + b"\n\n" + orjson.dumps(ROW) + b"\n")
    else:
        file.write_bytes(orjson.dumps({"x": ROW, "y": ROW} if name.startswith("by_id") else [ROW, ROW]))
    found = list(rows(tmp_path, COLUMNS))
    assert [place for place, _ in found] == [f"{file}, row 1", f"{file}, row 2"]
    assert [{column: row[column] for column in COLUMNS} for _, row in found] == [ROW, ROW]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"{", "line 1: is no JSON"),
        (b"[1]", "row 1: is no object"),
        (b'{"text": "a", "texts": []}', "row 1: has no column number, int64"),
        (b'{"text": 5, "texts": [], "number": 1}', "row 1: column text is int64; string is wanted"),
        (b'{"text": "a", "texts": [1], "number": 1}', "row 1: column texts is list<int64>; list<string> is wanted"),
        (b'{"text": "a", "texts": [], "number": true}', "row 1: column number is bool"),
    ],
)
def test_lines_of_json_that_are_none_of_the_benchmark(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(content)
    with pytest.raises(InputError, match=told):
        list(rows(tmp_path, COLUMNS))


def test_no_parquet_and_no_rows_in_json(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"3")
    with pytest.raises(InputError, match="neither an array of rows nor an object"):
        list(rows(tmp_path, COLUMNS))
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="cannot be read as parquet"):
        list(rows(tmp_path, COLUMNS))


def test_files_of_other_kinds_and_hidden_ones_are_passed_over(tmp_path: Path) -> None:
    for name in ("data/b.parquet", "data/a.parquet", ".cache/c.parquet", "meta.json", "d.jsonl"):
        write(tmp_path / name, [ROW])
    assert [path.name for path in files(tmp_path)] == ["a.parquet", "b.parquet"]


@given(st.sampled_from(["de", "de_yesno", "test", "partial-en"]), st.integers(0, 99999), st.integers(1, 99999))
def test_the_split_of_any_shard(split: str, number: int, of: int) -> None:
    names = [
        f"data/{split}-{number:05d}-of-{of:05d}.parquet",
        f"{split}.jsonl",
        f"default/{split}/{number:04d}.parquet",
    ]
    assert {split_of(Path(name)) for name in names} == {split}


def test_a_file_is_named_by_its_split_before_its_folder(tmp_path: Path) -> None:
    for name in ("hi/train-00000-of-00001.parquet", "data/ja-0-of-1.parquet", "data/ja_other-0-of-1.parquet"):
        write(tmp_path / name, [ROW])
    assert [name for _, name in files_named(tmp_path, ("hi", "ja", "data2"))] == ["ja", "hi"]
    with pytest.raises(InputError, match="no file of rows is named"):
        files_named(tmp_path, ("ta",))


def test_pictures_as_bytes_structs_lists_and_files(tmp_path: Path) -> None:
    data = png(9)
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.png").write_bytes(data)
    values = (data, list(data), {"bytes": data, "path": "gone.png"}, {"bytes": None, "path": "1.png"}, "images/1.png")
    assert all(picture(value, tmp_path, "row") == data for value in values)
    for value, told in [
        ("2.png", "neither in"), ("../1.png", "not below"), (str(tmp_path / "images/1.png"), "not below"),
        ([256], "not of bytes"), (None, "has no picture"),
    ]:  # fmt: skip
        with pytest.raises(InputError, match=f"row: .*{told}"):
            picture(value, tmp_path, "row")


def test_names_of_types_do_not_depend_on_the_writer() -> None:
    for element in ("item", "element"):
        assert type_name(pa.list_(pa.field(element, pa.string()))) == "list<string>"
    encoded = pa.struct({"path": pa.string(), "bytes": pa.binary()})
    assert type_name(encoded) == "struct<bytes,path>"
    assert type_name(pa.large_list(encoded)) == "list<struct<bytes,path>>"


@given(st.sampled_from(sorted(vocabulary.languages())))
def test_our_languages_by_any_code_and_by_name(code: str) -> None:
    language = vocabulary.languages()[code]
    assert {language_code(each) for each in (code, *language.wikidata)} == {code}
    assert language_of_name(language.name) == code


def test_other_languages_and_countries_keep_their_own() -> None:
    assert [language_code(code) for code in ("zh-CN", "zh_TW", "quz", "pt-BR")] == ["zh", "zh", "quz", "pt"]
    names = ("Norwegian", "Egyptian_Arabic", "Filipino", "Chinese (Traditional)", "Tsonga of the coast")
    assert list(map(language_of_name, names)) == ["no", "arz", "fil", "zh", "Tsonga of the coast"]
    assert list(map(country_key, ("South Korea", "Sri_Lanka", "Uruguay"))) == ["south_korea", "sri_lanka", "Uruguay"]
