"""The model stage opens every kind of start point as a LlavaNext."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest

from pipeline.errors import ConfigError
from pipeline.storage import open_storage
from tests.training.model.test_llava import write_original, write_tower
from training.model.llava import is_original
from training.model.stage import BaseStage
from training.settings import Model


def test_a_checkpoint_in_llavas_layout_is_converted(tmp_path: Path) -> None:
    write_tower(tmp_path / "clip")
    write_original(tmp_path / "original", None, Path("openai/clip"), 320)
    output = open_storage(str(tmp_path / "out"))
    (tmp_path / "scratch").mkdir()
    settings = Model(base=str(tmp_path / "original"), tower=str(tmp_path / "clip"))
    assert not is_original(BaseStage(settings, output)._folder(tmp_path / "scratch"))
    with pytest.raises(ConfigError, match="openai/clip@COMMIT"):
        BaseStage(Model(base=str(tmp_path / "original")), output)._folder(tmp_path / "scratch")


@pytest.mark.parametrize("inside", [True, False])
def test_a_tower_of_the_hub_is_fetched_at_its_commit_and_its_weights_only_where_they_are_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    tower = write_tower(tmp_path / "clip")
    write_original(tmp_path / "original", tower if inside else None, Path("openai/clip"), 320)
    asked: list[tuple[Any, ...]] = []

    def fetch(source: str, *, revision: str, local_dir: Path, allow_patterns: list[str]) -> None:
        asked.append((source, revision, "*.safetensors" in allow_patterns))
        shutil.copytree(tmp_path / "clip", local_dir)
        (local_dir / ".cache").mkdir()

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    (tmp_path / "scratch").mkdir()
    settings = Model(base=str(tmp_path / "original"), tower="openai/clip@0123abc")
    BaseStage(settings, open_storage(str(tmp_path / "out")))._folder(tmp_path / "scratch")
    assert asked == [("openai/clip", "0123abc", not inside)]
    assert not (tmp_path / "scratch" / "tower" / ".cache").exists()
