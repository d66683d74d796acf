from __future__ import annotations

import pytest

from pipeline.questions.templates import Catalogue, shipped_catalogue


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return shipped_catalogue()
