from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pipeline.commons.picture import PictureError
from pipeline.commons.urls import file_name, normalise_title, original_url, page_url, thumbnail_url

UPLOAD = "https://upload.wikimedia.org/wikipedia/commons"
SHARED = Path(__file__).parents[3] / "shared/data/benchmarks/worldcuisines/food_cleaned.csv"

# Addresses that Commons itself gives for these files.
ORIGINALS = {
    "Chicken Tikka (1).jpg": "e/ea/Chicken_Tikka_%281%29.jpg",
    "Cháo củ quả.jpg": "9/9d/Ch%C3%A1o_c%E1%BB%A7_qu%E1%BA%A3.jpg",
    "01 Jambalaya - Honeychiles'.jpg": "e/e6/01_Jambalaya_-_Honeychiles%27.jpg",
    "Dal Bhat Tarkari,Nepal.JPG": "4/47/Dal_Bhat_Tarkari%2CNepal.JPG",
    "Salsiccia-fresca.webp": "3/35/Salsiccia-fresca.webp",
}
THUMBNAILS = {
    ("Soto Betawi Glodok.JPG", 1024): "7/7b/Soto_Betawi_Glodok.JPG/1024px-Soto_Betawi_Glodok.JPG",
    ("Rawon Bu Rima Leces (cropped).jpg", 1024): (
        "f/f2/Rawon_Bu_Rima_Leces_%28cropped%29.jpg/1024px-Rawon_Bu_Rima_Leces_%28cropped%29.jpg"
    ),
    ("Steamed-Pork-Buns-BBQ Siopao-Asado-Recipe.webp", 810): (
        "8/84/Steamed-Pork-Buns-BBQ_Siopao-Asado-Recipe.webp/810px-Steamed-Pork-Buns-BBQ_Siopao-Asado-Recipe.webp.png"
    ),
    ("SNR-Bite1 Final.tif", 800): "5/5e/SNR-Bite1_Final.tif/lossy-page1-800px-SNR-Bite1_Final.tif.jpg",
}

# Pieces that the rules of titles are about, and any other characters.
PIECES = [
    " ", "_", "%", "%20", "%2520", "%C3%A9", "é", "e\u0301", "ß", "ŉ", "ǆ", "ა", "\u200e", "File:", "image :", ".jpg",
]  # fmt: skip
TITLES = st.lists(st.one_of(st.sampled_from(PIECES), st.characters(exclude_categories=["Cs"])), max_size=12).map(
    "".join
)
IMPOSSIBLE = [
    "", " _ ", "File:", ".", "..", "a[b].jpg", "a|b.jpg", "a#b.jpg", "a\nb.jpg", "%E9t%E9.jpg", "é" * 128 + ".jpg",
    "a\ufffd.jpg",
]  # fmt: skip


def normalised(title: str) -> str | PictureError:
    try:
        return normalise_title(title)
    except PictureError as error:
        return error


@given(TITLES)
def test_normalising_twice_changes_nothing_and_leaves_nothing_that_titles_cannot_have(title: str) -> None:
    name = normalised(title)
    if isinstance(name, PictureError):
        assert name.reason == "invalid_title"
        return
    assert normalise_title(name) == name
    assert normalise_title(f"File:{name}") == name
    assert normalise_title(file_name(name)) == name
    assert normalise_title(quote(name, safe="")) == name
    assert unicodedata.is_normalized("NFC", name)
    # Not what Python strips: U+0085 is no space to MediaWiki.
    assert name == name.strip(" ")
    assert not re.search(r"[#<>\[\]|{}_]|  |%[0-9A-Fa-f]{2}", name)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("File:foo_bar.jpg", "Foo bar.jpg"),
        (" __ image:éclair  au café.JPG_", "Éclair au café.JPG"),
        ("Ch%C3%A1o_c%E1%BB%A7.jpg", "Cháo củ.jpg"),
        ("Zu\u0308rich.jpg", "Zürich.jpg"),
        ("ßen.jpg", "ßen.jpg"),
        ("ßu\u0308.jpg", "ßü.jpg"),
        ("აბგ.jpg", "აბგ.jpg"),
        ("100% wool.jpg", "100% wool.jpg"),
        ("\u200eRight to left.jpg", "Right to left.jpg"),
        ('Say "hello" & go.jpg', 'Say "hello" & go.jpg'),
    ],
)
def test_titles_become_what_mediawiki_calls_them(title: str, name: str) -> None:
    assert normalise_title(title) == name


