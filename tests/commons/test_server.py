from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from pipeline.errors import InputError, UserError
from sample.commons_files import read_files
from sample.commons_server import CommonsFile, CommonsServer, write_files
from tests.commons.conftest import FILES, Serve
from tests.commons.pictures import decoded, encoded, quadrants

QUESTION = {"action": "query", "format": "json", "formatversion": "2", "prop": "imageinfo", "iiprop": "size|mime|sha1"}


def ask(server: CommonsServer, **changes: str) -> Any:
    reply = httpx.get(server.api_url, params=QUESTION | changes)
    assert reply.status_code == 200
    return reply.json()


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    write_files(tmp_path, FILES)
    assert read_files(tmp_path) == {file.title: file for file in FILES}


def test_a_folder_that_is_not_complete_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"files\.json"):
        CommonsServer(tmp_path)
    write_files(tmp_path, FILES)
    (tmp_path / "files" / "Wide.jpg").unlink()
    with pytest.raises(InputError, match=r"Wide\.jpg"):
        CommonsServer(tmp_path)


def test_a_port_that_is_taken_is_an_error_that_says_what_to_set(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    with pytest.raises(UserError, match=rf"port {server.port} .*--set images\.api_url="):
        CommonsServer(tmp_path / "commons", server.port)


def test_who_names_no_user_agent_is_refused(serve: Serve) -> None:
    server = serve()
    for url in (server.api_url, f"{server.upload_url}/4/4c/Wide.jpg"):
        assert httpx.get(url, headers={"User-Agent": ""}).status_code == 403


def test_the_api_says_only_what_it_is_asked_for(serve: Serve) -> None:
    server = serve()
    (page,) = ask(server, titles="File:Wide.jpg", iiprop="size|mime")["query"]["pages"]
    assert page["imageinfo"] == [{"size": len(FILES[0].data), "width": 400, "height": 300, "mime": "image/jpeg"}]
    (page,) = ask(server, titles="File:Wide.jpg", iiprop="extmetadata", iiextmetadatafilter="Artist")["query"]["pages"]
    assert list(page["imageinfo"][0]["extmetadata"]) == ["Artist"]


def test_the_api_says_in_which_categories_a_file_stands(serve: Serve) -> None:
    server = serve([CommonsFile("Cup.jpg", b"x", categories=("Tea cups", "Selfies"))])
    (page,) = ask(server, titles="File:Cup.jpg", iiprop="extmetadata", iiextmetadatafilter="Categories")["query"][
        "pages"
    ]
    assert page["imageinfo"][0]["extmetadata"]["Categories"]["value"] == "Tea cups|Selfies"


def test_the_api_follows_redirects_only_where_it_is_asked_to(serve: Serve) -> None:
    server = serve()
    (page,) = ask(server, titles="File:Older name.jpg")["query"]["pages"]
    assert "imageinfo" not in page
    query = ask(server, titles="File:older_name.jpg|File:Circle.jpg|File:Wide.jpg", redirects="1")["query"]
    assert query["normalized"] == [{"fromencoded": False, "from": "File:older_name.jpg", "to": "File:Older name.jpg"}]
    assert {rename["from"]: rename["to"] for rename in query["redirects"]} == {
        "File:Older name.jpg": "File:Old name.jpg",
        "File:Old name.jpg": "File:Wide.jpg",
    }
    assert [page["title"] for page in query["pages"]] == ["File:Circle.jpg", "File:Wide.jpg"]


def test_the_api_marks_what_is_missing_and_what_is_no_title(serve: Serve) -> None:
    missing, invalid = ask(serve(), titles="File:Nothing.jpg|File:A[b].jpg")["query"]["pages"]
    assert missing["missing"] is True
    assert invalid["invalid"] is True


def test_the_api_lists_the_files_of_a_category_in_parts_and_never_its_subcategories(serve: Serve) -> None:
    server = serve([CommonsFile(f"{n}.jpg", b"x", categories=("Tea cups",)) for n in range(5)])
    question = {"list": "categorymembers", "cmtitle": "Category:tea_cups", "cmtype": "file", "cmlimit": "3"}
    first = ask(server, **question)
    second = ask(server, **question, **first["continue"])
    names = [[row["title"] for row in part["query"]["categorymembers"]] for part in (first, second)]
    assert names == [["File:0.jpg", "File:1.jpg", "File:2.jpg"], ["File:3.jpg", "File:4.jpg"]]
    assert "continue" not in second
    assert ask(server, **question | {"cmtype": "subcat"})["query"]["categorymembers"] == []
    for title in ("Tea cups", "Category:A[b]", "Category:"):
        assert ask(server, **question | {"cmtitle": title})["error"]["code"] == "invalidcategory"


def test_the_api_counts_the_files_of_all_galleries_together(serve: Serve) -> None:
    server = serve([CommonsFile(f"{n}.jpg", b"x", galleries=("Odd",) if n % 2 else ("Even",)) for n in range(5)])
    question = {"prop": "images", "titles": "even|Odd|Neither", "imlimit": "4"}
    first = ask(server, **question)
    second = ask(server, **question, **first["continue"])
    shown = [
        {page["title"]: len(page.get("images", ())) for page in part["query"]["pages"]} for part in (first, second)
    ]
    assert shown == [{"Even": 3, "Odd": 1, "Neither": 0}, {"Even": 0, "Odd": 1, "Neither": 0}]
    assert first["query"]["normalized"] == [{"fromencoded": False, "from": "even", "to": "Even"}]
    assert first["query"]["pages"][2]["missing"] is True


def test_the_api_takes_no_more_than_50_titles(serve: Serve) -> None:
    server = serve()
    assert "query" in ask(server, titles="|".join(f"File:{n}.jpg" for n in range(50)))
    assert ask(server, titles="|".join(f"File:{n}.jpg" for n in range(51)))["error"]["code"] == "toomanyvalues"
    assert httpx.get(server.api_url, params=QUESTION | {"titles": "File:" + "ö" * 3000}).status_code == 414


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Wide.jpg/120px-Wide.jpg", 200),
        ("Wide.jpg/330px-Wide.jpg", 200),
        ("Wide.jpg/200px-Wide.jpg", 400),  # no standard width
        ("Wide.jpg/500px-Wide.jpg", 400),  # wider than the picture
        ("Wide.jpg/120px-Other.jpg", 404),
        ("Wide.jpg/lossy-page1-120px-Wide.jpg", 404),
        ("Wide.jpg", 404),
        ("Scan.tif/lossy-page1-120px-Scan.tif.jpg", 200),
        ("Scan.tif/120px-Scan.tif", 404),
        ("New.webp/120px-New.webp.png", 200),
        ("New.webp/120px-New.webp", 404),
        ("Coat_of_arms.svg/960px-Coat_of_arms.svg.png", 200),
        ("Recording.ogg/120px-Recording.ogg", 404),
        ("Nothing.jpg/120px-Nothing.jpg", 404),
    ],
)
def test_thumbnails_exist_under_the_names_and_widths_of_commons_only(serve: Serve, path: str, status: int) -> None:
    server = serve()
    digest = hashlib.md5(path.partition("/")[0].encode()).hexdigest()
    reply = httpx.get(f"{server.upload_url}/thumb/{digest[0]}/{digest[:2]}/{path}")
    assert reply.status_code == status
    if status == 200:
        width = int(path.rpartition("/")[2].partition("px-")[0].rpartition("-")[2])
        assert decoded(reply.content).width == width
        assert reply.headers["content-type"] == Image.MIME[decoded(reply.content).format or ""]


