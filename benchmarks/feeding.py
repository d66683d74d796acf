"""Feeding a training from object storage: ours, MosaicML Streaming and Ray Data, samples a CPU-second in one run.

The same pictures, each with four questions, lie in one SeaweedFS: as shards, which Ray reads too, and as MDS. Every
candidate delivers each question once, shuffled, in batches that one worker makes off the training thread: a thread of
ours, a process of torch's `DataLoader`, the thread in which Ray collates. The code is the same: the picture decoded,
cut into tiles of 336 px and normalised, the text tokenised. Besides, the same without that: what reading alone takes.
CPU-seconds are those of all processes of a candidate, from opening the data set to the last sample; libraries and
processes that stay are started before. The server's are not counted. Ours checks the SHA-256 of every picture, the
others check nothing.
Needs `make peers`.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.feeding_data import PEER, drawings, with_peer, write_shards
from benchmarks.feeding_task import AHEAD, BATCH, SEED, WORKERS, Make, Took, maker, take
from pipeline.storage import open_storage
from tests.kit.seaweed import SeaweedServer
from training.data.feed import Feed
from training.data.places import Source, read_places
from training.data.samples import Samples
from training.plan.order import windowed

WINDOW, CACHE_BYTES = 4, 1 << 28


def ours(source: Source, make: Make) -> Iterable[list[Any]]:
    """An epoch in the order of a plan."""
    places = read_places([source])
    samples = Samples(
        places, lambda image, items: make(image, items[0]), cache_bytes=CACHE_BYTES, on_corrupt="stop", tell=print
    )
    order = windowed(places.ids, places.row_groups, seed=SEED, epoch=0, window=WINDOW)
    cut = np.split(order, range(BATCH, len(order), BATCH))
    with Feed(cut, lambda batch: [samples([at]) for at in batch], num_threads=WORKERS, ahead=AHEAD) as feed:
        for fed in feed:
            yield fed.batch


def in_process(name: str, kind: str, warm: Source, whole: Source) -> Took:
    """Ours or Ray's, in a process of its own."""
    make = maker(kind)

    def taken(batches: Any) -> Took:
        take(lambda: batches(warm, make))
        return take(lambda: batches(whole, make))

    if name == "ours":
        return taken(ours)
    from benchmarks import feeding_ray

    with feeding_ray.started():
        return taken(feeding_ray.batches)


def run(name: str, kind: str, warm: Source, whole: Source) -> Took:
    """One candidate, once."""
    if name == "streaming":
        uris = {which: f"{source.directory}-mds" for which, source in (("warm", warm), ("whole", whole))}
        return Took(**json.loads(with_peer("read", {"kind": kind, **uris}).splitlines()[-1]))
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(in_process, (name, kind, warm, whole))


def measure(quick: bool) -> Sequence[Claim]:
    """Let all deliver the same samples, in turns."""
    if not PEER.exists():
        sys.exit("needs the peers: make peers")
    number, repetitions = (256, 1) if quick else (1024, 5)
    with tempfile.TemporaryDirectory() as name, SeaweedServer(Path(name) / "weed") as server:
        os.environ.update(server.environment())
        warm, whole = stored(f"s3://{server.bucket}", Path(name), number)
        return [made for kind in ("encode", "read") for made in claims(kind, warm, whole, repetitions)]


def stored(bucket: str, folder: Path, number: int) -> tuple[Source, Source]:
    """A few pictures to warm up with, and all; each as shards and as MDS."""
    pictures = drawings(folder / "sample")
    sources = []
    for which, pictures_in in (("warm", 16), ("whole", number)):
        source = write_shards(open_storage(f"{bucket}/{which}"), pictures, pictures_in)
        shards = list(source.shard_of_partition.values())
        with_peer("write", {"directory": source.directory, "shards": shards, "uri": f"{source.directory}-mds"})
        sources.append(source)
    return sources[0], sources[1]


def claims(kind: str, warm: Source, whole: Source, repetitions: int) -> list[Claim]:
    """Ours against each peer, of one kind of work."""
    took: dict[str, Took] = {}

    def rate(name: str) -> float:
        took[name] = run(name, kind, warm, whole)
        print(json.dumps({"kind": kind, "candidate": name, **asdict(took[name])}), flush=True)
        return took[name].samples / took[name].cpu_s

    rates = interleaved({name: lambda name=name: rate(name) for name in ("ours", "streaming", "ray")}, repetitions)
    if len({(each.samples, each.amount) for each in took.values()}) != 1:
        sys.exit(f"they did not deliver the same: {took}")
    what = {"encode": "decoded and encoded", "read": "read only"}[kind]
    return [
        claim(f"samples {what}, against {peer}", rates["ours"], rates[peer], "samples/CPU-s", 1.0)
        for peer in ("streaming", "ray")
    ]


if __name__ == "__main__":
    main(measure, __doc__)
