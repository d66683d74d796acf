"""Mirrors are asked before Commons, under limits of their own, and believed as far as Commons' digest goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from pipeline.commons.governor import SourceUnavailable
from pipeline.commons.settings import Images, Mirror
from pipeline.commons.urls import hashed_path, thumbnail_name
from pipeline.errors import ConfigError
from pipeline.storage import open_storage
from sample.commons_server import CommonsFile, CommonsServer
from tests.commons.conftest import Serve, free, many
from tests.commons.pictures import clouds, encoded
from tests.commons.test_images import Run, concept, quarantined, rows
from tests.kit.commons import Script, max_in_flight, name_of, status

FILES = many(5)
CONCEPTS = [concept(n, f"Photo {n}.jpg") for n in range(5)]
NAMES = {file.title for file in FILES}


def of_commons(server: CommonsServer) -> set[str]:
    """Files that Commons itself was asked for."""
    return {name for request in server.requests if (name := name_of(request))}


def fill(uri: str, files: list[CommonsFile]) -> None:
    storage = open_storage(uri)
    for file in files:
        folders = hashed_path(file.title).rsplit("/", 1)[0]
        storage.write(f"{folders}/{file.title.replace(' ', '_')}", file.data)


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a mirror may lie."""
    if request.param == "s3":
        return f"{request.getfixturevalue('s3_uri')}/mirror"
    return str(tmp_path / "mirror")


def test_what_a_mirror_has_is_not_asked_of_commons(serve: Serve, tmp_path: Path, place: str) -> None:
    server = serve(FILES)
    fill(place, FILES[:3])
    run = Run(tmp_path, server, CONCEPTS, mirrors=[{"url": place}])
    found = {row["title"]: row for row in rows(run())}
    assert set(found) == NAMES
    assert of_commons(server) == {"Photo 3.jpg", "Photo 4.jpg"}
    for title, row in found.items():
        mirrored = title in {"Photo 0.jpg", "Photo 1.jpg", "Photo 2.jpg"}
        assert row["source_url"].startswith(open_storage(place).uri) == mirrored
        assert row["licence"] == "CC BY-SA 4.0"  # of Commons' own page, wherever the bytes came from


def test_another_revision_of_a_file_is_no_copy_of_it(serve: Serve, tmp_path: Path) -> None:
    server = serve(FILES)
    place = str(tmp_path / "mirror")
    older = [free(file.title, encoded(clouds(90, 70, 99))) for file in FILES[:2]]
    fill(place, [*older, free(FILES[2].title, b""), FILES[3]])
    assert len(rows(Run(tmp_path, server, CONCEPTS, mirrors=[{"url": place}])())) == 5
    assert of_commons(server) == NAMES - {"Photo 3.jpg"}


def test_the_first_of_several_mirrors_serves(serve: Serve, tmp_path: Path) -> None:
    server = serve(FILES)
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    fill(first, FILES[:2])
    fill(second, FILES[1:4])
    found = rows(Run(tmp_path, server, CONCEPTS, mirrors=[{"url": first}, {"url": second}])())
    came = {row["title"]: Path(row["source_url"].removeprefix("file://")).parts[-4] for row in found}
    assert {title: came[title] for title in sorted(NAMES)[:4]} == {
        "Photo 0.jpg": "first", "Photo 1.jpg": "first", "Photo 2.jpg": "second", "Photo 3.jpg": "second",
    }  # fmt: skip
    assert of_commons(server) == {"Photo 4.jpg"}


def test_a_web_server_is_asked_within_its_own_limits(serve: Serve, tmp_path: Path) -> None:
    files = many(16)
    script = Script(hold_s=0.03)
    mirror = serve(files, script)
    server = serve(files)
    run = Run(
        tmp_path,
        server,
        [concept(n, f"Photo {n}.jpg") for n in range(16)],
        connections=1,
        mirrors=[{"url": mirror.upload_url, "connections": 3}],
    )
    assert len(rows(run())) == 16
    assert of_commons(server) == set()
    assert max_in_flight(mirror.requests) <= 3
    assert run.directory.uri != Run(tmp_path, server, CONCEPTS).directory.uri


def test_thumbnails_may_be_mirrored(serve: Serve, tmp_path: Path) -> None:
    server = serve(FILES)
    place = tmp_path / "mirror"
    place.mkdir()
    for file in FILES:
        (place / thumbnail_name(file.title, 120)).write_bytes(encoded(clouds(120, 60)))
    mirror = {"url": str(place), "path": "{thumbnail}", "holds": "thumbnails"}
    assert {row["width"] for row in rows(Run(tmp_path, server, CONCEPTS, mirrors=[mirror])())} == {120}
    assert of_commons(server) == set()


