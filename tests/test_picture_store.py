from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import StorageError, VerificationError
from pipeline.picture_store import FOLDER, load_picture, picture_path, store_picture
from pipeline.storage import Storage
from tests.kit.fused_storage import Fuse, FusedStorage


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pictures=st.lists(st.binary(max_size=50), max_size=5))
def test_what_is_stored_comes_back_under_its_digest(storage: Storage, pictures: list[bytes]) -> None:
    for data in pictures:
        store_picture(storage, name_of(data), data)
    assert [load_picture(storage, name_of(data)) for data in pictures] == pictures


def test_the_same_picture_is_stored_once(storage: Storage) -> None:
    fuse = Fuse()
    for data in (b"one", b"two", b"one"):
        store_picture(FusedStorage(storage, fuse), name_of(data), data)
    assert fuse.paths("write") == [picture_path(name_of(b"one")), picture_path(name_of(b"two"))]
    assert len(list(storage.list(f"{FOLDER}/"))) == 2


def test_pictures_spread_over_folders_by_their_first_two_digits() -> None:
    assert picture_path("ab" + "0" * 62) == f"pictures/ab/ab{'0' * 62}.jpg"


def test_bytes_that_are_not_what_their_name_promises_are_named(storage: Storage) -> None:
    sha256 = name_of(b"right")
    storage.write(picture_path(sha256), b"wrong")
    with pytest.raises(VerificationError, match=rf"{sha256}\.jpg: its bytes do not match its name"):
        load_picture(storage, sha256)


def test_a_picture_that_is_not_there_is_named(storage: Storage) -> None:
    with pytest.raises(StorageError, match="0" * 64):
        load_picture(storage, "0" * 64)
