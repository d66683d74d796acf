"""The model stage opens every kind of start point as a LlavaNext."""

from __future__ import annotations

from pathlib import Path

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
