from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.commons.fetch import CommonsClient
from pipeline.commons.governor import SourceUnavailable
from pipeline.commons.picture import Fetched, FileInfo, PictureError
from sample.commons_answers import Commons
from sample.commons_server import CommonsServer, Reply, Request
from tests.commons.clocks import SkippingClock
from tests.commons.conftest import FILES, Serve, many, using
from tests.commons.pictures import decoded
from tests.kit.commons import (
    API_PATH,
    Script,
    api_error,
    api_reply,
    body,
    hang_up,
    html_page,
    in_parts,
    status,
)
from tests.kit.seaweed import free_ports


def describe(server: CommonsServer, titles: Sequence[str], **changes: Any) -> dict[str, FileInfo | PictureError]:
    return using(server, lambda client: client.describe(titles), SkippingClock(), **changes)


def reasons(found: dict[str, FileInfo | PictureError]) -> dict[str, str | None]:
    return {title: info.reason if isinstance(info, PictureError) else None for title, info in found.items()}


def picture(server: CommonsServer, title: str, **changes: Any) -> Fetched:
    async def both(client: CommonsClient) -> Fetched:
        info = (await client.describe([title]))[title]
        assert isinstance(info, FileInfo)
        return await client.picture(info)

    return using(server, both, SkippingClock(), **changes)


def failure(server: CommonsServer, title: str, **changes: Any) -> str:
    with pytest.raises(PictureError) as caught:
        picture(server, title, **changes)
    return caught.value.reason


def api_requests(server: CommonsServer) -> list[Request]:
    return [request for request in server.requests if request.path == API_PATH]


def test_titles_are_described_under_the_names_they_were_given(serve: Serve) -> None:
    found = describe(
        serve(), ["File:wide.jpg", "Wide.jpg", "Older_name.jpg", "Grand_caf%C3%A9%27s_(%C3%A9t%C3%A9).jpg"]
    )
    titles = {asked: info.title for asked, info in found.items() if isinstance(info, FileInfo)}
    assert titles == {
        "File:wide.jpg": "Wide.jpg",
        "Wide.jpg": "Wide.jpg",
        "Older_name.jpg": "Wide.jpg",
        "Grand_caf%C3%A9%27s_(%C3%A9t%C3%A9).jpg": "Grand café's (été).jpg",
    }


def test_a_description_has_what_the_file_has(serve: Serve) -> None:
    server = serve()
    info = describe(server, ["Wide.jpg"])["Wide.jpg"]
    assert isinstance(info, FileInfo)
    assert (info.width, info.height, info.num_bytes, info.sha1) == (400, 300, len(FILES[0].data), FILES[0].sha1)
    assert (info.mime, info.timestamp) == ("image/jpeg", "2020-01-01T00:00:00Z")
    assert (info.licence.family, info.licence.author) == ("cc-by-sa", "The Painter")
    assert info.page_url == f"http://127.0.0.1:{server.port}/wiki/File:Wide.jpg"


def test_titles_that_nobody_has_are_errors_of_their_own(serve: Serve) -> None:
    server = serve()
    found = describe(server, ["Nothing.jpg", "A[b].jpg", "Circle.jpg", "Wide.jpg"])
    assert reasons(found) == {
        "Nothing.jpg": "missing_file", "A[b].jpg": "invalid_title", "Circle.jpg": "no_file_info", "Wide.jpg": None,
    }  # fmt: skip
    assert "[" not in server.requests[0].query["titles"]


def test_many_titles_are_asked_for_50_at_a_time_and_each_once(serve: Serve) -> None:
    server = serve(many(5))
    titles = [f"Photo_{n}.jpg" for n in range(120)]
    found = describe(server, [*titles, *titles, "photo 1.jpg"])
    assert reasons(found) == {title: None if n < 5 else "missing_file" for n, title in enumerate(titles)} | {
        "photo 1.jpg": None
    }
    assert [len(request.query["titles"].split("|")) for request in api_requests(server)] == [50, 50, 20]


def test_no_titles_cost_no_request(serve: Serve) -> None:
    server = serve()
    assert describe(server, []) == {}
    assert server.requests == []


@pytest.mark.parametrize("pages_per_part", [1, 2, 7])
def test_an_answer_in_parts_says_the_same_as_the_whole(serve: Serve, tmp_path: Any, pages_per_part: int) -> None:
    titles = [file.title for file in FILES] + ["Nothing.jpg"]
    whole_server = serve()
    whole = describe(whole_server, titles)
    parted = serve(behave=in_parts(Commons(tmp_path / "commons"), pages_per_part))
    parts = describe(parted, titles)
    assert len(api_requests(parted)) > 1
    assert reasons(parts) == reasons(whole)
    for title, info in whole.items():
        other = parts[title]
        assert isinstance(info, PictureError) or (isinstance(other, FileInfo) and other.sha1 == info.sha1)


def test_a_server_that_continues_for_ever_is_left(serve: Serve) -> None:
    endless = {"continue": {"iicontinue": "1"}, "query": {"pages": [{"title": "File:Wide.jpg"}]}}
    server = serve(behave=Script().api(always=api_reply(endless)))
    assert reasons(describe(server, ["Wide.jpg", "Narrow.jpg"])) == {
        "Wide.jpg": "no_file_info",
        "Narrow.jpg": "no_file_info",
    }
    assert len(server.requests) == 3


