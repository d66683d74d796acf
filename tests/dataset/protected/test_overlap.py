from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pipeline import near_hashes
from pipeline.commons.normalise import normalise
from pipeline.dataset.protected.held_out import held_out_keys
from pipeline.dataset.protected.keys import KEYS, Protected, load_protected, question_key
from pipeline.dataset.protected.overlap import Overlap, overlaps
from pipeline.dataset.protected.report import EXAMPLES, merge, overlap_report, tally
from pipeline.near_hashes import DISTANCE
from pipeline.questions.subject import told_name
from tests.dataset.made_items import Row, group, item, sample_groups
from tests.kit.real_input import ABSENT, SHARED, photographs

NAMED = "Which country is “Kiondo” from?"


def protecting(
    name: str = "mine", qids: tuple[int, ...] = (), phashes: tuple[int, ...] = (), questions: tuple[int, ...] = ()
) -> Protected:
    return Protected(
        name, 1, np.unique(np.array(qids, np.int64)), np.unique(np.array(phashes, np.uint64)),
        np.unique(np.array(questions, np.uint64)),
    )  # fmt: skip


def reasons(groups: list[Row], *lists: Protected, phashes: dict[str, int] | None = None) -> dict[int, str]:
    hashes = {each["sha256"]: 0 for each in groups} if phashes is None else phashes
    return {qa_id: each.reason for qa_id, each in overlaps(groups, hashes, lists).items()}


def test_an_entity_takes_all_its_items() -> None:
    groups = [group(item(1), item(2), qid=5), group(item(3), qid=6, picture="b")]
    assert reasons(groups, protecting(qids=(4, 5))) == dict.fromkeys((1, 2), "protected_qid:mine")


@pytest.mark.parametrize(("bits", "goes"), [(0, True), (DISTANCE, True), (DISTANCE + 1, False)])
def test_a_picture_goes_up_to_the_distance(bits: int, goes: bool) -> None:
    """Also where the hash is negative as a signed integer."""
    ours = -(2**63) + 12345
    listed = (ours ^ (2**bits - 1)) % 2**64
    found = reasons([group(item(1))], protecting(phashes=(listed,)), phashes={"a": ours})
    assert found == ({1: "protected_picture:mine"} if goes else {})


@pytest.mark.parametrize(
    ("key", "goes"),
    [
        (question_key("en", "WHICH country is 'Kiondo' from"), True),
        (question_key("en", NAMED, "Kenya"), True),
        (question_key("en", NAMED, "Uganda"), False),
        (question_key("sw", NAMED), False),
        (question_key("en", "Which country is “Kikapu” from?"), False),
    ],
)
def test_a_question_goes_with_its_answer_if_that_is_listed(key: int, goes: bool) -> None:
    asked = item(1, NAMED, "Kenya", template_id="country/en/open/1/r1")
    assert bool(reasons([group(asked)], protecting(questions=(key,)))) == goes


def test_a_reworded_question_is_also_looked_up_as_the_template_had_it() -> None:
    asked = item(1, NAMED, "Kenya") | {"question": "Kiondo: which country?", "answer": "It is from Kenya."}
    for text, answer in ((NAMED, "Kenya"), ("Kiondo: which country?", "It is from Kenya"), (NAMED, None)):
        assert reasons([group(asked)], protecting(questions=(question_key("en", text, answer),)))


def test_a_question_that_names_nothing_is_the_same_only_with_the_picture() -> None:
    text = "Which country is this from?"
    key = question_key("en", text, "Kenya")
    assert not reasons([group(item(1, text, "Kenya"))], protecting(questions=(key,)))
    assert reasons([group(item(1, text, "Kenya", template_id=""))], protecting(questions=(key,)))


def test_the_first_list_is_named_and_the_entity_before_the_picture() -> None:
    lists = [protecting("one", phashes=(0,)), protecting("two", qids=(1,), phashes=(0,))]
    assert reasons([group(item(1))], *lists) == {1: "protected_qid:two"}
    assert reasons([group(item(1), qid=9)], *lists) == {1: "protected_picture:one"}


def test_without_lists_or_rows_nothing_goes() -> None:
    assert reasons([group(item(1))]) == {}
    assert reasons([group(item(1))], protecting()) == {}
    assert overlaps([], {}, [protecting(qids=(1,), phashes=(1,))]) == {}


