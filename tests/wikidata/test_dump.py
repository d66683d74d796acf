"""Every line comes once, whatever compressed the file and wherever it is cut; damage costs the lines it hit."""

from __future__ import annotations

import bz2
import random
from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.wikidata.dump.lines import entity_lines, range_blocks
from pipeline.wikidata.dump.ranges import Damage, Range, kind_of
from pipeline.wikidata.dump.source import ReadAhead, open_source
from pipeline.wikidata.reader import input_tag, plan
from tests.wikidata.dumps import array_text, entity_line, frame, layouts, member

pytestmark = pytest.mark.slow

SIZES = (0, 1, 40, 300, 5000, 200, 0, 90, 70_000, 10, 1, 2, 3, 150_000)
LINES = [entity_line(number, size=size) for number, size in enumerate(SIZES * 3, start=1)]
LAYOUTS = (
    "members.json.gz", "single.json.gz", "stream.json.bz2", "streams.json.bz2", "frames.json.zst", "frame.json.zst",
    "plain.json", "lines.ndjson", "unended.ndjson",
)  # fmt: skip


def parts_of(path: Path, edges: Sequence[int]) -> list[Range]:
    size, is_array = path.stat().st_size, path.suffix != ".ndjson"
    cuts = sorted({0, size, *(edge % size for edge in edges)})
    return [Range(str(path), kind_of(str(path)), a, b, size, is_array) for a, b in pairwise(cuts)]


def read_all(path: Path, edges: Sequence[int] = ()) -> tuple[list[bytes], list[Damage]]:
    """The lines of all ranges in turn, and the damage that was met."""
    lines: list[bytes] = []
    damage: list[Damage] = []
    for part in parts_of(path, edges):
        for block in range_blocks(open_source(str(path)).read, part):
            if isinstance(block, Damage):
                damage.append(block)
            else:
                lines += entity_lines(block)
    return lines, damage


def read(path: Path, edges: Sequence[int] = ()) -> list[bytes]:
    lines, damage = read_all(path, edges)
    assert damage == []
    return lines


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("layouts")
    layouts(made, LINES)
    return made


@pytest.mark.parametrize("layout", LAYOUTS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edges=st.lists(st.integers(0, 2**31), max_size=25))
def test_every_line_comes_once_for_any_cut(folder: Path, layout: str, edges: list[int]) -> None:
    assert read(folder / layout, edges) == LINES


@pytest.mark.parametrize("layout", ["members.json.gz", "frames.json.zst", "plain.json", "streams.json.bz2"])
def test_every_cut_around_a_unit_or_newline(tmp_path: Path, layout: str) -> None:
    few = [entity_line(number) for number in range(1, 8)]
    path = layouts(tmp_path, few)[layout]
    for edge in range(1, path.stat().st_size):
        assert read(path, [edge]) == few, edge


