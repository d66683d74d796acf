from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import VerificationError
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Reply
from pipeline.storage import Storage, open_storage

PICTURE = "ab" * 32
OTHER = "ab" * 31 + "cd"
TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def reply(text: str) -> Reply:
    return Reply(text, "stop", None, 3, 5)


def names(storage: Storage) -> list[str]:
    return [info.path for info in storage.list("replies/")]


def test_what_was_added_is_loaded_picture_by_picture(storage: Storage) -> None:
    store = ReplyStore(storage, "rephrase")
    assert store.load(PICTURE) == {}
    store.add(PICTURE, {"k1": reply("один"), "k2": Reply("x", "length")})
    store.add(OTHER, {"k3": reply("3")})
    store.add(PICTURE, {"k4": reply("4")})
    assert store.load(PICTURE) == {"k1": reply("один"), "k2": Reply("x", "length"), "k4": reply("4")}
    assert ReplyStore(storage, "judge").load(PICTURE) == {}
    assert all(name.startswith("replies/rephrase/ab/") and name.endswith(".json.gz") for name in names(storage))


def test_the_first_of_two_workers_stands_and_the_second_takes_its_replies(storage: Storage) -> None:
    one, other = {"k1": reply("b"), "k2": reply("c")}, {"k2": reply("a"), "k1": reply("a")}
    assert ReplyStore(storage, "rephrase").add(PICTURE, one) == one
    assert ReplyStore(storage, "rephrase").add(PICTURE, other) == one
    assert ReplyStore(storage, "rephrase").load(PICTURE) == one


def test_of_many_workers_at_once_all_take_the_same(storage: Storage) -> None:
    def work(number: int) -> dict[str, Reply]:
        return ReplyStore(storage, "rephrase").add(PICTURE, {"k": reply(str(number))})

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(work, range(8)))
    assert all(each == taken[0] for each in taken)
    assert ReplyStore(storage, "rephrase").load(PICTURE) == taken[0]


def test_files_that_overlap_merge_to_the_same_whatever_came_first(tmp_path: Path) -> None:
    files = [{"k1": reply("b"), "k2": reply("c")}, {"k1": reply("a")}, {"k2": reply("d"), "k3": reply("e")}]
    merged = []
    for number, order in enumerate(permutations(files)):
        store = ReplyStore(open_storage(str(tmp_path / str(number))), "rephrase")
        for each in order:
            store.add(PICTURE, each)
        merged.append(store.load(PICTURE))
    assert all(each == {"k1": reply("a"), "k2": reply("c"), "k3": reply("e")} for each in merged)


@given(st.dictionaries(st.text("0123456789abcdef", min_size=1), TEXTS, min_size=1))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: dict[str, str]) -> None:
    store = ReplyStore(open_storage(str(tmp_path_factory.mktemp("store"))), "rephrase")
    replies = {key: reply(text) for key, text in texts.items()}
    store.add(PICTURE, replies)
    assert store.load(PICTURE) == replies


def test_the_same_replies_are_the_same_bytes(tmp_path: Path) -> None:
    stores = [open_storage(str(tmp_path / name)) for name in "ab"]
    for storage, keys in zip(stores, ("xy", "yx"), strict=True):
        ReplyStore(storage, "judge").add(PICTURE, {key: reply(key) for key in keys})
    one, other = ([(name, storage.read(name)) for name in names(storage)] for storage in stores)
    assert one == other


@pytest.mark.parametrize(
    "damage", [b"", b"not gzip", lambda data: data[:-9], lambda data: data[:20] + b"\0" + data[21:]]
)
def test_a_damaged_file_is_named_and_not_believed(tmp_path: Path, damage: object) -> None:
    storage = open_storage(str(tmp_path))
    ReplyStore(storage, "judge").add(PICTURE, {"k": reply("text of some length " * 5)})
    [name] = names(storage)
    storage.write(name, damage(storage.read(name)) if callable(damage) else damage)  # type: ignore[arg-type]
    with pytest.raises(VerificationError, match=f"{name}.*delete it and run again"):
        ReplyStore(storage, "judge").load(PICTURE)
