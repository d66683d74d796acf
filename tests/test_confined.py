"""Names that strangers chose lead to no place outside of a storage or of a folder that it is copied to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StorageError
from pipeline.storage import ObjectInfo, Storage, below, open_storage
from training.model import folder as model_folder

OUTSIDE = ["../secret", "a/../../secret", "a/..", "..", "/etc/passwd"]
OPERATIONS: dict[str, Callable[[Storage, str], Any]] = {
    "read": lambda storage, path: storage.read(path),
    "stat": lambda storage, path: storage.stat(path),
    "write": lambda storage, path: storage.write(path, b"x"),
    "create": lambda storage, path: storage.create(path, b"x"),
    "list": lambda storage, path: list(storage.list(f"{path}/")),
    "folders": lambda storage, path: list(storage.folders(path)),
    "delete": lambda storage, path: storage.delete(path),
    "child": lambda storage, path: storage.child(path),
}


@pytest.mark.parametrize("path", OUTSIDE)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_no_operation_leaves_a_directory(tmp_path: Path, operation: str, path: str) -> None:
    (tmp_path / "secret").write_bytes(b"mine")
    with pytest.raises(StorageError, match="lies outside of it"):
        OPERATIONS[operation](open_storage(str(tmp_path / "run")), path)
    assert [found.name for found in tmp_path.iterdir()] == ["secret"]
    assert (tmp_path / "secret").read_bytes() == b"mine"


@given(st.lists(st.sampled_from(["..", ".", "", "a", "...", "..b", "\u2025"]), max_size=6).map("/".join))
def test_what_is_let_through_stays_below(path: str) -> None:
    root = Path("/somewhere/run")
    try:
        found = below(root, path)
    except StorageError:
        assert ".." in path.split("/") or path.startswith("/")
    else:
        # Nothing of it is a link, so that this is where it leads.
        assert Path(*found.parts).resolve().is_relative_to(root)


def test_a_model_with_such_names_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bucket may have them; a directory cannot."""
    source = open_storage(str(tmp_path / "bucket"))
    source.write("config.json", b"{}")
    listed = [ObjectInfo("config.json", 2, ""), ObjectInfo("../.profile", 2, "")]
    monkeypatch.setattr(type(source), "list", lambda self, prefix="": iter(listed))
    with pytest.raises(StorageError, match=r"'\.\./\.profile' lies outside of it"):
        model_folder.download(source.uri, tmp_path / "model")
    assert not (tmp_path / ".profile").exists()
