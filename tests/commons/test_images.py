from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipeline.budget import SpendGuard, spent
from pipeline.commit import CommitRecord, Counts, Manifest, committed_partitions
from pipeline.commons.governor import SourceUnavailable
from pipeline.commons.images import ImagesStage
from pipeline.commons.settings import Images
from pipeline.config import Budget
from pipeline.errors import BudgetError, ConfigError, InputError
from pipeline.local_executor import execute_locally
from pipeline.picture_store import PictureStore
from pipeline.runner import run_stage, stage_directory
from pipeline.schema import CONCEPTS, IMAGES
from pipeline.stage import StageOutput
from pipeline.storage import Storage, open_storage
from pipeline.tables import write_table
from sample.commons_server import CommonsFile, CommonsServer, Reply
from tests.commons.conftest import SVG, Serve, free, many
from tests.commons.pictures import clouds, decoded, encoded
from tests.kit.commons import API_PATH, Script, html_page, max_in_flight, name_of, status
from tests.kit.concepts import chosen


def statement(title: str | None, prop: int = 18, *, best: bool = True, guid: str = "") -> dict[str, Any]:
    return {
        "statement_id": guid or f"S${prop}-{title}", "property": prop, "rank": "normal", "best": best,
        "snaktype": "value" if title else "somevalue", "type": "string", "text": title,
    }  # fmt: skip


def concept(qid: int, *statements: dict[str, Any] | str) -> dict[str, Any]:
    return {
        "qid": qid,
        "dump_date": "2026-01-01",
        "num_sitelinks": 1,
        **chosen(qid, "kenya"),
        "labels": [],
        "statements": [statement(one) if isinstance(one, str) else one for one in statements],
    }


class Run:
    """The stage over concepts made by hand, each run with the same output."""

    def __init__(self, folder: Path, server: CommonsServer, concepts: Sequence[dict[str, Any]], **changes: Any) -> None:
        plain: dict[str, Any] = {
            "api_url": server.api_url, "upload_url": server.upload_url, "thumbnail_px": 120, "max_side_px": None,
            "min_side_px": 16,
            "requests_per_s": 1e5, "mbit_per_s": 1e5, "timeout_s": 20, "max_attempts": 1, "max_quarantined": 1.0,
            "max_per_entity": 4, "refuse": (),
        }  # fmt: skip
        self.server = server
        self.output = open_storage(str(folder / "output"))
        self.stage = ImagesStage(Images(**(plain | changes)), self.output)
        select = self.output.child("select/0")
        file = write_table(select, "concepts", "000000", pa.Table.from_pylist(list(concepts), schema=CONCEPTS))
        counts = Counts("entities", len(concepts), len(concepts))
        record = CommitRecord("select", "000000", len(concepts), counts, (file,))
        self.inputs = {"select": StageOutput(select, Manifest("select", "0", (record,)))}

    @property
    def directory(self) -> Storage:
        return stage_directory(self.stage, self.inputs, self.output)

    def __call__(self, fetched_gb: float = 1.0, **options: Any) -> StageOutput:
        guard = SpendGuard(Budget(fetched_gb=fetched_gb), spent(self.output))
        return run_stage(self.stage, self.inputs, self.output, execute_locally, guard, 60.0, **options)

    def pictures(self) -> set[str]:
        return set(PictureStore(self.output).digests())


def rows(output: StageOutput) -> list[dict[str, Any]]:
    table = output.read("images")
    assert table.schema.equals(IMAGES)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def quarantined(output: StageOutput) -> dict[str, str]:
    if not output.files("quarantine"):
        return {}
    return {row["key"]: row["reason"] for row in output.read("quarantine").to_pylist()}


