"""What the latency of object storage costs the dump reader, with and without reading ahead.

A dump lies on a real S3 server (SeaweedFS) behind a proxy on loopback, which holds every request back for 100 ms, as a
busy bucket in another zone does. The reader selects from it, as it would from a local file. Server and proxy share the
cores with the reader, so its time without latency is the yardstick. Needs ../shared/data beside the checkout.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.dump_data import write_dump
from pipeline.storage import open_object
from pipeline.wikidata.candidates import Candidates
from pipeline.wikidata.dump.lines import range_blocks
from pipeline.wikidata.dump.ranges import Damage, Range, Read, kind_of
from pipeline.wikidata.dump.source import ReadAhead, open_source
from tests.kit.proxy import FaultyProxy
from tests.kit.real_input import ABSENT, DUMPS, SHARED
from tests.kit.seaweed import SeaweedServer

LATENCY_S = 0.1
KEY = "dump.json.gz"


def serve(folder: str, commands: Connection) -> None:
    """The server and the proxy, in a process of their own: tells the environment, then takes latencies."""
    with SeaweedServer(Path(folder)) as server, FaultyProxy(server.endpoint) as proxy:
        commands.send((server.bucket, server.environment(endpoint=proxy.endpoint)))
        while (latency_s := commands.recv()) is not None:
            proxy.latency_s = latency_s
            commands.send(len(proxy.seen))


def seconds(uri: str, read: Read, size: int, found: list[int]) -> float:
    """Wall time of one pass that selects by picture and country."""
    candidates = Candidates(("P18",), ("P17", "P495"))
    started, number = time.monotonic(), 0
    for block in range_blocks(read, Range(uri, kind_of(uri), 0, size, size, is_array=True)):
        assert not isinstance(block, Damage), block
        number += sum(1 for _ in candidates.find(block))
    found.append(number)
    return time.monotonic() - started


def measure(quick: bool) -> Sequence[Claim]:
    """Read the dump from a disk and from the server, near and far, ahead and not."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        in_gzip, _ = write_dump(DUMPS["gz"], folder, 8_000 if quick else 24_000)
        content = in_gzip.read_bytes() * (2 if quick else 4)
        local = folder / KEY
        local.write_bytes(content)
        here, there = multiprocessing.Pipe()
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(str(folder / "s3"), there))
        server.start()
        bucket, environment = here.recv()
        os.environ.update(environment)
        try:
            return _compare(local, f"s3://{bucket}/{KEY}", content, here, quick)
        finally:
            here.send(None)
            server.join()


def _compare(local: Path, uri: str, content: bytes, proxy: Connection, quick: bool) -> Sequence[Claim]:
    storage, path = open_object(uri)
    storage.write(path, content)
    found: list[int] = []
    requests: dict[str, int] = {}

    def pass_over(uri: str, latency_s: float, ahead: bool = True) -> float:
        before = _told(proxy, latency_s)
        source = open_source(uri)
        # Without reading ahead the same blocks are asked for when they are needed.
        read = source.read if ahead else ReadAhead(partial(storage.read, path), source.size, ahead=0)
        took = seconds(uri, read, source.size, found)
        requests["ahead" if ahead else "as needed"] = _told(proxy, latency_s) - before
        return took

    took = interleaved(
        {
            "disk": lambda: pass_over(str(local), 0.0),
            "near, ahead": lambda: pass_over(uri, 0.0),
            "far, ahead": lambda: pass_over(uri, LATENCY_S),
            "near, as needed": lambda: pass_over(uri, 0.0, ahead=False),
            "far, as needed": lambda: pass_over(uri, LATENCY_S, ahead=False),
        },
        1 if quick else 3,
    )
    assert len(set(found)) == 1, f"they found different candidates: {sorted(set(found))}"
    print(json.dumps({"gz_mb": len(content) / 1e6, "seconds": took, "requests": requests}), flush=True)
    return [
        claim("S3 100 ms away against 0 ms, read ahead", took["far, ahead"], took["near, ahead"], "s", 0.9,
              less_is_better=True),
        claim("S3 100 ms away, read ahead against read as needed", took["far, ahead"], took["far, as needed"], "s", 1.5,
              less_is_better=True),
    ]  # fmt: skip


def _told(proxy: Connection, latency_s: float) -> int:
    """Set the latency; how many requests there were so far."""
    proxy.send(latency_s)
    number: int = proxy.recv()
    return number


if __name__ == "__main__":
    main(measure, __doc__)
