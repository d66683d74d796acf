"""The store of pictures: what went in comes out under its digest, whatever merged, stopped or raced in between."""

from __future__ import annotations

import hashlib
import pickle
import random
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError, VerificationError
from pipeline.picture_pack import NO_PICTURE, Picture, pack, pack_name, source_key, unpack
from pipeline.picture_store import FOLDER, PictureStore, pack_path
from pipeline.storage import ObjectInfo, Storage
from tests.kit.fused_storage import Fuse, FusedStorage, Killed
from tests.kit.stored_pictures import picture, store

BYTES = st.lists(st.binary(min_size=1, max_size=60), max_size=12)


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pictures=BYTES)
def test_what_is_stored_comes_back_under_its_digest(storage: Storage, pictures: list[bytes]) -> None:
    writer = PictureStore(storage)
    writer.add(map(picture, pictures[:5]))
    for data in pictures[5:]:
        writer.add([picture(data)])
    for reader in (writer, PictureStore(storage), pickle.loads(pickle.dumps(writer))):
        assert [reader.load(name_of(data)) for data in pictures] == pictures


@given(BYTES, st.randoms(use_true_random=False))
def test_a_pack_is_the_same_in_any_order_and_holds_all(pictures: list[bytes], draw: random.Random) -> None:
    given = [picture(data) for data in pictures]
    mixed = given + given[:2]
    draw.shuffle(mixed)
    data = pack(mixed)
    assert data == pack(given)
    assert sorted(each.data for each in unpack(data, "x")) == sorted(set(pictures))
    assert {each.source: dict(each.facts) for each in unpack(data, "x")} == {
        each.source: dict(each.facts) for each in given
    }


def test_a_source_is_known_with_its_facts(storage: Storage) -> None:
    seen, other, broken = (source_key("File.jpg", number) for number in range(3))
    PictureStore(storage).add([picture(b"one", seen)])
    refusal = {"reason": "corrupt", "detail": "no picture"}
    PictureStore(storage).add([Picture(NO_PICTURE, b"", broken, refusal)])
    reader = PictureStore(storage)
    assert reader.known([seen, other, broken]) == {
        seen: (name_of(b"one"), {"num_bytes": 3}), broken: (NO_PICTURE, refusal)
    }  # fmt: skip
    assert reader.digests() == {name_of(b"one")}


def test_packs_of_the_same_sources_are_merged_and_readers_find_what_moved(storage: Storage) -> None:
    writer, reader = PictureStore(storage), PictureStore(storage)
    data = [bytes([number]) * 50 for number in range(20)]
    sources = [source_key(number) for number in range(20)]
    writer.add(map(picture, data[:3], sources[:3]))
    for each, source in zip(data[3:], sources[3:], strict=True):
        writer.add([picture(each, source)])
    assert [reader.load(name_of(each)) for each in data] == data
    assert len(writer.names()) == 18
    # The pack of three holds one that is not asked for.
    writer.gather(sources[1:])
    assert len(writer.names()) == 2
    writer.gather(sources)
    assert len(writer.names()) == 1
    # The reader's list of packs is old.
    assert [reader.load(name_of(each)) for each in data] == data


def test_a_source_is_known_while_others_merge(storage: Storage) -> None:
    data = [bytes([number]) * 50 for number in range(6)]
    sources = [source_key(number) for number in range(6)]
    writer, reader = PictureStore(storage), PictureStore(storage)
    for each, source in zip(data, sources, strict=True):
        writer.add([picture(each, source)])
    reader.refresh()
    writer.gather(sources)
    assert {source: sha256 for source, (sha256, _) in reader.known(sources).items()} == {
        source: name_of(each) for each, source in zip(data, sources, strict=True)
    }


def test_packs_that_are_merged_while_the_list_is_read_are_found_again(storage: Storage) -> None:
    data = [bytes([number]) * 50 for number in range(6)]
    names = [store(storage, each) for each in data]
    merging = [lambda: PictureStore(storage).compact()]

    class Meanwhile(FusedStorage):
        """Others merge between the list and what is read after it."""

        def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
            found = list(self.inner.list(prefix))
            while merging:
                merging.pop()()
            return iter(found)

    reader = PictureStore(Meanwhile(storage, Fuse()))
    assert reader.digests() == {name_of(each) for each in data}
    assert len(set(names)) == 6


def test_many_are_read_at_once_also_while_others_merge(storage: Storage) -> None:
    data = [f"picture {number}".encode() for number in range(40)]
    for part in (data[:10], data[10:20], data[20:]):
        PictureStore(storage).add(map(picture, part))
    reader = PictureStore(storage)
    expected = {name_of(each): each for each in data}
    assert reader.load_all(expected) == expected
    PictureStore(storage).merge(PictureStore(storage).names()[:2])
    assert reader.load_all(expected) == expected
    assert PictureStore(storage).load_all([]) == {}
    with pytest.raises(StorageError, match="there is no picture"):
        reader.load_all([name_of(data[0]), name_of(b"another")])
    pack = next(info.path for info in storage.list(f"{FOLDER}/"))
    storage.write(pack, bytes([storage.read(pack)[0] ^ 1]) + storage.read(pack)[1:])
    with pytest.raises(VerificationError, match="do not match the name"):
        reader.load_all(expected)