def test_a_row_holds_all_that_is_known_of_a_picture(serve: Serve, tmp_path: Path) -> None:
    file = CommonsFile(
        "Grand café's (été).jpg", encoded(clouds(300, 200)), artist='<a href="//x">The <b>Painter</b></a>',
        licence_short_name="CC BY-SA 4.0", licence_url="https://creativecommons.org/licenses/by-sa/4.0",
        credit="<span>Own work</span>", attribution_required=True, restrictions=("trademarked",),
    )  # fmt: skip
    server = serve([file])
    run = Run(tmp_path, server, [concept(42, statement("grand_café's_(été).jpg", guid="Q42$A"))])
    (row,) = rows(run())
    page = f"http://127.0.0.1:{server.port}/wiki/File:Grand_caf%C3%A9%27s_(%C3%A9t%C3%A9).jpg"
    stored = PictureStore(run.output).load(row["sha256"])
    expected = {
        "qid": 42, "title": "Grand café's (été).jpg", "property": 18, "statement_id": "Q42$A", "picture_rank": 0,
        "picture_reason": "image",
        "sha256": hashlib.sha256(stored).hexdigest(), "phash": row["phash"], "width": 120, "height": 80,
        "num_bytes": len(stored), "source_url": f"http://127.0.0.1:{server.port}{server.requests[-1].path}",
        "page_url": page, "source_sha1": file.sha1, "source_timestamp": "2020-01-01T00:00:00Z",
        "source_mime": "image/jpeg", "source_width": 300, "source_height": 200, "author": "The Painter",
        "credit": "Own work", "licence": "CC BY-SA 4.0", "licence_family": "cc-by-sa",
        "licence_url": "https://creativecommons.org/licenses/by-sa/4.0", "attribution_required": True,
        "attribution": "Grand café's (été).jpg by The Painter, CC BY-SA 4.0 "
        f"(https://creativecommons.org/licenses/by-sa/4.0), {page}",
        "restrictions": ["trademarked"],
    }  # fmt: skip
    assert row == expected
    assert (decoded(stored).format, decoded(stored).size) == ("JPEG", (120, 80))


