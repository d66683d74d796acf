"""What is left out for whom or what it shows is not fetched, is counted, and is left out for those concepts alone."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pipeline.stage import StageOutput
from sample.commons_server import CommonsFile
from tests.commons.conftest import Serve, free
from tests.commons.pictures import clouds, encoded
from tests.commons.test_images import Run, concept, rows
from tests.kit.commons import name_of
from tests.kit.real_input import ABSENT, SHARED

FACE = SHARED / "benchmarks" / "xchat" / "Hindi" / "art_explanation" / "1.jpg"
HAS_DETECTOR = all(importlib.util.find_spec(name) for name in ("nudenet", "onnxruntime"))


def file(title: str, *categories: str, restrictions: tuple[str, ...] = ()) -> CommonsFile:
    return CommonsFile(
        title,
        encoded(clouds(200, 150, len(title))),
        artist="The Painter",
        licence_short_name="CC0",
        categories=categories,
        restrictions=restrictions,
    )


FILES = [
    file("Injera.jpg", "Injera"),
    file("Woman with injera.jpg", "Women of Ethiopia", restrictions=("personality",)),
    file("Eskista.jpg", "Eskista", restrictions=("personality",)),
    file("Portrait.jpg", "Portrait photographs of women"),
    file("Toi moko.jpg", "Toi moko"),
]


def named(domain: str, qid: int, title: str) -> dict[str, Any]:
    return concept(qid, title) | {"domain": domain}


def fetched(run: Run) -> set[str]:
    return {name for request in run.server.requests if (name := name_of(request))}


def left_out(output: StageOutput) -> Counter[str]:
    found: Counter[str] = Counter()
    for record in output.manifest.commits:
        found.update(record.counts.not_selected)
    return found


CONCEPTS = [
    named("food", 1, "Injera.jpg"),
    named("food", 2, "Woman with injera.jpg"),
    named("dance", 3, "Eskista.jpg"),
    named("dance", 4, "Portrait.jpg"),
    named("craft", 5, "Toi moko.jpg"),
]


def test_what_its_page_tells_is_left_out_before_it_is_fetched(serve: Serve, tmp_path: Path) -> None:
    run = Run(tmp_path, serve(FILES), CONCEPTS)
    output = run()
    assert {row["title"] for row in rows(output)} == {"Injera.jpg", "Eskista.jpg"} == fetched(run)
    assert left_out(output) == {"recognisable_person": 2, "sacred": 1}


def test_a_policy_of_keeping_keeps_all(serve: Serve, tmp_path: Path) -> None:
    keep = {"private_persons": "keep", "nudity": "keep", "sacred": "keep"}
    run = Run(tmp_path, serve(FILES), CONCEPTS, respect=keep)
    output = run()
    assert {row["title"] for row in rows(output)} == {each.title for each in FILES} == fetched(run)
    assert left_out(output) == {}


def test_another_policy_fetches_only_what_had_not_been_fetched(serve: Serve, tmp_path: Path) -> None:
    server = serve(FILES)
    first = Run(tmp_path, server, CONCEPTS)
    first()
    before = len(server.requests)
    second = Run(tmp_path, server, CONCEPTS, respect={"private_persons": "keep"})
    assert second.directory.uri != first.directory.uri
    assert {row["title"] for row in rows(second())} == {each.title for each in FILES} - {"Toi moko.jpg"}
    again = {name for request in server.requests[before:] if (name := name_of(request))}
    assert again == {"Woman with injera.jpg", "Portrait.jpg"}


def test_a_file_may_stand_for_one_concept_and_not_for_another(serve: Serve, tmp_path: Path) -> None:
    run = Run(tmp_path, serve(FILES), [named("food", 1, "Eskista.jpg"), named("dance", 2, "Eskista.jpg")])
    output = run()
    assert [row["qid"] for row in rows(output)] == [2]
    assert left_out(output) == {"recognisable_person": 1}


@pytest.mark.skipif(
    not HAS_DETECTOR, reason="needs the extra people: requirements/install .venv requirements/people.lock"
)
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
@pytest.mark.shared
def test_a_detector_in_the_decoders_process_finds_a_face(serve: Serve, tmp_path: Path) -> None:
    server = serve([free("Face.jpg", FACE.read_bytes()), FILES[0]])
    concepts = [named("food", 1, "Face.jpg"), named("figure", 2, "Face.jpg"), named("food", 3, "Injera.jpg")]
    settings = {"thumbnail_px": 500, "max_side_px": 360}
    run = Run(tmp_path, server, concepts, respect={"detector": "nudenet"}, **settings)
    output = run()
    assert [row["qid"] for row in rows(output)] == [2, 3]
    assert left_out(output) == {"recognisable_person": 1}
    before = len(server.requests)
    # Another threshold looks at nothing again.
    lenient = Run(tmp_path, server, concepts, respect={"detector": "nudenet", "face_share": 0.5}, **settings)
    assert [row["qid"] for row in rows(lenient())] == [1, 2, 3]
    assert not [request for request in server.requests[before:] if name_of(request)]
