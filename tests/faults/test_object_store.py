"""What workers share does not fit Ray's object store, nor the disk that it may spill to."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.storage import open_storage
from tests.kit.driver import started
from tests.kit.heavy_run import STORE_MB
from tests.kit.toy import Numbers, run_toy, subjects

pytestmark = [pytest.mark.ray, pytest.mark.slow]

DRIVER = "tests.kit.heavy_run"
# From this share of the disk on Ray takes it for full: always.
DISK_FULL = {"RAY_local_fs_capacity_threshold": "0.000001"}


def arguments(folder: Path) -> list[str]:
    return [str(folder / "run"), str(2 * STORE_MB)]


def test_what_does_not_fit_the_object_store_goes_to_the_disk(tmp_path: Path) -> None:
    with started(arguments(tmp_path), module=DRIVER) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
    done = run_toy(Numbers(), open_storage(str(tmp_path / "run")))
    assert subjects(done) == [number for number in range(20) if number % 3]


def test_a_disk_that_is_full_too_ends_the_run_with_a_sentence(tmp_path: Path) -> None:
    with started(arguments(tmp_path), DISK_FULL, DRIVER) as driver:
        code, printed = driver.wait(120)
    assert code == 2, printed
    assert "Traceback" not in printed
    assert "object store" in printed
    assert "committed work is kept" in printed
    with started(arguments(tmp_path), module=DRIVER) as driver:
        code, printed = driver.wait()
    assert code == 0, printed