def test_what_cannot_be_used_is_set_aside_for_its_reason(serve: Serve, tmp_path: Path) -> None:
    photo = encoded(clouds(100, 80))
    files = [
        free("Good.jpg", photo),
        free("Page.jpg", photo),
        free("Fair use.jpg", photo, licence="Fair use"),
        free("Unclear.jpg", photo, licence=""),
        free("Gfdl.jpg", photo, licence="GFDL"),
        CommonsFile("Nobody.jpg", photo, licence_short_name="CC BY 4.0"),
        free("Half.jpg", photo[: len(photo) // 2]),
        free("Tiny.jpg", encoded(clouds(100, 9))),
        free("Text.jpg", b"no picture"),
        free("Recording.jpg", b"II*", "image/tiff"),
        free("Failing.jpg", photo),
    ]
    script = Script().picture("Page.jpg", always=html_page()).picture("Failing.jpg", always=status(500))
    run = Run(
        tmp_path, serve(files, behave=script),
        [concept(1, *[file.title for file in files[:4]]), concept(2, *[file.title for file in files[4:8]]),
         concept(3, *[file.title for file in files[8:]]), concept(4, "Nothing.jpg", "A[b].jpg", ".")],
    )  # fmt: skip
    output = run()
    assert [row["title"] for row in rows(output)] == ["Good.jpg"]
    assert quarantined(output) == {
        "Q1 Page.jpg": "html",
        "Q1 Fair use.jpg": "nonfree",
        "Q1 Unclear.jpg": "unknown_licence",
        "Q2 Gfdl.jpg": "licence_not_allowed",
        "Q2 Nobody.jpg": "no_author",
        "Q2 Half.jpg": "truncated",
        "Q2 Tiny.jpg": "too_small",
        "Q3 Text.jpg": "not_a_picture",
        "Q3 Recording.jpg": "not_a_picture",
        "Q3 Failing.jpg": "http_5xx",
        "Q4 Nothing.jpg": "missing_file",
        "Q4 A[b].jpg": "invalid_title",
        "Q4 .": "invalid_title",
    }
    counts = output.manifest.counts
    assert (counts.unit, counts.rows_in, counts.ok, counts.num_quarantined, counts.balance()) == (
        "pictures",
        14,
        1,
        13,
        0,
    )
    assert len(run.pictures()) == 1


def test_pictures_without_a_free_licence_are_not_even_fetched(serve: Serve, tmp_path: Path) -> None:
    server = serve([free("Fair use.jpg", encoded(clouds(100, 80)), licence="CC BY-NC 4.0")])
    Run(tmp_path, server, [concept(1, "Fair use.jpg")])()
    assert [request.path for request in server.requests] == [API_PATH]


def test_the_policy_decides_which_licences_pass(serve: Serve, tmp_path: Path) -> None:
    photo = encoded(clouds(100, 80))
    server = serve([free("Gfdl.jpg", photo, licence="GFDL"), free("Share.jpg", photo, licence="CC BY-SA 4.0")])
    output = Run(tmp_path, server, [concept(1, "Gfdl.jpg", "Share.jpg")], licence_families=("gfdl",))()
    assert [row["licence_family"] for row in rows(output)] == ["gfdl"]
    assert quarantined(output) == {"Q1 Share.jpg": "licence_not_allowed"}


def test_too_much_set_aside_stops_the_stage_and_a_retry_heals_it(serve: Serve, tmp_path: Path) -> None:
    script = Script().picture("Photo 1.jpg", html_page())
    run = Run(tmp_path, serve(many(3), behave=script), [concept(1, "Photo 0.jpg", "Photo 1.jpg")], max_quarantined=0.1)
    with pytest.raises(InputError, match=r"1 of 2 pictures were set aside \(1 html\)"):
        run()
    output = run(retry_quarantined=True)
    assert [row["title"] for row in rows(output)] == ["Photo 0.jpg", "Photo 1.jpg"]
    assert quarantined(output) == {}


def test_a_second_run_fetches_nothing(serve: Serve, tmp_path: Path) -> None:
    server = serve(many(4))
    run = Run(tmp_path, server, [concept(n, f"Photo {n}.jpg") for n in range(4)], rows_per_partition=2)
    first = run()
    number = len(server.requests)
    again = run()
    assert len(server.requests) == number
    assert again.manifest.digest == first.manifest.digest


def test_a_run_that_was_stopped_goes_on_with_what_is_missing(serve: Serve, tmp_path: Path) -> None:
    concepts = [concept(n, f"Photo {n}.jpg") for n in range(6)]
    broken = Script().api(None, always=status(403))
    server = serve(many(6), behave=broken)
    run = Run(tmp_path, server, concepts, rows_per_partition=2)
    with pytest.raises(SourceUnavailable, match=r"status 403"):
        run()
    assert list(committed_partitions(run.directory)) == ["000000"]
    broken.api()
    before = len(server.requests)
    output = run()
    assert [row["qid"] for row in rows(output)] == list(range(6))
    fetched = {name_of(request) for request in server.requests[before:]} - {""}
    assert fetched == {f"Photo {n}.jpg" for n in range(2, 6)}


def test_fetched_bytes_are_counted_and_capped(serve: Serve, tmp_path: Path) -> None:
    server = serve([free(f"P{n}.jpg", encoded(clouds(110, 90, n))) for n in range(3)])
    concepts = [concept(n, f"P{n}.jpg") for n in range(3)]
    run = Run(tmp_path, server, concepts, rows_per_partition=1)
    spend = run().manifest.spend.fetched_bytes
    originals = sum(len(encoded(clouds(110, 90, n))) for n in range(3))
    assert originals < spend < originals + 3 * 2000  # what the API said is counted too
    assert spent(run.output).fetched_bytes == spend
    capped = Run(tmp_path / "capped", server, concepts, rows_per_partition=1)
    with pytest.raises(BudgetError, match=r"raise the cap"):
        capped(fetched_gb=spend / 2 / 1e9)
    assert len(list(committed_partitions(capped.directory))) == 2


def test_bytes_of_pictures_are_counted_as_stored_when_they_are_new(serve: Serve, tmp_path: Path) -> None:
    server = serve(many(3))
    concepts = [concept(n, f"Photo {n}.jpg") for n in range(3)]
    first = Run(tmp_path, server, concepts, rows_per_partition=1)()
    again = Run(tmp_path, server, concepts, rows_per_partition=2)()
    tables = [sum(file.size for file in output.files("images")) for output in (first, again)]
    assert first.manifest.spend.stored_bytes == tables[0] + sum(row["num_bytes"] for row in rows(first))
    assert again.manifest.fingerprint != first.manifest.fingerprint
    assert again.manifest.spend.stored_bytes == tables[1], "nothing was stored anew"


def test_a_picture_of_several_entities_is_fetched_once_and_has_a_row_for_each(serve: Serve, tmp_path: Path) -> None:
    files = [*many(2), CommonsFile("Old name.jpg", redirect_to="Photo 1.jpg")]
    server = serve(files)
    run = Run(tmp_path, server, [concept(1, "Photo 1.jpg"), concept(2, "Photo_1.jpg"), concept(3, "Old name.jpg")])
    found = rows(run())
    assert [(row["qid"], row["title"]) for row in found] == [(n, "Photo 1.jpg") for n in (1, 2, 3)]
    assert len({row["sha256"] for row in found}) == len(run.pictures()) == 1
    assert [name_of(request) for request in server.requests] == ["", "Photo 1.jpg"]


def test_an_entity_has_a_picture_once_however_many_titles_lead_to_it(serve: Serve, tmp_path: Path) -> None:
    same = encoded(clouds(100, 90))
    files = [free("A.jpg", same), free("B.jpg", same), CommonsFile("C.jpg", redirect_to="A.jpg")]
    output = Run(tmp_path, serve(files), [concept(1, "C.jpg", "A.jpg", "B.jpg"), concept(2, "B.jpg")])()
    assert [(row["qid"], row["title"], row["picture_rank"]) for row in rows(output)] == [
        (1, "A.jpg", 0),
        (2, "B.jpg", 0),
    ]
    counts = output.manifest.counts
    assert (counts.rows_in, counts.ok, dict(counts.not_selected), counts.balance()) == (4, 2, {"same_picture": 2}, 0)


def test_entities_without_pictures_cost_no_request(serve: Serve, tmp_path: Path) -> None:
    server = serve(many(1))
    output = Run(tmp_path, server, [concept(1), concept(2, statement(None))])()
    assert rows(output) == []
    assert output.manifest.counts.rows_in == 0
    assert server.requests == []


@pytest.mark.parametrize("fault", [status(503), status(429, 7200)])
def test_a_source_that_fails_stops_the_run_with_nothing_left_behind(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: Reply
) -> None:
    script = Script(hold_s=0.01)
    for n in range(40):
        script.picture(f"Photo {n}.jpg", always=fault)
    server = serve(many(40), behave=script)
    run = Run(tmp_path, server, [concept(n, f"Photo {n}.jpg") for n in range(40)])
    with caplog.at_level(logging.WARNING), pytest.raises(SourceUnavailable, match=r"does not serve us now"):
        run()
    assert list(committed_partitions(run.directory)) == []
    assert max_in_flight(server.requests) <= 2
    assert len(server.requests) <= 23
    assert not [record for record in caplog.records if record.name == "asyncio"]
    script._always.clear()
    assert len(rows(run())) == 40


def test_the_stage_keeps_to_its_connections(serve: Serve, tmp_path: Path) -> None:
    server = serve(many(10), behave=Script(hold_s=0.02))
    Run(tmp_path, server, [concept(n, f"Photo {n}.jpg") for n in range(10)], connections=2, rows_per_partition=5)()
    assert max_in_flight(server.requests) == 2


def test_wikimedia_is_not_asked_without_a_contact(serve: Serve, tmp_path: Path) -> None:
    run = Run(tmp_path, serve(many(1)), [concept(1, "Photo 0.jpg")], api_url="https://commons.wikimedia.org/w/api.php")
    with pytest.raises(ConfigError, match=r"images\.user_agent: .* names no contact"):
        run()


def test_what_is_no_photograph_is_passed_over_and_counted_by_kind(serve: Serve, tmp_path: Path) -> None:
    photo = encoded(clouds(100, 80))
    files = [
        free("Arms.svg", SVG, "image/svg+xml"),
        free("Map of it.jpg", photo),
        free("Well named.jpg", b"OggS", "audio/ogg"),
        CommonsFile("Old name.jpg", redirect_to="Map of it.jpg"),
        free("Photo.jpg", photo),
        free("Blason.jpg", photo),
    ]
    one = concept(1, *[file.title for file in files], statement("blason.jpg", 94))
    server = serve(files)
    output = Run(tmp_path, server, [one])()
    assert [(row["title"], row["picture_rank"]) for row in rows(output)] == [("Photo.jpg", 2)]
    counts = output.manifest.counts
    assert dict(counts.not_selected) == {"audio": 1, "coat_of_arms": 1, "map": 2, "vector_drawing": 1}
    assert (counts.rows_in, counts.ok, counts.num_quarantined, counts.balance()) == (6, 1, 0, 0)
    assert [name_of(request) for request in server.requests] == ["", "Photo.jpg"]


def gathered(*pages: str, title: str, seed: int) -> CommonsFile:
    """A photograph in these categories and galleries, which start with `Category:` or do not."""
    return CommonsFile(
        title, encoded(clouds(100, 80, seed)), artist="A. Painter", licence_short_name="CC BY 4.0",
        categories=tuple(page.removeprefix("Category:") for page in pages if page.startswith("Category:")),
        galleries=tuple(page for page in pages if not page.startswith("Category:")),
    )  # fmt: skip


COLLECTED = [
    gathered(title="Stated.jpg", seed=0),
    gathered("Category:Mosques", title="Mosque 1.jpg", seed=1),
    gathered("Category:Mosques", "Fine mosques", title="Mosque 2.jpg", seed=2),
    gathered("Category:Mosques", title="Mosque 3.jpg", seed=3),
    CommonsFile("Mosque plan.svg", SVG, "image/svg+xml", artist="A", licence_short_name="CC0", categories=("Mosques",)),
]


def collecting(qid: int, *titles: str) -> dict[str, Any]:
    return concept(
        qid, *titles, statement("mosques", 373, guid=f"Q{qid}$c"), statement("Fine mosques", 935, guid=f"Q{qid}$g")
    )


def test_collections_fill_up_what_statements_leave_open(serve: Serve, tmp_path: Path) -> None:
    output = Run(tmp_path, serve(COLLECTED), [collecting(1, "Stated.jpg", "Mosque 3.jpg")], max_per_category=20)()
    found = [(row["title"], row["property"], row["statement_id"], row["picture_reason"]) for row in rows(output)]
    assert found == [
        ("Stated.jpg", 18, "S$18-Stated.jpg", "image"),
        ("Mosque 3.jpg", 18, "S$18-Mosque 3.jpg", "image"),
        ("Mosque 2.jpg", 935, "Q1$g", "member of Fine mosques"),
        ("Mosque 1.jpg", 373, "Q1$c", "member of Category:Mosques"),
    ]
    assert [row["picture_rank"] for row in rows(output)] == [0, 1, 2, 3]
    assert output.manifest.counts.balance() == 0


def test_collections_are_asked_only_where_they_are_needed(serve: Serve, tmp_path: Path) -> None:
    server = serve(COLLECTED)
    enough = collecting(1, "Stated.jpg", "Mosque 3.jpg")
    short = [collecting(2, "Stated.jpg"), collecting(3)]
    Run(tmp_path / "off", server, [enough, *short])()
    Run(tmp_path / "enough", server, [enough], max_per_category=20, max_per_entity=2)()
    assert {request.query.get("prop") for request in server.requests if request.path == API_PATH} == {"imageinfo"}
    before = len(server.requests)
    Run(tmp_path / "short", server, [enough, *short], max_per_category=1, max_per_entity=2)()
    questions = [request.query for request in server.requests[before:] if request.path == API_PATH]
    assert [(one.get("cmtitle"), one.get("cmlimit"), one.get("prop"), one["action"]) for one in questions] == [
        ("Category:Mosques", "1", None, "query"),
        (None, None, "images", "query"),
        (None, None, "imageinfo", "query"),
    ]


def test_a_collection_that_cannot_be_asked_for_is_set_aside(serve: Serve, tmp_path: Path) -> None:
    script = Script().api(status(500))
    bad = concept(2, statement("A[b]", 373))
    run = Run(tmp_path, serve(COLLECTED, behave=script), [collecting(1), bad], max_per_category=9)
    output = run()
    assert quarantined(output) == {"Q1 Category:Mosques": "http_5xx", "Q2 Category:A[b]": "invalid_title"}
    assert [row["title"] for row in rows(output)] == ["Mosque 2.jpg"]
    assert (output.manifest.counts.rows_in, output.manifest.counts.balance()) == (3, 0)
    healed = run(retry_quarantined=True)
    assert [row["title"] for row in rows(healed)] == ["Mosque 2.jpg", "Mosque 1.jpg", "Mosque 3.jpg"]


def test_settings_that_change_no_picture_do_not_change_the_fingerprint(serve: Serve, tmp_path: Path) -> None:
    server = serve(many(1))
    plain = Run(tmp_path, server, [concept(1, "Photo 0.jpg")])
    gentler = Run(tmp_path, server, [concept(1, "Photo 0.jpg")], connections=1, mbit_per_s=1.0, user_agent="x")
    wider = Run(tmp_path, server, [concept(1, "Photo 0.jpg")], thumbnail_px=250)
    assert plain.directory.uri == gentler.directory.uri
    assert plain.directory.uri != wider.directory.uri
