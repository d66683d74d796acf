from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.storage import open_object
from pipeline.wikidata.ranges import Range, kind_of, lines
from pipeline.wikidata.reader import input_tag, plan
from tests.wikidata.dumps import entity_line, layouts, member

pytestmark = pytest.mark.slow

SIZES = (0, 1, 40, 300, 5000, 200, 0, 90, 70_000, 10, 1, 2, 3)
LINES = [entity_line(number, size=size) for number, size in enumerate(SIZES * 3, start=1)]
LAYOUTS = ("members.json.gz", "single.json.gz", "plain.json", "lines.ndjson", "unended.ndjson")


def read(path: Path, edges: list[int]) -> list[bytes]:
    storage, name = open_object(str(path))
    size, is_array = path.stat().st_size, path.suffix != ".ndjson"
    kind = kind_of(str(path))
    cuts = sorted({0, size, *(edge % size for edge in edges)})
    parts = [Range(str(path), kind, a, b, size, is_array) for a, b in pairwise(cuts)]
    return [line for part in parts for line in lines(storage, name, part)]


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=st.lists(st.integers(0, 2**31), max_size=25))
def test_every_line_comes_once_for_any_cut(tmp_path: Path, layout: str, edges: list[int]) -> None:
    path = layouts(tmp_path, LINES)[layout]
    assert read(path, edges) == LINES


@pytest.mark.parametrize("layout", ["members.json.gz", "plain.json"])
def test_every_cut_around_a_member_or_newline(tmp_path: Path, layout: str) -> None:
    few = [entity_line(number) for number in range(1, 8)]
    path = layouts(tmp_path, few)[layout]
    for edge in range(1, path.stat().st_size):
        assert read(path, [edge]) == few, edge


@pytest.mark.parametrize("layout", ["stream.json.bz2", "streams.json.bz2"])
def test_bzip2_gives_the_same_lines(tmp_path: Path, layout: str) -> None:
    assert read(layouts(tmp_path, LINES)[layout], []) == LINES


def test_a_line_longer_than_many_ranges(tmp_path: Path) -> None:
    long = [entity_line(1), entity_line(2, size=3_000_000), entity_line(3)]
    path = layouts(tmp_path, long)["members.json.gz"]
    assert read(path, list(range(0, path.stat().st_size, 50_000))) == long


def test_a_member_header_inside_compressed_data_is_not_taken_for_one(tmp_path: Path) -> None:
    """Bytes of a stored block can look like a header; only one that inflates to text counts."""
    path = tmp_path / "odd.json.gz"
    fake = b"\x1f\x8b\x08\x00\0\0\0\0\x00\x03"
    first, second = entity_line(1), entity_line(2)
    body = first[:-2] + b"," + b'"x":"' + fake.decode("latin-1").encode("unicode_escape") + b'"}}'
    path.write_bytes(member(b"[\n") + member(body) + member(b",\n") + member(second) + member(b"\n]\n"))
    whole = read(path, [])
    for edge in range(1, path.stat().st_size, 3):
        assert read(path, [edge]) == whole


@pytest.mark.parametrize("layout", ["members.json.gz", "single.json.gz", "stream.json.bz2", "plain.json"])
def test_a_file_cut_off_is_an_error(tmp_path: Path, layout: str) -> None:
    path = layouts(tmp_path, LINES)[layout]
    whole = path.read_bytes()
    for share in (0.35, 0.8, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match=rf"{layout}.*(cut off|damaged)"):
            read(path, [])


def test_damaged_bytes_are_an_error(tmp_path: Path) -> None:
    path = layouts(tmp_path, LINES)["members.json.gz"]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match=r"members.json.gz.*(damaged|cut off)"):
        read(path, [])


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.json.gz", None, "there is no such file"),
        ("empty.json", b"", "is empty"),
        ("page.json", b"<!doctype html><html></html>\n", "not a Wikidata JSON dump"),
        ("list.json", b'[\n{"name": "x"}\n]\n', "not a Wikidata JSON dump"),
        ("dump.zip", b"PK", "not a kind of dump"),
        ("named.json.gz", b'{"id": "Q1"}\n', "damaged"),
    ],
)
def test_what_is_not_a_dump_is_named(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*{says}"):
        plan(str(path), 1000)


def test_a_plan_covers_the_file(tmp_path: Path) -> None:
    path = layouts(tmp_path, LINES)["members.json.gz"]
    parts = plan(str(path), 1000)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert (parts[0].start, parts[-1].end) == (0, path.stat().st_size)
    assert all(part.is_array for part in parts)
    assert not plan(str(layouts(tmp_path, LINES)["lines.ndjson"]), 1000)[0].is_array


def test_a_tag_follows_the_bytes_not_the_time(tmp_path: Path) -> None:
    one, other = tmp_path / "a.json", tmp_path / "b.json"
    one.write_bytes(b"same")
    other.write_bytes(b"same")
    assert input_tag(str(one)) == input_tag(str(other))
    other.write_bytes(b"lame")
    assert input_tag(str(one)) != input_tag(str(other))
