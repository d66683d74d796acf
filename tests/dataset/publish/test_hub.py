"""A repository of a hub that is published to, by the real client: what is sent, found, deleted, verified."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.dataset.export.hub import Hub as HubForm
from pipeline.dataset.export.run import export
from pipeline.dataset.publish import hub as hub_room
from pipeline.dataset.publish import hub_files as room
from pipeline.dataset.publish.address import HubAddress
from pipeline.dataset.publish.contents import File
from pipeline.dataset.publish.hub import Hub
from pipeline.dataset.publish.hub_files import batches
from pipeline.dataset.publish.run import Published, publish
from pipeline.errors import VerificationError
from pipeline.storage import Storage, open_storage
from tests.kit.assembled import three_shards
from tests.kit.exported import bytes_of, contents, exported, some_files
from tests.kit.hub_server import HubServer, Mood

REPO = "lab/food"


def published(hub: HubServer, source: Storage, branch: str = "main", *, private: bool = False) -> Published:
    return publish(source, Hub(HubAddress(REPO, branch), "Food of the world", private=private, endpoint=hub.url))


def commits_asked(hub: HubServer) -> int:
    return sum("/commit/" in path for _, path in hub.asked)


def test_all_files_are_there_and_each_came_once(hub: HubServer, tmp_path: Path) -> None:
    source = exported(tmp_path, some_files())
    done = published(hub, source)
    assert hub.files(REPO) == contents(source)
    assert (done.num_files, done.num_sent, done.num_deleted) == (len(some_files()) + 1, len(some_files()), 0)
    large = {hashlib.sha256(data).hexdigest(): len(data) for data in some_files().values() if len(data) > 5000}
    assert hub.came == large
    assert hub.small_came["README.md"] == hub.small_came["statistics.json"] == 1
    assert set(hub.repos[REPO].commits) == {"Food of the world"}
    assert not hub.repos[REPO].private


def test_a_real_export_is_what_readers_get(hub: HubServer, tmp_path: Path) -> None:
    source = open_storage(str(tmp_path / "out"))
    export(three_shards(open_storage(str(tmp_path / "run"))), "r", HubForm(), ("train", "test"), source)
    published(hub, source)
    assert hub.files(REPO) == contents(source)


def test_a_large_file_comes_in_parts(hub: HubServer, tmp_path: Path) -> None:
    hub.part_bytes = 7_000_000
    source = exported(tmp_path, {"images/a.tar": bytes_of(1, 20_000_000), **some_files(num_large=1)})
    published(hub, source)
    assert hub.files(REPO) == contents(source)
    assert sum(method == "PUT" and path.count("/") == 3 for method, path in hub.asked) == 3


def test_again_it_changes_nothing_and_sends_nothing(hub: HubServer, tmp_path: Path) -> None:
    source = exported(tmp_path, some_files())
    published(hub, source)
    came, commits = hub.came.copy(), commits_asked(hub)
    assert published(hub, source).num_sent == 0
    assert hub.came == came
    assert commits_asked(hub) == commits


def test_a_new_publication_deletes_what_it_does_not_have(hub: HubServer, tmp_path: Path) -> None:
    published(hub, exported(tmp_path / "a", some_files(0)))
    hub.repos[REPO].branches["main"]["LICENSE"] = hub.repos[REPO].branches["main"][".gitattributes"]
    came = hub.came.copy()
    source = exported(tmp_path / "b", some_files(1, num_large=3))
    done = published(hub, source)
    assert (done.num_sent, done.num_deleted) == (2, 4)
    files = hub.files(REPO)
    assert files.pop("LICENSE"), "not of a publication"
    assert files == contents(source)
    new = hashlib.sha256(some_files(1)["questions/train-000001.parquet"]).hexdigest()
    assert set(hub.came - came) == {new}, "only what is new came"


def test_what_the_store_has_is_not_sent_for_another_branch(hub: HubServer, tmp_path: Path) -> None:
    source = exported(tmp_path, some_files())
    published(hub, source)
    came = hub.came.copy()
    published(hub, source, "v2/draft")
    assert hub.files(REPO, "v2/draft") == contents(source)
    assert hub.came == came


def test_a_commit_takes_so_many_files_and_bytes(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (room, hub_room):
        monkeypatch.setattr(each, "FILES_PER_COMMIT", 4)
    first = exported(tmp_path / "a", some_files(0, num_large=11))
    published(hub, first)
    assert hub.files(REPO) == contents(first)
    second = exported(tmp_path / "b", some_files(1, num_large=1))
    assert published(hub, second).num_deleted == 11
    assert hub.files(REPO) == contents(second)
    assert not [path for path in hub.repos[REPO].branches["main"] if path.startswith(".publishing")]


@given(st.lists(st.sampled_from([0, 1, 9_999_999, 10_000_000, 3_000_000_000, 30_000_000_000]), max_size=700))
def test_batches_keep_order_and_limits(sizes: list[int]) -> None:
    files = [File(str(number), size, "") for number, size in enumerate(sizes)]
    cut = list(batches(files))
    assert [file for batch in cut for file in batch] == files
    for batch in cut:
        small = sum(file.size for file in batch if file.size < room.SMALL_BYTES)
        assert 0 < len(batch) <= room.FILES_PER_COMMIT
        assert len(batch) == 1 or sum(file.size for file in batch) <= room.BYTES_PER_COMMIT
        assert len(batch) == 1 or small <= room.SMALL_BYTES_PER_COMMIT


def test_private_means_private(hub: HubServer, tmp_path: Path) -> None:
    published(hub, exported(tmp_path, some_files()), private=True)
    assert hub.repos[REPO].private


def test_what_the_hub_damaged_is_found_and_mended(hub: HubServer, tmp_path: Path) -> None:
    source = exported(tmp_path, some_files())
    published(hub, source)
    main = hub.repos[REPO].branches["main"]
    path = "pictures/train-000002.parquet"
    whole = hub.objects.pop(main[path].oid)
    hub.objects["0" * 64] = whole[:-1] + b"?"
    main[path].oid = "0" * 64
    main["statistics.json"].content = b"[]"
    del main["empty.txt"]
    assert published(hub, source).num_sent == 3
    assert hub.files(REPO) == contents(source)


def test_bytes_that_changed_on_the_way_are_found(hub: HubServer, tmp_path: Path) -> None:
    hub.moods.append(Mood("corrupt", "PUT", "/lfs/"))
    with pytest.raises(VerificationError, match=r"after sending, \w+/train-000000.parquet has other bytes there"):
        published(hub, exported(tmp_path, some_files(num_large=1)))
    assert "manifest.json" not in hub.files(REPO)


def test_a_file_that_the_repository_ignores_is_told(hub: HubServer, tmp_path: Path) -> None:
    hub.ignored.add("statistics.json")
    with pytest.raises(VerificationError, match=r"statistics.json is not there \(does a .gitignore"):
        published(hub, exported(tmp_path, some_files()))
    assert "manifest.json" not in hub.files(REPO)


def test_a_file_that_changes_while_it_is_sent_is_told(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = exported(tmp_path, some_files(num_large=1))
    begin = Hub.begin

    def changes(self: Hub, *given: object) -> None:
        begin(self, *given)  # type: ignore[arg-type]
        (tmp_path / "pictures/train-000000.parquet").write_bytes(bytes_of(99, 30_000))

    monkeypatch.setattr(Hub, "begin", changes)
    with pytest.raises(VerificationError, match=r"pictures/train-000000.parquet: was changed while it was published"):
        published(hub, source)
    assert not {"manifest.json", "pictures/train-000000.parquet"} & set(hub.files(REPO))


@pytest.mark.s3
def test_from_a_bucket(hub: HubServer, tmp_path: Path, s3_uri: str) -> None:
    source, bucket = exported(tmp_path, some_files()), open_storage(s3_uri)
    for path, data in contents(source).items():
        bucket.write(path, data)
    published(hub, bucket)
    assert hub.files(REPO) == contents(source)
