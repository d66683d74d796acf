"""The name of an input, which decides whether a stage goes on or starts anew."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from pipeline.storage import open_storage
from pipeline.wikidata import reader
from pipeline.wikidata.reader import input_tag

HOLE = 1 << 20


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that is too large to be hashed as a whole."""
    monkeypatch.setattr(reader, "_WHOLE_BYTES", 16 << 20)
    file = tmp_path / "dump.json.gz"
    file.write_bytes(random.Random(7).randbytes(40 << 20))
    return file


def test_a_copy_of_another_date_has_the_same_name(large: Path) -> None:
    before = input_tag(str(large))
    os.utime(large, (0, 0))
    copy = large.with_name("copy.json.gz")
    copy.write_bytes(large.read_bytes())
    assert input_tag(str(large)) == input_tag(str(copy)) == before


@pytest.mark.parametrize("place", [0, 1, 7 << 20, 23 << 20, 40 << 20])
def test_a_large_file_with_a_hole_has_another_name(large: Path, place: int) -> None:
    before = input_tag(str(large))
    with large.open("r+b") as file:
        start = min(place, (40 << 20) - HOLE)
        file.seek(start)
        file.write(bytes(HOLE))
    assert input_tag(str(large)) != before


def test_one_byte_more_or_less_makes_another_name(large: Path) -> None:
    whole = input_tag(str(large))
    os.truncate(large, (40 << 20) - 1)
    assert input_tag(str(large)) != whole
    small = large.with_name("small.json")
    small.write_bytes(b"{}")
    one = input_tag(str(small))
    small.write_bytes(b"[]")
    assert input_tag(str(small)) != one, "a small file is hashed whole"


@pytest.mark.s3
def test_the_name_of_an_object_is_the_servers(s3_uri: str) -> None:
    storage = open_storage(s3_uri)
    storage.write("dump.json.gz", b"1")
    first = input_tag(f"{s3_uri}/dump.json.gz")
    storage.write("dump.json.gz", b"2")
    second = input_tag(f"{s3_uri}/dump.json.gz")
    storage.write("dump.json.gz", b"1")
    assert first != second
    assert input_tag(f"{s3_uri}/dump.json.gz") == first
