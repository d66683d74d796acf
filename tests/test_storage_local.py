"""What a directory says when it refuses: permission, a full disk, a read-only file system, a file in the way."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.storage import open_storage
from tests.kit.unprivileged import PREFIX, can_give_up

ROOT = Path(__file__).parents[1]


def outcome(action: str, directory: Path, *, bound: bool = False, before: str = "") -> str:
    """The message of the StorageError that `action` on `storage` meets, or `done`.

    Args:
        action: an expression in which `storage` is the directory.
        directory: of the storage.
        bound: whether permissions hold, also for root.
        before: shell commands to run first in a mount namespace of its own, where `$D` is the directory.
    """
    program = (
        "import os, sys\n"
        "from pipeline.errors import StorageError\n"
        "from pipeline.storage import open_storage\n"
        "storage = open_storage(sys.argv[1])\n"
        "try:\n"
        f"    {action}\n"
        "    print('done')\n"
        "except StorageError as error:\n"
        "    print(error)\n"
    )
    command = [*(PREFIX if bound else []), sys.executable, "-c", program, str(directory)]
    if before:
        script = f'set -e; D="$1"; shift; {before}; exec "$@"'
        command = [*_NAMESPACE, "sh", "-c", script, "sh", str(directory), *command]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


_NAMESPACE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]


def _can_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    trial = [*_NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(trial, capture_output=True, check=False, timeout=20).returncode == 0


can_mount = pytest.mark.skipif(not _can_mount(), reason="this user may not mount a file system of their own")


@can_give_up
def test_a_directory_that_may_not_be_written_is_named_with_advice(tmp_path: Path) -> None:
    open_storage(str(tmp_path)).write("there", b"1")
    tmp_path.chmod(0o555)
    for action in ("storage.write('x', b'')", "storage.create('x', b'')", "storage.delete('there')"):
        message = outcome(action, tmp_path, bound=True)
        assert str(tmp_path) in message
        assert "permission denied; choose another `output` or change the owner" in message
    assert outcome("assert storage.read('there') == b'1'", tmp_path, bound=True) == "done"
    tmp_path.chmod(0o755)


@can_give_up
def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    open_storage(str(tmp_path)).write("commits/000000.json", b"{}")
    (tmp_path / "commits").chmod(0o000)
    for action in ("list(storage.list())", "list(storage.list('commits/'))", "list(storage.folders('commits/'))"):
        assert "permission denied" in outcome(action, tmp_path, bound=True), action
    (tmp_path / "commits").chmod(0o755)


@can_mount
def test_a_full_disk_is_named_and_leaves_no_half_object(tmp_path: Path) -> None:
    mounting = 'mount -t tmpfs -o size=64k tmpfs "$D"'
    for action in ("storage.write('x', bytes(200_000))", "storage.create('x', bytes(200_000))"):
        message = outcome(action, tmp_path, before=mounting)
        assert message == (
            f"{tmp_path}/x: cannot write: the disk is full; free space and run again, committed work is kept"
        )
    again = (
        "storage.write('kept', b'1')\n"
        "    try:\n        storage.write('kept', bytes(200_000))\n"
        "    except StorageError:\n        pass\n"
        "    assert storage.read('kept') == b'1' and os.listdir(sys.argv[1]) == ['kept']\n"
        "    storage.write('x', bytes(10_000))"
    )
    assert outcome(again, tmp_path, before=mounting) == "done", "the old object stays, and space is free for the next"


@can_mount
def test_a_read_only_file_system_is_named(tmp_path: Path) -> None:
    message = outcome("storage.write('x', b'')", tmp_path, before='mount -t tmpfs -o ro tmpfs "$D"')
    assert message == f"{tmp_path}/x: cannot write: the file system is read-only; choose another `output`"


def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path) -> None:
    storage = open_storage(str(tmp_path))
    storage.write("a", b"")
    for path in ("a/b", "a/b/c"):
        with pytest.raises(StorageError, match=rf"{path}: cannot write: a file stands where a folder is needed"):
            storage.write(path, b"")
        assert storage.stat(path) is None
    storage.write("folder/x", b"")
    with pytest.raises(StorageError, match="folder: cannot write: a folder stands where a file is needed"):
        storage.write("folder", b"")