def test_an_answer_that_says_all_is_not_continued(serve: Serve) -> None:
    older = {
        "continue": {"iistart": "2019-01-01T00:00:00Z"},
        "query": {"pages": [{"title": "File:Wide.jpg", "missing": True}]},
    }
    server = serve(behave=Script().api(always=api_reply(older)))
    assert reasons(describe(server, ["Wide.jpg"])) == {"Wide.jpg": "missing_file"}
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "fault", [api_error("maxlag"), api_error("ratelimited"), html_page(), status(503, 2), status(429), hang_up()]
)
def test_an_api_that_is_busy_for_a_while_is_asked_again(serve: Serve, fault: Reply) -> None:
    server = serve(behave=Script().api(fault, fault))
    assert reasons(describe(server, ["Wide.jpg"])) == {"Wide.jpg": None}
    assert len(server.requests) == 3


def test_an_api_that_stays_busy_costs_its_titles_only(serve: Serve) -> None:
    found = describe(serve(behave=Script().api(always=api_error("maxlag"))), ["Wide.jpg", "A[b].jpg"])
    assert reasons(found) == {"Wide.jpg": "rate_limited", "A[b].jpg": "invalid_title"}


@pytest.mark.parametrize(
    "fault",
    [
        status(403), status(404), html_page(), api_error("badvalue"), api_reply([]), api_reply({"query": {"pages": 7}}),
        api_reply({"query": {"pages": [{"no": "title"}]}}), api_reply({"error": "a word"}),
    ],
)  # fmt: skip
def test_what_is_not_mediawikis_api_stops_the_run_and_is_named(serve: Serve, fault: Reply) -> None:
    server = serve(behave=Script().api(always=fault))
    with pytest.raises(SourceUnavailable, match=rf"images\.api_url: {server.api_url} .*check the address"):
        describe(server, ["Wide.jpg"])


def test_an_api_that_nobody_serves_stops_the_run(serve: Serve) -> None:
    (port,) = free_ports(1)
    with pytest.raises(SourceUnavailable, match=rf"images\.api_url: http://127\.0\.0\.1:{port}/w/api\.php cannot be"):
        describe(serve(), ["Wide.jpg"], api_url=f"http://127.0.0.1:{port}/w/api.php")


@pytest.mark.parametrize(
    ("title", "kind", "width", "is_original"),
    [
        ("Wide.jpg", "JPEG", 120, False),
        ("Narrow.jpg", "JPEG", 100, True),
        ("Grand café's (été).jpg", "JPEG", 120, False),
        ("寺院 Temple.png", "PNG", 120, False),
        ("Moving.gif", "GIF", 120, False),
        ("New.webp", "PNG", 120, False),
        ("Scan.tif", "JPEG", 120, False),
        ("Small scan.tif", "TIFF", 100, True),
        ("Coat of arms.svg", "PNG", 120, False),
        ("Older name.jpg", "JPEG", 120, False),
    ],
)
def test_a_thumbnail_is_taken_where_there_is_one(
    serve: Serve, title: str, kind: str, width: int, is_original: bool
) -> None:
    server = serve()
    fetched = picture(server, title)
    image = decoded(fetched.data)
    assert (image.format, image.width) == (kind, width)
    assert ("/thumb/" not in fetched.url) is is_original
    assert fetched.num_bytes == len(fetched.data)
    assert fetched.url.endswith(server.requests[-1].path)
    assert all(request.status == 200 for request in server.requests)
    assert len(server.requests) == 2


def test_the_original_stands_in_for_a_thumbnail_that_is_not_there(serve: Serve) -> None:
    server = serve(behave=Script().picture("Wide.jpg", status(404)).picture("New.webp", status(400)))
    for title in ("Wide.jpg", "New.webp"):
        assert "/thumb/" not in picture(server, title).url


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (html_page(), "html"),
        (body(b""), "empty"),
        (status(410), "missing_file"),
        (status(403), "http_4xx"),
        (status(404), "missing_file"),
        (Reply(204), "http_4xx"),
    ],
)
def test_replies_that_are_no_picture_have_their_reason(serve: Serve, fault: Reply, reason: str) -> None:
    assert failure(serve(behave=Script().picture("Narrow.jpg", always=fault)), "Narrow.jpg") == reason


def test_a_wrong_content_type_alone_is_no_reason(serve: Serve) -> None:
    data = FILES[1].data
    for kind in ("application/octet-stream", "image/png", ""):
        server = serve(behave=Script().picture("Narrow.jpg", body(data, kind)))
        assert picture(server, "Narrow.jpg").data == data


def test_an_svg_without_a_rendering_is_not_taken_as_it_is(serve: Serve) -> None:
    server = serve(behave=Script().picture("Coat of arms.svg", status(404)))
    assert failure(server, "Coat of arms.svg") == "missing_file"


def test_a_recording_is_not_fetched(serve: Serve) -> None:
    server = serve()
    assert failure(server, "Recording.ogg") == "not_a_picture"
    assert len(server.requests) == 1


def test_an_original_over_the_limit_is_not_fetched(serve: Serve) -> None:
    server = serve()
    assert failure(server, "Narrow.jpg", max_bytes=500) == "too_large"
    assert len(server.requests) == 1
