"""The compiled scan takes nearly all lines of a dump, and what it takes is what decoding gives, damaged or not."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.wikidata.extract import Extraction
from pipeline.wikidata.scan.rows import ScannedRows
from pipeline.wikidata.scan.scan import CANDIDATE, LEFT, NO_COUNTRY, NO_PICTURE, wanted
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.wikidata.dumps import array_text, lines_of
from tests.wikidata.test_outline import CONFIG, PART, by_outline, by_scan, same, slowly

TEXTS = st.text(st.characters(codec="utf-8"), max_size=90) | st.text(
    '"\\/\b\f\n\r\t{}[],:\u00e9\u0301\U0001f9fa', max_size=90
)
LANGUAGES = ("en", "zh-hans", "mul")


def compact(entity: dict[str, Any]) -> bytes:
    """As the dump writes it: no blanks, ASCII, slashes escaped."""
    return json.dumps(entity, separators=(",", ":")).replace("/", "\\/").encode()


def thing(qid: int = 7, **parts: Any) -> dict[str, Any]:
    """An item with its parts in the order of the dump."""
    return {
        "type": "item", "id": f"Q{qid}", "labels": {}, "descriptions": {}, "aliases": {}, "claims": {},
        "sitelinks": {"enwiki": {"site": "enwiki", "title": "Thing", "badges": []}}, "lastrevid": 5,
        "modified": "2026-01-01T00:00:00Z",
    } | parts  # fmt: skip


def link(prop: str, qid: int, rank: str = "normal", **more: Any) -> dict[str, Any]:
    value = {"value": {"entity-type": "item", "numeric-id": qid, "id": f"Q{qid}"}, "type": "wikibase-entityid"}
    snak = {"snaktype": "value", "property": prop, "datavalue": value, "datatype": "wikibase-item"}
    return {"mainsnak": snak, "type": "statement", **more, "id": f"Q7$A{qid}", "rank": rank}


def scanned(lines: Sequence[bytes]) -> tuple[ScannedRows, list[int]]:
    """The rows of lines, and of each stop the verdict."""
    rows = ScannedRows(LANGUAGES, (31, 279), (18,), (17,))
    return rows, [stop.verdict for stop in rows.add(array_text(lines))]


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_it_takes_nearly_all_real_items() -> None:
    lines = [line for line in lines_of(DUMPS["gz"]) if b'"type":"item"' in line]
    _, verdicts = scanned(lines)
    # The few that are left are of other years: keys in another order.
    assert verdicts.count(LEFT) <= 0.02 * len(lines)
    assert verdicts.count(CANDIDATE) > 100


@given(
    st.dictionaries(st.sampled_from([*LANGUAGES, "fr", "be-x-old", "a-long-language-code"]), TEXTS, max_size=4),
    st.dictionaries(st.sampled_from([*LANGUAGES, "fr"]), st.lists(TEXTS, max_size=3), max_size=3),
)
@example({"en": 'a "},"aliases":{} \\'}, {"en": ["\\", '"', '\\\\"']})
@example({"en": "x" * 63 + "\\", "mul": "x" * 62 + '\\"'}, {})
def test_texts_come_back_as_they_were(labels: dict[str, str], aliases: dict[str, list[str]]) -> None:
    entity = thing(
        labels={code: {"language": code, "value": text} for code, text in labels.items()},
        aliases={code: [{"language": code, "value": text} for text in texts] for code, texts in aliases.items()},
        descriptions={"en": {"language": "en", "value": '}},"aliases":{}'}},
    )
    rows, verdicts = scanned([compact(entity)])
    assert verdicts == [NO_PICTURE]
    found = {row["language"]: (row["label"], row["aliases"]) for row in rows.labels().to_pylist()}
    assert found == {code: (text, aliases.get(code, [])) for code, text in labels.items() if code in LANGUAGES}


def test_lone_surrogates_bytes_beyond_ascii_and_other_layouts_are_left() -> None:
    label = compact(thing(labels={"en": {"language": "en", "value": "caf\u00e9"}}))
    texts = [b"\\ud800", b"\\udc00", b"\\u00g9", "\u00e9".encode(), b"\t", b"\\x"]
    lines = [
        *(label.replace(b"\\u00e9", text) for text in texts),
        label.replace(b'"language":"en"', b'"language":"fr"'), label.replace(b":", b": "),
        label.replace(b'"type":"item"', b'"type":"property"'), label.replace(b'"Q7"', b'"P7"'), label[:-1],
        compact(dict(reversed(thing().items()))), b'{"id":"Q7"}', b"{", b"null", label.replace(b'"Q7"', b'"Q07"'),
    ]  # fmt: skip
    rows, verdicts = scanned(lines)
    assert verdicts[:-1] == [LEFT] * len(lines)
    assert rows.labels().num_rows == rows.edges().num_rows == 0


@given(st.lists(st.sampled_from(["preferred", "normal", "deprecated"]), min_size=1, max_size=4), st.booleans())
def test_the_best_rank_decides(ranks: list[str], with_unknown: bool) -> None:
    """Against the rule, written out: a picture and a country by a statement of the best rank."""
    pictures = [
        {"mainsnak": {"snaktype": "value", "property": "P18", "datavalue": {"value": "A.jpg", "type": "string"}},
         "type": "statement", "id": f"Q7$P{number}", "rank": rank}
        for number, rank in enumerate(ranks)
    ]  # fmt: skip
    unknown = {"mainsnak": {"snaktype": "somevalue", "property": "P17"}, "type": "statement", "id": "Q7$U",
               "rank": "preferred"}  # fmt: skip
    claims = {"P17": [link("P17", 3), *([unknown] if with_unknown else [])], "P18": pictures}
    _, verdicts = scanned([compact(thing(claims=claims))])
    has_picture = set(ranks) != {"deprecated"}
    expected = NO_PICTURE if not has_picture else NO_COUNTRY if with_unknown else CANDIDATE
    assert verdicts[0] == (CANDIDATE if expected == CANDIDATE else NO_PICTURE)
    assert slowly(compact(thing(claims=claims)))[0] == (
        None if expected == CANDIDATE else "no_country" if expected == NO_COUNTRY else "no_picture"
    )
    assert same_both(compact(thing(claims=claims)))


def test_qualifiers_and_references_are_no_statements() -> None:
    inner = {"P31": [link("P31", 9)["mainsnak"]], "P279": [link("P279", 9)["mainsnak"]]}
    more = {"qualifiers": inner, "qualifiers-order": ["P31", "P279"]}
    statement = link("P31", 1, **more) | {"references": [{"hash": "0", "snaks": inner, "snaks-order": ["P31"]}]}
    claims = {"P17": [statement | {"mainsnak": link("P17", 4)["mainsnak"]}], "P31": [statement, link("P31", 2)]}
    rows, verdicts = scanned([compact(thing(claims=claims))])
    assert verdicts == [NO_PICTURE]
    assert [(row["property"], row["object"]) for row in rows.edges().to_pylist()] == [(31, 1), (31, 2)]


def same_both(line: bytes) -> bool:
    slow, quick = slowly(line), by_scan(line)
    return slow[:2] == quick[:2] and same(slow[2], quick[2]) and same(slow[3], quick[3])


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_of_a_damaged_line_comes_what_decoding_gives_or_it_is_set_aside() -> None:
    """One byte of a real line is another one: where that is still an entity, it is decoded alike, whole or in parts."""
    draw = random.Random(4)
    lines = sorted(lines_of(DUMPS["gz"]), key=len)[:400]
    num_compared = 0
    for _ in range(1500):
        line = bytearray(draw.choice(lines))
        at = draw.randrange(len(line))
        line[at] = draw.choice(b'"\\{}[],:0189aPQ-. n') if draw.random() < 0.5 else draw.randrange(32, 127)
        try:
            json.loads(line, object_pairs_hook=_without_twins)
            slowly(bytes(line))
        except (ValueError, TypeError, KeyError):
            extraction = Extraction(CONFIG)
            extraction.add_block(bytes(line), PART)
            assert extraction.outcome().counts.balance() == 0
            continue
        num_compared += 1
        assert same_both(bytes(line)) or by_scan(bytes(line)) == by_outline(bytes(line)), bytes(line)
    assert num_compared > 500


def _without_twins(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice: which one counts is not said anywhere")


def test_rows_of_a_line_can_be_taken_back() -> None:
    picture = [{"mainsnak": {"snaktype": "value", "property": "P18", "datavalue": {"value": "A.jpg", "type": "string"}},
                "type": "statement", "id": "Q7$P", "rank": "normal"}]  # fmt: skip
    plain = compact(thing(6, labels={"en": {"language": "en", "value": "six"}}, claims={"P31": [link("P31", 5)]}))
    labels = {"en": {"language": "en", "value": "seven"}}
    candidate = compact(
        thing(7, labels=labels, claims={"P17": [link("P17", 3)], "P18": picture, "P31": [link("P31", 4)]})
    )
    rows = ScannedRows(LANGUAGES, (31,), (18,), (17,))
    for stop in rows.add(array_text([plain, candidate, plain])):
        if stop.verdict == CANDIDATE:
            rows.take_back()
    assert rows.labels().column("label").to_pylist() == ["six", "six"]
    assert rows.edges().column("object").to_pylist() == [5, 5]


def test_room_grows_with_blocks_of_any_size() -> None:
    labels = {"en": {"language": "en", "value": "x" * 500}}
    line = compact(thing(labels=labels, claims={"P31": [link("P31", 5)] * 3}))
    rows = ScannedRows(LANGUAGES, (31,), (18,), (17,))
    for size in (1, 50, 3, 200):
        for _ in rows.add(array_text([line] * size)):
            pass
    assert (rows.labels().num_rows, rows.edges().num_rows) == (254, 3 * 254)
    assert set(rows.labels().column("label").to_pylist()) == {"x" * 500}


def test_a_language_of_nine_letters_is_refused() -> None:
    with pytest.raises(ValueError, match="'be-tarask': a language's code has one to 8 letters"):
        wanted(("be-tarask",), (), (), ())
