from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.storage import open_storage
from training.settings import MixturePart, Train
from training.stage import TrainStage


def test_a_mixture_of_what_is_no_import_is_refused_before_anything_runs(tmp_path: Path) -> None:
    mixture = (MixturePart(name="own", times=1), MixturePart(name="more", data=str(tmp_path), times=1))
    stage = TrainStage(Train(mixture=mixture), open_storage(str(tmp_path)))
    with pytest.raises(InputError, match=r"train\.mixture, part more: .*culturalground import --to"):
        stage.check()
