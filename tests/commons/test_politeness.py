from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.commons.fetch import CommonsClient
from pipeline.commons.governor import Governor, SourceUnavailable
from pipeline.commons.picture import FileInfo
from sample.commons_server import Reply
from tests.commons.clocks import SkippingClock
from tests.commons.conftest import Serve, free, many, settings_for, using
from tests.commons.pictures import clouds, encoded
from tests.kit.commons import API_PATH, Script, announced, flaky, max_in_flight, redirect, status


async def all_pictures(client: CommonsClient, titles: Sequence[str]) -> dict[str, bytes]:
    infos = await client.describe(titles)
    found = [info for info in infos.values() if isinstance(info, FileInfo)]
    fetched = await asyncio.gather(*(client.picture(info) for info in found))
    return {info.title: one.data for info, one in zip(found, fetched, strict=True)}


@pytest.mark.parametrize("connections", [1, 2, 3])
def test_a_client_never_has_more_connections_than_it_may(serve: Serve, connections: int) -> None:
    files = many(12)
    server = serve(files, behave=Script(hold_s=0.03))
    titles = [file.title for file in files]
    got = using(server, lambda client: all_pictures(client, titles), connections=connections)
    assert sorted(got) == sorted(titles)
    assert max_in_flight(server.requests) == connections


def test_clients_that_share_a_governor_share_its_budget(serve: Serve) -> None:
    files = many(12)
    server = serve(files, behave=Script(hold_s=0.03))
    settings = settings_for(server)

    async def cluster() -> None:
        governor = Governor(settings.limits())
        async with CommonsClient(settings, governor=governor) as one, CommonsClient(settings, governor=governor) as two:
            titles = [file.title for file in files]
            await asyncio.gather(all_pictures(one, titles[::2]), all_pictures(two, titles[1::2]))

    asyncio.run(cluster())
    assert max_in_flight(server.requests) == 2


@pytest.mark.parametrize("seed", range(6))
def test_whatever_passes_with_time_changes_no_picture(serve: Serve, seed: int) -> None:
    files = many(15)
    titles = [file.title for file in files]
    smooth = using(serve(files), lambda client: all_pictures(client, titles))
    server = serve(files, behave=flaky(seed, share=0.6, max_attempts=4, hold_s=0.005))
    rough = using(server, lambda client: all_pictures(client, titles), SkippingClock())
    assert rough == smooth
    assert len(server.requests) > len(titles) + 5
    assert max_in_flight(server.requests) <= 2


def test_a_server_that_fails_throughout_is_left_alone(serve: Serve) -> None:
    files = many(30)
    script = Script()
    for file in files:
        script.picture(file.title, always=status(503))
    server = serve(files, behave=script)
    with pytest.raises(SourceUnavailable, match=r"2[01] failed requests in a row; last: status 503"):
        using(server, lambda client: all_pictures(client, [file.title for file in files]), max_attempts=2)
    assert 20 <= sum(request.path != API_PATH for request in server.requests) <= 22


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(status(404), "missing_file"), (announced(10**12), "too_large"), (redirect("//elsewhere/"), "redirect_refused")],
)
def test_pictures_of_no_use_are_no_sign_of_a_failing_server(serve: Serve, fault: Reply, reason: str) -> None:
    files = [free(f"P{n}.jpg", encoded(clouds(90, 90, n))) for n in range(25)]
    script = Script()
    for file in files:
        script.picture(file.title, always=fault)
    server = serve(files, behave=script)

    async def each(client: CommonsClient) -> list[Any]:
        infos = await client.describe([file.title for file in files])
        wanted = [client.picture(info) for info in infos.values() if isinstance(info, FileInfo)]
        return await asyncio.gather(*wanted, return_exceptions=True)

    assert [error.reason for error in using(server, each)] == [reason] * 25
