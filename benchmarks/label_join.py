"""Joining labels to the items that statements point to, at a million references: rows per CPU-second of one core.

Ours gives each reference the list of its labels, in the shape in which concepts carry them. Peers do the same: a dict
of lists in plain Python, and polars' left join on labels grouped by item, each on the same tables, read beforehand. All
results are compared, once. What is joined in files by range, as when labels outgrow memory, is compared with what is
joined in memory: with the making of files or index, and without. Needs `make peers`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq

from benchmarks.claims import Claim, claim, interleaved, main
from pipeline.schema import LABEL, LABELS
from pipeline.storage_local import LocalStorage
from pipeline.wikidata.label_sorting import sort_into_ranges
from pipeline.wikidata.labels import LabelIndex, grouped_by_item

POLARS = Path(__file__).parents[1] / ".peers/polars/bin/python"
# Ours, no published figure: a join that is in nobody's way.
BAR_OF_DICT, BAR_OF_POLARS = 5.0, 1.0
# Likewise: files save memory, and may cost as much again and a little more.
BAR_OF_FILES = 0.4
LANGUAGES = 14

# Run by the peer's own interpreter with labels, references and a file for the result: prints CPU seconds.
_POLARS = """
import sys, time
import polars as pl
labels, references = (pl.read_ipc(path) for path in sys.argv[1:3])
start = time.process_time()
grouped = labels.group_by("qid").agg(pl.struct("language", "label", "aliases").alias("labels"))
joined = references.join(grouped, on="qid", how="left", maintain_order="left")
# In the layout in which parquet files and other tools take it; inside, polars only points to strings.
joined.to_arrow(compat_level=pl.CompatLevel.oldest())
took = time.process_time() - start
joined.select(pl.col("labels").list.len().fill_null(0)).write_parquet(sys.argv[3])
print(took)
"""


def tables(num_items: int, num_references: int) -> tuple[pa.Table, pa.Table]:
    """Labels of items in random order of ids, and references to them, a tenth to items without labels.

    References are as unequal as real ones: few values (countries, materials) have most of them.
    """
    chance = np.random.default_rng(1)
    items = chance.choice(140_000_000, num_items, replace=False).astype(np.int64)
    qids = np.repeat(items, LANGUAGES)
    codes = [f"l{place:02}" for place in range(LANGUAGES)] * num_items
    names = [f"label {place} of some item" for place in range(len(qids))]
    aliases = pa.array([["an alias"] * (place % 3 == 0) for place in range(len(qids))], pa.list_(pa.string()))
    labels = pa.Table.from_arrays([pa.array(qids), pa.array(codes), pa.array(names), aliases], schema=LABELS)
    places = np.minimum(chance.zipf(1.3, num_references) - 1, num_items - 1)
    wanted = np.where(chance.random(num_references) < 0.1, 0, items[places])
    return labels, pa.table({"qid": wanted})


def measure(quick: bool) -> Sequence[Claim]:
    """Join, compare the results, state the ratios."""
    if not POLARS.exists():
        sys.exit("needs the peers: make peers")
    num_items, num_references = (20_000, 100_000) if quick else (200_000, 1_000_000)
    labels, references = tables(num_items, num_references)
    wanted = references.column("qid").to_numpy()
    print(json.dumps({"labels": len(labels), "references": num_references}), flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = [str(folder / file) for file in ("labels.arrow", "references.arrow", "joined.parquet")]
        for table, path in zip((labels, references), paths, strict=False):
            pyarrow.feather.write_feather(table, path, compression="uncompressed")

        def polars() -> float:
            command = [str(POLARS), "-c", _POLARS, *paths]
            environment = {**os.environ, "POLARS_MAX_THREADS": "1"}
            return float(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)

        stage = LocalStorage(folder / "stage")
        in_memory, in_files = LabelIndex(grouped_by_item(labels)), sort_into_ranges([labels], stage)
        mine = in_memory.of(wanted)
        assert in_files.of(wanted).equals(mine)
        took = interleaved(
            {
                "ours": timed(lambda: LabelIndex(grouped_by_item(labels)).of(wanted)),
                "files": timed(lambda: sort_into_ranges([labels], stage).of(wanted)),
                "ours, made": timed(lambda: in_memory.of(wanted)),
                "files, made": timed(lambda: in_files.of(wanted)),
                "dict": timed(lambda: with_a_dict(labels, wanted)),
                "polars": polars,
            },
            1 if quick else 3,
        )
        lengths = pq.read_table(paths[2]).column("labels").to_pylist()
    assert mine.slice(0, 1000).to_pylist() == with_a_dict(labels, wanted[:1000]).to_pylist()
    assert mine.value_lengths().to_pylist() == lengths
    rates = {name: num_references / each for name, each in took.items()}
    return [
        claim("labels joined, against a dict", rates["ours"], rates["dict"], "references/CPU-s", BAR_OF_DICT),
        claim("labels joined, against polars", rates["ours"], rates["polars"], "references/CPU-s", BAR_OF_POLARS),
        claim(
            "labels joined in files, against in memory", rates["files"], rates["ours"], "references/CPU-s", BAR_OF_FILES
        ),
        claim(
            "the same once they are made", rates["files, made"], rates["ours, made"], "references/CPU-s", BAR_OF_FILES
        ),
    ]


def with_a_dict(labels: pa.Table, wanted: np.ndarray) -> pa.Array:
    """What one would write by hand."""
    by_item: dict[int, list[dict[str, object]]] = {}
    for row in labels.to_pylist():
        by_item.setdefault(row.pop("qid"), []).append(row)
    return pa.array([by_item.get(qid, []) for qid in wanted.tolist()], pa.list_(LABEL))


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """CPU seconds of one call."""

    def measure() -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    return measure


if __name__ == "__main__":
    main(measure, __doc__)