def test_two_who_tidy_up_at_once_lose_nothing(storage: Storage) -> None:
    """Three packs of two, each picture in two of them, and three who each own one: none may be counted on by all."""
    data = [bytes([number]) * 50 for number in range(3)]
    sources = [source_key(number) for number in range(3)]
    pairs = [(0, 1), (1, 2), (2, 0)]
    for pair in pairs:
        PictureStore(storage).add([picture(data[each], sources[each]) for each in pair])
    tidying = [PictureStore(storage) for _ in pairs]
    for store_of_one in tidying:
        store_of_one.refresh()
    for store_of_one, pair in zip(tidying, pairs, strict=True):
        store_of_one.gather([sources[each] for each in pair])
    assert [PictureStore(storage).load(name_of(each)) for each in data] == data


@pytest.mark.parametrize("stop", range(1, 12))
def test_a_merge_that_is_cut_short_loses_nothing(storage: Storage, stop: int) -> None:
    data = [bytes([number]) * 50 for number in range(5)]
    for each in data:
        store(storage, each)
    # Five reads, one pack written, five deleted.
    fuse = Fuse(burns_at=stop)
    with pytest.raises(Killed):
        PictureStore(FusedStorage(storage, fuse)).merge(PictureStore(storage).names())
    reader = PictureStore(storage)
    assert [reader.load(name_of(each)) for each in data] == data
    reader.compact()
    assert len(reader.names()) == 1
    assert [reader.load(name_of(each)) for each in data] == data


def test_compacting_makes_packs_of_about_a_size_and_leaves_large_ones(storage: Storage) -> None:
    draw = random.Random(2)
    data = [draw.randbytes(1000) for _ in range(40)]
    large = PictureStore(storage).add(map(picture, (draw.randbytes(1000) for _ in range(8))))
    for each in data:
        store(storage, each)
    writer = PictureStore(storage)
    before, after = writer.compact(pack_bytes=10_000)
    assert (before, after) == (41, len(writer.names()))
    assert 5 <= after <= 8
    assert large in writer.names()
    assert all(info.size <= 10_000 for info in storage.list(f"{FOLDER}/"))
    assert [PictureStore(storage).load(name_of(each)) for each in data] == data


def test_many_writers_at_once_do_no_harm(storage: Storage) -> None:
    data = [bytes([number]) * 40 for number in range(24)]
    sources = [source_key(number) for number in range(24)]
    failures: list[BaseException] = []

    def write(first: int) -> None:
        try:
            writer = PictureStore(storage)
            mine = range(first, first + 12)  # half of them another's too
            for number in mine:
                writer.add([picture(data[number], sources[number])])
            writer.gather([sources[number] for number in mine])
        except BaseException as error:  # noqa: BLE001 - seen by the test
            failures.append(error)

    threads = [threading.Thread(target=write, args=(first,)) for first in (0, 6, 12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    reader = PictureStore(storage)
    assert [reader.load(name_of(each)) for each in data] == data


def test_a_picture_taken_out_is_in_no_pack_and_the_others_are(storage: Storage) -> None:
    data = [bytes([number]) * 40 for number in range(6)]
    writer = PictureStore(storage)
    writer.add(map(picture, data[:4]))
    store(storage, data[0])
    writer.add(map(picture, data[4:]))
    assert PictureStore(storage).remove([name_of(data[0])]) == 2
    reader = PictureStore(storage)
    assert reader.digests() == {name_of(each) for each in data[1:]}
    assert [reader.load(name_of(each)) for each in data[1:]] == data[1:]
    assert not any(data[0] in storage.read(info.path) for info in storage.list(f"{FOLDER}/"))
    with pytest.raises(StorageError, match="there is no picture"):
        reader.load(name_of(data[0]))


def test_bytes_that_are_not_what_their_name_promises_are_named(storage: Storage) -> None:
    path = store(storage, b"right")
    whole = storage.read(path)
    storage.write(path, b"wrong" + whole[5:])
    with pytest.raises(VerificationError, match=rf"{path}: its bytes do not match the name of picture"):
        PictureStore(storage).load(name_of(b"right"))
    storage.write(path, whole[:-3])
    with pytest.raises(VerificationError, match=rf"{path}: is no pack of pictures, or one that was cut off"):
        PictureStore(storage).load(name_of(b"right"))


def test_a_picture_that_is_not_there_is_named(storage: Storage) -> None:
    with pytest.raises(StorageError, match="0" * 64):
        PictureStore(storage).load("0" * 64)


def test_a_pack_lies_in_a_folder_by_the_first_digits_of_its_name() -> None:
    name = pack_name(pack([picture(b"one")]))
    assert pack_path(name) == f"pictures/{name[:2]}/{name}.pack"


def test_an_index_longer_than_the_first_read_is_read_whole(storage: Storage) -> None:
    data = [number.to_bytes(4, "big") for number in range(1500)]
    PictureStore(storage).add(map(picture, data))
    reader = PictureStore(storage)
    assert [reader.load(name_of(each)) for each in data[::100]] == data[::100]
    assert len(reader.digests()) == 1500
