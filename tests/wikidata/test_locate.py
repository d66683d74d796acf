"""The line of an item is found in exactly one range, whatever compressed the file and wherever it is cut."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.wikidata.dump.lines import entity_lines, range_blocks
from pipeline.wikidata.dump.locate import find_line
from pipeline.wikidata.dump.ranges import Damage
from pipeline.wikidata.dump.source import open_source
from tests.wikidata.dumps import entity_line, item, layouts, statement
from tests.wikidata.test_dump import LAYOUTS, parts_of

SIZES = (0, 40, 300, 5000, 200, 0, 70_000, 10, 1, 2)
CLAIMS = {"P361": [statement("P361", item(3), "wikibase-entityid")]}
LINES = [entity_line(number, size=size, claims=CLAIMS) for number, size in enumerate(SIZES * 2, start=1)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return layouts(tmp_path_factory.mktemp("layouts"), LINES)


@pytest.mark.parametrize("edges", [(), (7919,), (1009, 20_011, 40_009, 60_013)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_item_is_found_where_its_line_is(files: dict[str, Path], layout: str, edges: tuple[int, ...]) -> None:
    path = files[layout]
    found: list[int] = []
    for part in parts_of(path, edges):
        read = open_source(str(path)).read
        blocks = [block for block in range_blocks(read, part) if not isinstance(block, Damage)]
        lines = [line for block in blocks for line in entity_lines(block)]
        last = part.start if part.kind == "plain" else 0
        for qid, line in enumerate(LINES, start=1):
            place = find_line(read, part, qid)
            assert (place is not None) == (line in lines)
            if place is None:
                continue
            found.append(qid)
            assert (place.number, place.size) == (lines.index(line) + 1, len(line))
            assert last <= place.start < place.end <= part.size
            last = place.start
            if part.kind == "plain":
                assert line in read(place.start, place.end - place.start)
    assert found == list(range(1, len(LINES) + 1))


def test_an_item_that_others_point_to_is_not_found_in_their_lines(files: dict[str, Path]) -> None:
    [part] = parts_of(files["plain.json"], ())
    read = open_source(part.uri).read
    place = find_line(read, part, 3)
    assert place is not None
    assert place.number == 3
    assert find_line(read, part, 99) is None
