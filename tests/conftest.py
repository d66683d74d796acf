"""What several test files share: a real S3 server, places to store things on both kinds of storage."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.storage import Storage, open_storage
from tests.kit.fixtures import built_sample, commons, undisturbed
from tests.kit.proxy import FaultyProxy
from tests.kit.seaweed import SeaweedServer

__all__ = ["built_sample", "commons", "undisturbed"]

# Two cores may be busy with something else: how long an example takes says nothing here.
settings.register_profile("default", deadline=None, print_blob=True)
# What continuous integration says must be about the change: there the same examples are drawn every time.
settings.register_profile("fixed", deadline=None, print_blob=True, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two test processes share two cores: what starts a cluster or an engine is done by one of them, one at a time."""
    for item in items:
        alone = any(item.get_closest_marker(name) for name in ("ray", "vllm"))
        if alone or "undisturbed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("cluster"))


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeaweedServer]:
    """One S3 server for all tests; a test keeps to a prefix of its own and leaves the server running."""
    with SeaweedServer(tmp_path_factory.mktemp("seaweed")) as server:
        yield server


@pytest.fixture
def s3_uri(seaweed: SeaweedServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """An empty prefix of the server's bucket; the environment of this process and its children points to the server."""
    for name, value in seaweed.environment().items():
        monkeypatch.setenv(name, value)
    return f"s3://{seaweed.bucket}/{uuid.uuid4().hex}"


@pytest.fixture
def proxy(seaweed: SeaweedServer, s3_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyProxy]:
    """A proxy before the server, to which the environment points now."""
    with FaultyProxy(seaweed.endpoint) as between:
        monkeypatch.setenv("AWS_ENDPOINT_URL", between.endpoint)
        yield between


@pytest.fixture(params=["local", pytest.param("s3", marks=pytest.mark.s3)])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage: the test runs once on a directory and once on the S3 server."""
    return open_storage(request.getfixturevalue("s3_uri") if request.param == "s3" else str(tmp_path / "storage"))
