from __future__ import annotations

import bz2
import gzip
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from pipeline.commons.urls import file_name
from pipeline.errors import StorageError
from sample.build import SOURCE, BuiltSample, build
from sample.dump import statement_id
from sample.snaks import Quantity, Text, Time
from sample.tables import CONCEPTS, load_sample
from tests.wikidata import plain_rows as rows
from tests.wikidata.dumps import lines_of

pytestmark = pytest.mark.slow


def test_both_compressions_hold_the_same_json_array(built_sample: BuiltSample) -> None:
    text = gzip.decompress(built_sample.dump_gz.read_bytes())
    assert text == bz2.decompress(built_sample.dump_bz2.read_bytes())
    assert text.isascii()
    assert len(json.loads(text)) == built_sample.num_entities
    assert text.startswith(b"[\n{")
    assert text.endswith(b"}\n]\n")


def test_the_gzip_is_laid_out_in_members_with_brackets_of_their_own(built_sample: BuiltSample) -> None:
    data = built_sample.dump_gz.read_bytes()
    members = []
    while data:
        stream = io.BytesIO(data)
        with gzip.GzipFile(fileobj=stream) as file:
            first = file.read1(1)
        members.append(first)
        following = data.find(b"\x1f\x8b\x08\x00", 10)
        data = data[following:] if following > 0 else b""
    assert members[0] == b"["
    assert set(members[1:-1:2]) == {b"{"}
    assert set(members[2:-1:2]) == {b","}


def test_what_the_pipeline_reads_is_what_the_tables_say(built_sample: BuiltSample) -> None:
    written = load_sample(SOURCE).entities
    for line in lines_of(built_sample.dump_gz):
        found = rows.decode(line)
        entity = written[found.id]
        read = {row["statement_id"]: row for row in rows.statements(found)}
        assert len(read) == len(entity.statements), "no two statements share a GUID"
        for statement in entity.statements:
            row = read[statement_id(entity.id, statement)]
            value = statement.snak.value
            assert row["rank"] == statement.rank
            assert row["snaktype"] == statement.snak.snaktype
            if isinstance(value, Time):
                assert (row["time"], row["time_precision"]) == (value.time, value.precision)
            elif isinstance(value, Quantity):
                assert (row["amount"], row["unit"]) == (f"+{value.amount}", value.unit and int(value.unit[1:]))
            elif isinstance(value, Text):
                assert (row["text"], row["language"]) == (value.text, value.language)
            elif value is not None:
                assert value in (f"Q{row['qid']}", row["text"])
        labels = {row["language"]: row["label"] for row in rows.labels(found, set(entity.labels))}
        assert labels == dict(entity.labels)


def test_every_concept_has_its_drawing_marked_as_one(built_sample: BuiltSample) -> None:
    pages = {page["title"]: page for page in json.loads((built_sample.commons / "files.json").read_text("utf-8"))}
    concepts = load_sample(SOURCE).group(CONCEPTS)
    assert {concept.picture for concept in concepts} == set(pages)
    for title, page in pages.items():
        assert "not a photograph" in page["credit"]
        assert page["licence_short_name"] == "CC0"
        with Image.open(built_sample.commons / "files" / file_name(title)) as image:
            assert image.format == ("PNG" if title.endswith(".png") else "JPEG")


def test_a_second_build_does_nothing_and_a_changed_table_is_built_anew(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / CONCEPTS).mkdir(parents=True)
    row = 'Q1:\n  labels: {en: universe}\n  source: ["owner/repository: file"]\n'
    (source / "others.yaml").write_text(row, encoding="utf-8")
    built = build(tmp_path / "out", source)
    before = built.dump_gz.stat().st_mtime_ns
    assert build(tmp_path / "out", source) == built
    assert built.dump_gz.stat().st_mtime_ns == before
    (source / "others.yaml").write_text(row.replace("universe", "cosmos"), encoding="utf-8")
    build(tmp_path / "out", source)
    assert b"cosmos" in lines_of(built.dump_gz)[0]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file/sample"):
        build(tmp_path / "file" / "sample")
