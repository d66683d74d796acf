from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commons.licence import allowed, licence_family, parse_licence, plain_text

FREE = ("cc0", "pd", "cc-by", "cc-by-sa")

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=8,
)


def page(**texts: Any) -> dict[str, Any]:
    metadata = {key: {"value": value, "source": "commons-desc-page"} for key, value in texts.items()}
    info = {"descriptionurl": "https://commons.wikimedia.org/wiki/File:A_b.jpg", "extmetadata": metadata}
    return {"title": "File:A b.jpg", "imageinfo": [info]}


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("CC0", "cc0"),
        ("Cc-zero", "cc0"),
        ("Public domain", "pd"),
        ("PD-old-100", "pd"),
        ("No restrictions", "pd"),
        ("CC BY 2.0", "cc-by"),
        ("CC-BY-4.0", "cc-by"),
        ("CC BY-SA 3.0 de", "cc-by-sa"),
        ("Creative Commons Attribution-Share Alike 4.0", "cc-by-sa"),
        ("Creative Commons Attribution 3.0", "cc-by"),
        ("CC BY-SA 4.0-3.0-2.5-2.0-1.0", "cc-by-sa"),
        ("GFDL", "gfdl"),
        ("GFDL 1.2 or CC BY-SA 3.0", "cc-by-sa"),
        ("FAL", "fal"),
        ("OGL 3", "ogl"),
        ("Attribution", "attribution"),
        ("CC BY-NC-SA 2.0", "nonfree"),
        ("CC BY-ND 3.0", "nonfree"),
        ("Fair use", "nonfree"),
        ("All rights reserved", "nonfree"),
        ("CC SA 1.0", "cc-sa"),
        ("GPL", "software"),
        ("", "unknown"),
        ("See below", "unknown"),
        ("CCTV footage", "unknown"),
    ],
)
def test_names_of_licences_have_their_family(name: str, family: str) -> None:
    assert licence_family(name) == family
    assert licence_family(name.upper().replace(" ", "-")) == family


@pytest.mark.parametrize("version", ["1.0", "2.0", "2.5", "3.0", "4.0"])
@pytest.mark.parametrize("terms", ["BY-NC", "BY-ND", "BY-NC-SA", "BY-NC-ND"])
def test_no_licence_with_a_reservation_passes_for_a_free_one(terms: str, version: str) -> None:
    for name in (f"CC {terms} {version}", f"cc-{terms.lower()}-{version}", f"CC {terms.replace('-', ' ')} {version}"):
        assert allowed(parse_licence(page(LicenseShortName=name, Artist="A. Painter")), FREE) == "nonfree"


def test_a_free_file_that_is_marked_nonfree_is_refused() -> None:
    assert allowed(parse_licence(page(LicenseShortName="CC BY 4.0", Artist="x", NonFree="true")), FREE) == "nonfree"


def test_refusals_say_which_kind_they_are() -> None:
    def refusal(**texts: str) -> str | None:
        return allowed(parse_licence(page(**texts)), FREE)

    assert refusal(LicenseShortName="CC BY-SA 4.0", Artist="A. Painter") is None
    assert refusal(LicenseShortName="CC BY-SA 4.0") == "no_author"
    assert refusal(LicenseShortName="Public domain") is None
    assert refusal(LicenseShortName="Public domain", AttributionRequired="true") == "no_author"
    assert refusal(LicenseShortName="GFDL", Artist="A. Painter") == "licence_not_allowed"
    assert refusal(Artist="A. Painter") == "unknown_licence"


def test_the_attribution_names_title_author_licence_and_page() -> None:
    info = parse_licence(
        page(
            LicenseShortName="CC BY-SA 4.0",
            LicenseUrl="https://creativecommons.org/licenses/by-sa/4.0",
            Artist='<a href="//commons.wikimedia.org/wiki/User:P" title="User:P">The <b>Painter</b></a>',
            Credit="<span>Own work</span>",
            Restrictions="trademarked|personality",
        )
    )
    assert info.author == "The Painter"
    assert info.credit == "Own work"
    assert info.restrictions == ("trademarked", "personality")
    assert info.attribution == (
        "A b.jpg by The Painter, CC BY-SA 4.0 (https://creativecommons.org/licenses/by-sa/4.0), "
        "https://commons.wikimedia.org/wiki/File:A_b.jpg"
    )


def test_the_attribution_that_an_author_asks_for_is_kept() -> None:
    info = parse_licence(page(LicenseShortName="CC BY 4.0", Artist="P", Attribution="Photo: P / Studio &amp; Co"))
    assert "A b.jpg by Photo: P / Studio & Co, CC BY 4.0" in info.attribution
    assert info.author == "P"


def test_a_public_file_without_an_author_says_so() -> None:
    info = parse_licence(page(LicenseShortName="Public domain"))
    assert info.author == ""
    assert "by Unknown author, Public domain" in info.attribution


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain", "plain"),
        ("a<br>b", "a b"),
        ("<p>a</p><p>b</p>", "a b"),
        ("Caf&eacute; &lt;x&gt; &#1575;", "Café <x> ا"),
        ("<bdi>名</bdi> <style>.x{}</style>(talk)<script>x</script>", "名 (talk)"),
        ('<div class="fn">Name<span style="display: none;">machine <i>text</i></span></div>', "Name"),
        ('<span style="display:none">a<br>b<img src="x">c</span>d', "d"),
        ('<span style="display:none">a<b>b</span>c', "c"),
        ("a <b>b", "a b"),
        ("</p>a</div>", "a"),
        ("a\n\t b  c", "a b c"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a b"),
    ],
)
def test_html_becomes_the_words_that_are_seen(html: str, text: str) -> None:
    assert plain_text(html) == text


PIECES = [
    "<", ">", "&", "<!", "<![", "]]>", "<!--", "-->", "<?", "</", "<a href='", "<script>", "&#", "&#x110000;",
    "<p style=display:none>", "<![if x",
]  # fmt: skip
MARKUP = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=4)), max_size=12).map("".join)


@given(MARKUP)
def test_any_markup_is_read_as_one_line(html: str) -> None:
    assert plain_text(html) == " ".join(plain_text(html).split())


@given(st.text(alphabet=st.characters(exclude_characters="<&\x00", exclude_categories=["Cs"])))
def test_text_without_markup_stays(text: str) -> None:
    assert plain_text(text) == " ".join(text.split())


@given(JSON, JSON, JSON)
def test_metadata_of_any_shape_is_read_and_not_taken_for_free(value: Any, metadata: Any, license_name: Any) -> None:
    shapes: list[dict[str, Any]] = [
        {"title": "File:X.jpg", "imageinfo": [{"extmetadata": {"Artist": {"value": value}, "Credit": value}}]},
        {"imageinfo": [{"extmetadata": {"LicenseShortName": value, "Restrictions": {"value": metadata}}}]},
        {},
    ]
    for shape in shapes:
        assert allowed(parse_licence(shape), FREE) == "unknown_licence"
