"""Fixtures around the embedded sample; `tests/conftest.py` makes them known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from jobs.cli import main
from sample.build import BuiltSample, build
from sample.commons_server import CommonsServer
from tests.kit.sample_run import SampleRun


@pytest.fixture(scope="session")
def built_sample(tmp_path_factory: pytest.TempPathFactory) -> BuiltSample:
    """The embedded sample, built once."""
    return build(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def commons(built_sample: BuiltSample) -> Iterator[CommonsServer]:
    """A well-behaved Commons with the sample's drawings."""
    with CommonsServer(built_sample.commons) as server:
        yield server


@pytest.fixture(scope="session")
def undisturbed(
    built_sample: BuiltSample, commons: CommonsServer, tmp_path_factory: pytest.TempPathFactory
) -> SampleRun:
    """A complete run that nothing happened to, done in process without Ray."""
    run = SampleRun(built_sample, commons, str(tmp_path_factory.mktemp("undisturbed")))
    assert main(run.arguments("run", "--local")) == 0
    return run
