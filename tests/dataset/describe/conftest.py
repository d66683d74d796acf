from __future__ import annotations

import pytest

from pipeline.storage import open_storage
from tests.dataset.describe.made import Made, make


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Read only."""
    return make(open_storage(str(tmp_path_factory.mktemp("described") / "run")), keep="passing")