@pytest.mark.parametrize("title", IMPOSSIBLE)
def test_titles_that_mediawiki_cannot_have_are_refused(title: str) -> None:
    with pytest.raises(PictureError) as caught:
        normalise_title(title)
    assert caught.value.reason == "invalid_title"


@pytest.mark.parametrize("title", ORIGINALS)
def test_originals_lie_where_commons_has_them(title: str) -> None:
    assert original_url(title, UPLOAD) == f"{UPLOAD}/{ORIGINALS[title]}"
    assert original_url(title, UPLOAD + "/") == f"{UPLOAD}/{ORIGINALS[title]}"


@pytest.mark.parametrize(("title", "width"), THUMBNAILS)
def test_thumbnails_lie_where_commons_has_them(title: str, width: int) -> None:
    assert thumbnail_url(title, width, UPLOAD) == f"{UPLOAD}/thumb/{THUMBNAILS[title, width]}"


def test_vector_pictures_have_thumbnails_in_png() -> None:
    assert thumbnail_url("Flag of Kenya.svg", 500, UPLOAD).endswith("/Flag_of_Kenya.svg/500px-Flag_of_Kenya.svg.png")


def test_thumbnails_of_very_long_names_are_called_thumbnail() -> None:
    kept, shortened = "X" * 156 + ".jpg", "X" * 157 + ".jpg"
    assert thumbnail_url(kept, 500, UPLOAD).endswith(f"/{kept}/500px-{kept}")
    assert thumbnail_url(shortened, 500, UPLOAD).endswith(f"/{shortened}/500px-thumbnail.jpg")


@given(TITLES, st.sampled_from([120, 500, 960]))
def test_paths_follow_the_md5_of_the_name(title: str, width: int) -> None:
    name = normalised(title)
    assume(isinstance(name, str))
    original = urlsplit(original_url(str(name), UPLOAD)).path.split("/")
    thumbnail = urlsplit(thumbnail_url(str(name), width, UPLOAD)).path.split("/")
    name = str(name).replace(" ", "_")
    digest = hashlib.md5(name.encode()).hexdigest()
    assert [unquote(part) for part in original[3:]] == [digest[0], digest[:2], name]
    assert [unquote(part) for part in thumbnail[3:7]] == ["thumb", digest[0], digest[:2], name]
    assert f"{width}px-" in thumbnail[7]
    assert len(thumbnail) == 8


def test_the_page_of_a_file_is_an_address_that_can_be_clicked() -> None:
    assert page_url("Cháo (1)?.jpg") == "https://commons.wikimedia.org/wiki/File:Ch%C3%A1o_(1)%3F.jpg"


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/benchmarks/worldcuisines beside the checkout")
def test_thousands_of_addresses_given_by_commons_are_found_from_the_title() -> None:
    pattern = re.compile(
        re.escape(UPLOAD) + r"/(thumb/)?./../([^/?\"'\s]+)(?:/(?:lossy-page1-)?(\d+)px-[^?\"'\s]+)?(?=\?)"
    )
    checked = 0
    for found in pattern.finditer(SHARED.read_text(encoding="utf-8")):
        title = normalise_title(found[2])
        url = thumbnail_url(title, int(found[3]), UPLOAD) if found[3] else original_url(title, UPLOAD)
        assert unquote(url) == unquote(found[0])
        checked += 1
    assert checked > 5000