@pytest.mark.parametrize("layout", ["stream.json.bz2", "streams.json.bz2"])
def test_bzip2_is_cut_at_its_blocks(folder: Path, layout: str) -> None:
    """Ranges in the middle of one stream have lines of their own: nobody reads the file from its start for them."""
    path = folder / layout
    parts = parts_of(path, range(0, path.stat().st_size, path.stat().st_size // 5))
    found = [list(range_blocks(open_source(str(path)).read, part)) for part in parts]
    assert sum(bool(blocks) for blocks in found) > 2


def test_bzip2_of_what_does_not_compress_and_of_what_vanishes(tmp_path: Path) -> None:
    noise = random.Random(5).randbytes(1_500_000).hex().encode()
    lines = [entity_line(1), b'{"id":"Q2","x":"%s"}' % noise, b'{"id":"Q3","x":"%s"}' % (b"a" * 5_000_000)]
    lines += [entity_line(number, size=50) for number in range(4, 4000)]
    path = tmp_path / "odd.json.bz2"
    path.write_bytes(bz2.compress(array_text(lines)))
    size = path.stat().st_size
    assert read(path, range(0, size, size // 37)) == lines


@pytest.mark.parametrize("layout", ["members.json.gz", "frames.json.zst", "plain.json", "stream.json.bz2"])
def test_a_line_longer_than_many_ranges(tmp_path: Path, layout: str) -> None:
    long = [entity_line(1), entity_line(2, size=3_000_000), entity_line(3)]
    path = layouts(tmp_path, long)[layout]
    assert read(path, range(0, path.stat().st_size, 50_000)) == long


@pytest.mark.parametrize(("make", "ending"), [(member, "gz"), (frame, "zst")])
def test_a_header_inside_compressed_data_is_not_taken_for_one(
    tmp_path: Path, make: Callable[[bytes], bytes], ending: str
) -> None:
    """Bytes of a stored block can look like a header; only one that unfolds to text counts."""
    path = tmp_path / f"odd.json.{ending}"
    # Bytes as they are have no place in a dump, but nothing keeps a compressor from writing such.
    fakes = b"\x1f\x8b\x08\x00\0\0\0\0\x00\x03" + b"\x28\xb5\x2f\xfd\x04\x20"
    body = b'{"id":"Q1","x":"' + fakes + b'"}'
    second = entity_line(2)
    path.write_bytes(make(b"[\n") + make(body) + make(b",\n") + make(second) + make(b"\n]\n"))
    for edge in range(1, path.stat().st_size, 3):
        assert read(path, [edge]) == [body, second]


@pytest.mark.parametrize("layout", ["members.json.gz", "single.json.gz", "stream.json.bz2", "frames.json.zst",
                                    "frame.json.zst", "plain.json"])  # fmt: skip
@pytest.mark.parametrize("share", [0.35, 0.8, 0.999])
def test_a_file_cut_off_says_so_and_keeps_what_came_before(tmp_path: Path, layout: str, share: float) -> None:
    path = layouts(tmp_path, LINES)[layout]
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    for edges in ([], [path.stat().st_size // 2]):
        lines, damage = read_all(path, edges)
        assert [each.cut_off for each in damage] == [True]
        assert damage[0].offset == path.stat().st_size
        assert lines == LINES[: len(lines)] or lines[:-1] == LINES[: len(lines) - 1]


@pytest.mark.parametrize("layout", ["members.json.gz", "frames.json.zst", "stream.json.bz2"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.7])
def test_damage_costs_the_lines_around_it_and_is_told(tmp_path: Path, layout: str, share: float) -> None:
    path = layouts(tmp_path, LINES)[layout]
    data = bytearray(path.read_bytes())
    place = int(len(data) * share)
    data[place : place + 4] = bytes(byte ^ 0xFF for byte in data[place : place + 4])
    path.write_bytes(bytes(data))
    lines, damage = read_all(path)
    assert damage
    assert all(not each.cut_off and 0 <= each.offset <= place for each in damage)
    intact = set(LINES)
    assert len(intact & set(lines)) >= len(intact) // 2, "lines of other units are still there"
    assert len(lines) - len(intact & set(lines)) <= 2, "at most the lines that the damage tore apart"


def test_what_lies_between_members_is_told(tmp_path: Path) -> None:
    path = tmp_path / "junk.json.gz"
    first, second = entity_line(1), entity_line(2)
    path.write_bytes(member(b"[\n" + first + b",\n") + b"junk" + member(second + b"\n]\n"))
    lines, damage = read_all(path)
    assert [each.offset for each in damage] == [len(member(b"[\n" + first + b",\n"))]
    # The line after the junk may be the rest of one that was lost: it does not count.
    assert lines == [first]


class Slow:
    """A file in memory that notes what was read of it."""

    def __init__(self, data: bytes) -> None:
        self.data, self.asked = data, list[tuple[int, int]]()

    def __call__(self, start: int, length: int) -> bytes:
        self.asked.append((start, length))
        return self.data[start : start + length]


@cache
def forty_mib() -> bytes:
    return random.Random(3).randbytes(40 << 20)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=20))
def test_reading_ahead_gives_the_bytes_of_the_file(reads: list[tuple[int, int]]) -> None:
    data = forty_mib()
    ahead = ReadAhead(Slow(data), len(data))
    for start, length in reads:
        assert ahead(start << 20, length << 18) == data[start << 20 : (start << 20) + (length << 18)]


def test_reading_ahead_asks_for_each_block_once() -> None:
    file = Slow(bytes(50 << 20))
    ahead = ReadAhead(file, len(file.data))
    for start in range(0, len(file.data), 1 << 20):
        ahead(start, 1 << 20)
    assert sorted(file.asked) == [(start, 8 << 20) for start in range(0, 50 << 20, 8 << 20)]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("missing.json.gz", None, "there is no such file"),
        ("empty.json", b"", "is empty"),
        ("page.json", b"<!doctype html><html></html>\n", "not a Wikidata JSON dump"),
        ("list.json", b'[\n{"name": "x"}\n]\n', "not a Wikidata JSON dump"),
        ("dump.zip", b"PK", "not a kind of dump"),
        ("named.json.gz", b'{"id": "Q1"}\n', "damaged"),
        ("named.json.zst", b'{"id": "Q1"}\n', "damaged"),
        ("named.json.bz2", b'{"id": "Q1"}\n', "not a Wikidata JSON dump"),
    ],
)
def test_what_is_not_a_dump_is_named(tmp_path: Path, name: str, content: bytes | None, says: str) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"{name}.*{says}"):
        plan(str(path), 1000)


def test_a_plan_covers_the_file(folder: Path) -> None:
    path = folder / "members.json.gz"
    parts = plan(str(path), 1000)
    assert [part.start for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert (parts[0].start, parts[-1].end) == (0, path.stat().st_size)
    assert all(part.is_array for part in parts)
    assert not plan(str(folder / "lines.ndjson"), 1000)[0].is_array


def test_a_tag_follows_the_bytes_not_the_time(tmp_path: Path) -> None:
    one, other = tmp_path / "a.json", tmp_path / "b.json"
    one.write_bytes(b"same")
    other.write_bytes(b"same")
    assert input_tag(str(one)) == input_tag(str(other))
    other.write_bytes(b"lame")
    assert input_tag(str(one)) != input_tag(str(other))