@given(
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=9), st.lists(st.integers(0, 2**64 - 1), max_size=9),
    st.integers(1, 20),
)  # fmt: skip
def test_the_nearest_as_by_comparing_every_two(ours: list[int], listed: list[int], compared: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(near_hashes, "_COMPARED", compared)
        found = near_hashes.nearest(np.array(ours, np.uint64), np.array(listed, np.uint64))
    assert found.tolist() == [min(((one ^ other).bit_count() for other in listed), default=255) for one in ours]


def test_the_held_out_split_takes_its_entities_and_named_questions_and_nothing_else(tmp_path: Path) -> None:
    """Of the sample, every fourth entity is held out."""
    groups = sample_groups("sw", "th")
    phashes = {each["sha256"]: hash_of(each["qid"]) for each in groups}
    held, others = groups[::4], [each for number, each in enumerate(groups) if number % 4]
    keys = held_out_keys(held, phashes)
    assert keys == held_out_keys(held[::-1], phashes)
    pq.write_table(keys, tmp_path / "held_out.parquet")
    protected = load_protected(str(tmp_path / "held_out.parquet"))
    found = overlaps(groups, phashes, [protected])
    assert set(found) == {each["qa_id"] for one in held for each in one["items"]}
    elsewhere = {each["sha256"]: ~phashes[each["sha256"]] for each in groups}
    by_text = overlaps([{**each, "qid": each["qid"] + 10**9} for each in groups], elsewhere, [protected])
    assert set(by_text) == {each["qa_id"] for one in held for each in one["items"] if told_name(each)}
    assert len(by_text) > 20
    assert not overlaps(others, phashes, [protected])


def hash_of(qid: int) -> int:
    """Far apart for different entities."""
    return int(np.random.default_rng(qid).integers(-(2**63), 2**63))


def test_a_split_without_rows_is_an_empty_list() -> None:
    keys = held_out_keys([], {})
    assert keys.schema.equals(KEYS)
    assert keys.num_rows == 0


def left_out(found: dict[int, Overlap], groups: list[Row]) -> list[Row]:
    """Rows of `schema.LEFT_OUT`, with one that another filter took."""
    rows = [
        {**each, "sha256": one["sha256"], "reason": why.reason, "evidence": why.evidence}
        for one in groups
        for each in one["items"]
        if (why := found.get(each["qa_id"])) is not None
    ]
    return [*rows, *({**each, "reason": "not_passing", "evidence": None} for each in rows[:1])]


def test_counts_and_examples_are_the_same_however_rows_are_divided() -> None:
    groups = [
        group(*(item(10 * number + each) for each in range(3)), qid=number, picture=str(number)) for number in range(20)
    ]
    phashes = {str(number): number << 32 for number in range(20)}
    lists = [protecting("one", qids=tuple(range(5))), protecting("two", phashes=tuple(phashes.values()))]
    found = overlaps(groups, phashes, lists, distance=0)
    whole = tally(left_out(found, groups))
    assert whole == merge(tally(left_out(found, part)) for part in (groups[13:], groups[:6], [], groups[6:13]))
    assert whole["one", "qid"].items == 15
    assert whole["two", "picture"].pictures == 15
    assert len(whole["two", "picture"].examples) == EXAMPLES
    assert sum(each.items for each in whole.values()) == len(found)


def test_the_report_names_every_list_and_what_was_found() -> None:
    asked = item(1, "A | B “X”?", "y", template_id="")
    lists = [protecting("one", questions=(question_key("en", "A | B “X”?"),)), protecting("none", qids=(77,))]
    groups = [group(asked)]
    text = overlap_report(tally(left_out(overlaps(groups, {"a": 0}, lists), groups)), lists)
    assert "| one | 1 | 0 | 0 | 1 | 0 | 0 | 1 |" in text
    assert "| none | 1 | 1 | 0 | 0 | 0 | 0 | 0 |" in text
    assert "| Q1 | en | A \\| B “X”? |" in text


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason=ABSENT)
def test_copies_of_real_photographs_are_found_and_others_are_not() -> None:
    """Half of them are listed, smaller, recompressed and a little cut; the other half is not."""
    files = [path.read_bytes() for path, _, _ in photographs()]
    phashes = {str(number): stored_hash(data) for number, data in enumerate(files)}
    groups = [group(item(number), qid=number + 1, picture=str(number)) for number in range(len(files))]
    for change in (smaller, recompressed, cut):
        listed = protecting(phashes=tuple(stored_hash(change(data)) % 2**64 for data in files[::2]))
        assert set(overlaps(groups, phashes, [listed])) == set(range(0, len(files), 2))


def stored_hash(data: bytes) -> int:
    return normalise(data, max_pixels=10**8, max_side_px=360).phash


def edited(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def smaller(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        return edited(picture.resize((picture.width // 2, picture.height // 2)), 90)


def recompressed(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        return edited(picture, 40)


def cut(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        across, down = picture.width // 50, picture.height // 50
        return edited(picture.crop((across, down, picture.width - across, picture.height - down)), 90)