def test_a_file_that_a_mirror_cannot_serve_comes_from_commons(serve: Serve, tmp_path: Path) -> None:
    mirror = serve(FILES, Script().picture("Photo 1.jpg", always=status(500)))
    server = serve(FILES)
    run = Run(tmp_path, server, CONCEPTS, mirrors=[{"url": mirror.upload_url}])
    output = run()
    assert (len(rows(output)), quarantined(output)) == (5, {})
    assert of_commons(server) == {"Photo 1.jpg"}


@pytest.mark.parametrize("code", [401, 403])
def test_a_mirror_that_refuses_us_stops_the_run(serve: Serve, tmp_path: Path, code: int) -> None:
    mirror = serve(FILES, lambda _: status(code))
    server = serve(FILES)
    run = Run(tmp_path, server, CONCEPTS, mirrors=[{"url": mirror.upload_url}])
    with pytest.raises(SourceUnavailable, match=rf"images\.mirrors: {mirror.upload_url} refuses us with status {code}"):
        run()
    assert of_commons(server) == set()


@pytest.mark.s3
@pytest.mark.usefixtures("s3_uri")
def test_a_bucket_that_is_not_there_is_told_at_the_start(serve: Serve, tmp_path: Path) -> None:
    run = Run(tmp_path, serve(FILES), CONCEPTS, mirrors=[{"url": "s3://no-such-bucket/files"}])
    with pytest.raises(ConfigError, match=r"images\.mirrors: s3://no-such-bucket/files (cannot|holds no)"):
        run.stage.check()


def test_a_folder_that_is_not_there_is_told_at_the_start(serve: Serve, tmp_path: Path) -> None:
    run = Run(tmp_path, serve(FILES), CONCEPTS, mirrors=[{"url": str(tmp_path / "miror")}])
    with pytest.raises(ConfigError, match=r"images\.mirrors: .*/miror holds no files; check the address"):
        run.stage.check()


def test_what_comes_from_mirrors_is_accounted_for(serve: Serve, tmp_path: Path) -> None:
    server = serve(FILES)
    place = str(tmp_path / "mirror")
    fill(place, FILES)
    mirrored = Run(tmp_path / "a", server, CONCEPTS, mirrors=[{"url": place}])()
    size = sum(record.spend.fetched_bytes for record in mirrored.manifest.commits)
    assert size > sum(len(file.data) for file in FILES)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"url": "ftp://host/files"}, "unknown kind of mirror 'ftp'; use a folder, s3:// or https://"),
        ({"url": "x", "path": "{name}"}, r"'\{name\}' may hold only \{a\}, \{ab\}, \{file\}"),
        ({"url": "x", "path": "{a"}, "may hold only"),
        ({"url": "x", "path": "{0}"}, "may hold only"),
        ({"url": "x", "path": "{a}/{ab}"}, r"leads to the same place for all files; put \{file\} into it"),
        ({"url": ""}, "at least 1 character"),
        ({"url": "x", "connections": 0}, "greater than 0"),
    ],
)
def test_a_mirror_that_makes_no_sense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Mirror(**settings)


def test_commons_is_no_mirror_of_itself(serve: Serve, tmp_path: Path) -> None:
    url = "https://upload.wikimedia.org/wikipedia/commons"
    run = Run(tmp_path, serve(FILES), CONCEPTS, mirrors=[{"url": url}], user_agent="tests (https://tests.wiki)")
    with pytest.raises(ConfigError, match=r"images\.mirrors: .*upload\.wikimedia\.org"):
        run.stage.check()


def test_limits_of_a_mirror_do_not_decide_a_result() -> None:
    def deciding(**settings: Any) -> dict[str, Any]:
        return Images(mirrors=(Mirror(url="/files", **settings),)).deciding()

    assert deciding() == deciding(connections=3, requests_per_s=2.0, mbit_per_s=1.0)
    assert deciding() != deciding(holds="thumbnails")
    assert deciding() != Images().deciding()


@pytest.mark.parametrize("limit", ["max_bytes", "max_pixels"])
def test_an_original_over_a_limit_comes_as_a_thumbnail_from_commons(serve: Serve, tmp_path: Path, limit: str) -> None:
    large = free("Large.jpg", encoded(clouds(900, 700)))
    server = serve([large])
    place = str(tmp_path / "mirror")
    fill(place, [large])
    most = {"max_bytes": len(large.data) - 1, "max_pixels": 900 * 700 - 1}[limit]
    run = Run(tmp_path, server, [concept(1, "Large.jpg")], mirrors=[{"url": place}], **{limit: most})
    (row,) = rows(run())
    assert row["source_url"].startswith(server.upload_url)
