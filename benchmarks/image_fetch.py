"""Fetching pictures, against img2dataset: pictures per CPU-second from the same server, politeness off.

Both fetch the same files (500 px wide, cut out of the real photographs of ../shared/data), reduce them to 360 px and
encode them as JPEG of quality 90. Ours also asks the API for licences, hashes, decodes under limits, computes the
perceptual hash and stores by content; img2dataset writes its own shards. Start-up, measured with one picture, is left
out of both. Needs `make peers`.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import io

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from benchmarks.claims import Claim, claim, interleaved, main
from benchmarks.picture_server import Faults, describe, serving
from pipeline.budget import SpendGuard, spent
from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.commons.decoder import close_idle
from pipeline.commons.images import ImagesStage
from pipeline.commons.settings import Images
from pipeline.commons.urls import original_url
from pipeline.config import Budget
from pipeline.local_executor import execute_locally
from pipeline.runner import run_stage
from pipeline.schema import CONCEPTS
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from pipeline.tables import write_table
from sample.commons_files import CommonsFile, write_files
from tests.kit.concepts import chosen
from tests.kit.real_input import ABSENT, SHARED

ROOT = Path(__file__).parents[1]
IMG2DATASET = ROOT / ".peers/img2dataset/bin/python"
WIDTH, SIDE, QUALITY, AT_ONCE = 500, 360, 90, 64

# Run by the peer's own interpreter: list of addresses, output folder, threads.
_IMG2DATASET = """
import sys
from img2dataset import download
if __name__ == "__main__":
    download(
        url_list=sys.argv[1], output_folder=sys.argv[2], processes_count=1, thread_count=int(sys.argv[3]),
        image_size=int(sys.argv[4]), resize_mode="keep_ratio_largest", resize_only_if_bigger=True,
        encode_quality=int(sys.argv[5]), output_format="webdataset", input_format="csv", url_col="url",
        number_sample_per_shard=256, retries=4, compute_hash="sha256", disallowed_header_directives=[],
    )
"""


def photographs(folder: Path, number: int) -> list[CommonsFile]:
    """Cut-outs of real photographs, each another, 500 px wide."""
    paths = sorted(path for kind in ("commons", "landmarks") for path in (SHARED / "images" / kind).glob("*.jpg"))
    sources = []
    for path in paths:
        with Image.open(path) as opened:
            picture = opened.convert("RGB")
            picture.thumbnail((1000, 1000))
            if min(picture.size) >= 300:
                sources.append(picture)
    draw = random.Random(7)
    files = []
    for each in range(number):
        source = sources[each % len(sources)]
        share = draw.uniform(0.6, 0.95)
        width, height = (int(side * share) for side in source.size)
        left, top = draw.randrange(source.width - width + 1), draw.randrange(source.height - height + 1)
        cut = source.crop((left, top, left + width, top + height)).resize((WIDTH, round(WIDTH * height / width)))
        buffer = io.BytesIO()
        cut.save(buffer, "JPEG", quality=87)
        files.append(CommonsFile(f"Photo {each}.jpg", buffer.getvalue(), licence_short_name="CC0"))
    write_files(folder, files)
    return files


def ours(port: int, number: int, folder: Path) -> tuple[int, float, float]:
    """Pictures stored, CPU-s and s, of a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_ours, (port, number, str(folder)))


def _ours(port: int, number: int, folder: str) -> tuple[int, float, float]:
    output = open_storage(folder)
    images = Images(
        api_url=f"http://127.0.0.1:{port}/w/api.php",
        upload_url=f"http://127.0.0.1:{port}/wikipedia/commons",
        thumbnail_px=WIDTH,
        max_side_px=SIDE,
        jpeg_quality=QUALITY,
        connections=AT_ONCE,
        requests_per_s=1e6,
        mbit_per_s=1e6,
        max_quarantined=1.0,
        max_attempts=5,
        refuse=(),
    )
    stage = ImagesStage(images, output)
    select = output.child("select/0")
    file = write_table(select, "concepts", "000000", pa.Table.from_pylist(list(map(_concept, range(number))), CONCEPTS))
    record = CommitRecord("select", "000000", number, Counts("entities", number, number), (file,))
    inputs = {"select": StageOutput(select, Manifest("select", "0", (record,)))}
    guard = SpendGuard(Budget(fetched_gb=100.0), spent(output))
    cpu, wall = time.process_time(), time.monotonic()
    done = run_stage(stage, inputs, output, execute_locally, guard, 60.0)
    wall = time.monotonic() - wall
    close_idle()
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done.num_rows("images"), time.process_time() - cpu + ended.ru_utime + ended.ru_stime, wall


def _concept(number: int) -> dict[str, Any]:
    statement = {
        "statement_id": f"Q{number + 1}$A", "property": 18, "rank": "normal", "best": True, "snaktype": "value",
        "type": "string", "text": f"Photo {number}.jpg",
    }  # fmt: skip
    return {
        "qid": number + 1, "dump_date": "2026-01-01", "num_sitelinks": 1, **chosen(number + 1, "kenya"), "labels": [],
        "statements": [statement],
    }  # fmt: skip


def img2dataset(port: int, number: int, folder: Path) -> tuple[int, float, float]:
    """The same of the peer."""
    addresses = folder.with_suffix(".csv")
    upload = f"http://127.0.0.1:{port}/wikipedia/commons"
    with addresses.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["url"])
        rows.writerows([original_url(f"Photo {each}.jpg", upload)] for each in range(number))
    script = folder.with_name("fetch_with_peer.py")
    script.write_text(_IMG2DATASET, encoding="utf-8")
    command = [str(IMG2DATASET), str(script), str(addresses), str(folder), str(AT_ONCE), str(SIDE), str(QUALITY)]
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    environment = {"NO_ALBUMENTATIONS_UPDATE": "1", "PATH": os.environ["PATH"], "HOME": str(folder.parent)}
    subprocess.run(command, check=True, capture_output=True, env=environment)
    wall, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    tables = [pq.read_table(path, columns=["status"]) for path in folder.glob("*.parquet")]
    return pa.concat_tables(tables)["status"].to_pylist().count("success"), cpu, wall


def measure(quick: bool) -> Sequence[Claim]:
    """Let both fetch, in turns."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    if not IMG2DATASET.exists():
        sys.exit("needs the peers: make peers")
    number, repetitions = (256, 1) if quick else (2048, 3)
    faults = Faults()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = photographs(folder / "commons", number)
        mean = sum(len(file.data) for file in files) / number
        print(json.dumps({"pictures": number, "mean_kb": mean / 1e3, "at_once": AT_ONCE}), flush=True)
        print(describe(faults), flush=True)
        with serving(folder / "commons", faults) as port:
            counts: dict[str, int] = {}
            walls: dict[str, float] = {}

            def rate(fetch: Any, kind: str) -> float:
                place = folder / kind
                shutil.rmtree(place, ignore_errors=True)
                _, start_up, _ = fetch(port, 1, place)
                shutil.rmtree(place, ignore_errors=True)
                counts[kind], cpu, walls[kind] = fetch(port, number, place)
                return counts[kind] / (cpu - start_up)

            rates = interleaved(
                {"ours": lambda: rate(ours, "ours"), "img2dataset": lambda: rate(img2dataset, "img2dataset")},
                repetitions,
            )
    print(json.dumps({"stored": counts, "pictures_per_s": {kind: counts[kind] / walls[kind] for kind in counts}}))
    return [claim("pictures fetched, against img2dataset", rates["ours"], rates["img2dataset"], "pictures/CPU-s", 1.5)]


if __name__ == "__main__":
    main(measure, __doc__)
