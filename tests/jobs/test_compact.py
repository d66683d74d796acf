from __future__ import annotations

from pathlib import Path

import pytest

from jobs.cli import main
from pipeline.picture_store import PictureStore
from pipeline.storage import open_storage
from tests.kit.stored_pictures import picture, store


def test_small_packs_become_one_that_holds_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = open_storage(str(tmp_path))
    data = [bytes([number]) * 100 for number in range(5)]
    for each in data:
        store(output, each)
    arguments = ["compact", "--config", "configs/debug.yaml", "--set", f"output={tmp_path}"]
    assert main(arguments) == 0
    assert main(arguments) == 0
    assert capsys.readouterr().out.splitlines() == [
        "packs of pictures: 5 before, 1 now",
        "packs of pictures: 1 before, 1 now",
    ]
    assert PictureStore(output).digests() == {picture(each).sha256 for each in data}