def test_originals_lie_under_their_hash_and_nowhere_else(serve: Serve) -> None:
    server = serve()
    digest = hashlib.md5(b"Wide.jpg").hexdigest()
    reply = httpx.get(f"{server.upload_url}/{digest[0]}/{digest[:2]}/Wide.jpg")
    assert (reply.status_code, reply.content) == (200, FILES[0].data)
    assert httpx.get(f"{server.upload_url}/0/00/Wide.jpg").status_code == 404
    assert httpx.get(f"{server.upload_url}/{digest[0]}/{digest[:2]}/Old_name.jpg").status_code == 404


def test_sizes_and_thumbnails_are_those_of_the_upright_picture(serve: Serve) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = CommonsFile("Turned.jpg", encoded(quadrants(300, 200).transpose(Image.Transpose.ROTATE_90), exif=exif))
    assert Image.open(io.BytesIO(turned.data)).size == (200, 300)
    server = serve([turned])
    (page,) = ask(server, titles="File:Turned.jpg")["query"]["pages"]
    assert (page["imageinfo"][0]["width"], page["imageinfo"][0]["height"]) == (300, 200)
    digest = hashlib.md5(b"Turned.jpg").hexdigest()
    thumbnail = httpx.get(f"{server.upload_url}/thumb/{digest[0]}/{digest[:2]}/Turned.jpg/120px-Turned.jpg")
    assert decoded(thumbnail.content).size == (120, 80)


def test_requests_are_recorded_in_order_with_their_times(serve: Serve) -> None:
    server = serve()
    ask(server, titles="File:Wide.jpg")
    httpx.get(f"{server.upload_url}/nothing?a=b")
    first, second = server.requests
    assert (first.path, first.query["titles"], first.status) == ("/w/api.php", "File:Wide.jpg", 200)
    assert (second.path, dict(second.query), second.status) == ("/wikipedia/commons/nothing", {"a": "b"}, 404)
    assert first.end is not None
    assert first.start <= first.end <= second.start
