"""Memory that `select` takes for the labels of 3 million items: held in memory, and in files by range.

Real are the labels: those of the real entities in ../shared/data that are candidates or that a candidate's statement
points to, in the languages that `extract` keeps. Made up are the ids, spread evenly, and how often an item comes: each
of the 3 million is drawn from the real ones, which are better known than most and so have more labels. In a real dump
the files would hold labels of other items too. The peak is that of a fresh process, `before_mb` of Python and its
libraries included.
"""

from __future__ import annotations

import json
import multiprocessing
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.claims import Claim, claim, main
from benchmarks.dump_scaling import extract
from pipeline.commit import CommitRecord, Counts, Manifest
from pipeline.schema import ENTITIES, LABEL, LABELS, STATEMENT
from pipeline.stage import StageOutput
from pipeline.storage_local import LocalStorage
from pipeline.tables import write_table
from pipeline.wikidata.label_loading import load_labels
from pipeline.wikidata.labels import Labels, grouped_by_item
from tests.kit.memory import held_mb
from tests.kit.real_input import ABSENT, DUMPS, SHARED

ITEMS_OF_A_FILE = 30_000
# What a partition of `select` asks for at once: 512 candidates with some 40 statements each.
ASKED = 20_000
# Ours, no published figure: files are there to need a fraction of the memory.
BAR = 2.0


def measure(quick: bool) -> Sequence[Claim]:
    """Write the labels, load them both ways, state the memory."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    num_items = 600_000 if quick else 3_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        extract([DUMPS["gz"]], folder / "real")
        real = real_labels(folder / "real")
        print(json.dumps({"real_items": len(real), "labels_of_one": len(real.flatten()) / len(real)}), flush=True)
        made = write_labels(real, num_items, LocalStorage(folder / "made"))
        peaks = {}
        for way, most_bytes in (("memory", 1e12), ("files", 0.0)):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                found = pool.apply(load, (made, num_items, most_bytes, folder / way))
            peaks[way] = found["peak_mb"]
            print(json.dumps({"labels": way, "items": num_items, **found}), flush=True)
            shutil.rmtree(folder / way, ignore_errors=True)
    return [
        claim("peak memory for labels, files by range", peaks["files"], peaks["memory"], "MB", BAR, less_is_better=True)
    ]


def real_labels(output: Path) -> pa.ListArray:
    """The labels of each real item that a selection would ask for: lists of `schema.LABEL`."""
    labels, entities = (
        pa.concat_tables(pq.read_table(path) for path in sorted(output.glob(f"extract/*/tables/{name}/*.parquet")))
        for name in ("labels", "entities")
    )
    values = pc.struct_field(pc.list_flatten(entities.column("statements")), "qid").drop_null()
    wanted = pa.concat_arrays([*values.chunks, *entities.column("qid").chunks])
    return grouped_by_item(labels.filter(pc.is_in(labels.column("qid"), value_set=wanted))).column("labels")[:-1]


def write_labels(real: pa.ListArray, num_items: int, directory: LocalStorage) -> StageOutput:
    """A complete extract stage: so many items with labels of real ones, all of which one candidate points to."""
    chance = np.random.default_rng(1)
    items = chance.choice(140_000_000, num_items, replace=False).astype(np.int64)
    files = [write_table(directory, "entities", "000000", candidate(items))]
    for number, start in enumerate(range(0, num_items, ITEMS_OF_A_FILE)):
        qids = items[start : start + ITEMS_OF_A_FILE]
        lists = real.take(pa.array(chance.integers(len(real), size=len(qids))))
        columns = {field.name: pc.struct_field(lists.flatten(), field.name) for field in LABEL}
        columns["qid"] = pa.array(np.repeat(qids, lists.value_lengths()))
        files.append(write_table(directory, "labels", f"{number:06}", pa.table(columns).select(LABELS.names)))
    commit = CommitRecord("extract", "000000", None, Counts("lines", 1, 1), tuple(files))
    return StageOutput(directory, Manifest("extract", "made-up", (commit,)))


def candidate(items: np.ndarray) -> pa.Table:
    """One row of `entities`, with a statement for each of these items."""
    statement = {"statement_id": "", "property": 0, "rank": "", "best": True, "snaktype": "value"}
    row = {"qid": 0, "dump_date": "", "num_sitelinks": 0, "statements": [statement]}
    one = pa.Table.from_pylist([row], schema=ENTITIES)
    fields = (
        one.column("statements").combine_chunks().flatten().take(pa.array(np.zeros(len(items), np.int64))).flatten()
    )
    columns = [pa.array(items) if field.name == "qid" else own for field, own in zip(STATEMENT, fields, strict=True)]
    statements = pa.StructArray.from_arrays(columns, fields=list(STATEMENT))
    nested = pa.ListArray.from_arrays(pa.array([0, len(items)], pa.int32()), statements)
    return one.set_column(one.schema.get_field_index("statements"), ENTITIES.field("statements"), nested)


def load(made: StageOutput, num_items: int, most_bytes: float, stage: Path) -> Mapping[str, float]:
    """Seconds and MB of loading the labels, and seconds of asking for some as a partition does."""
    started, before_mb = time.monotonic(), held_mb("VmHWM")
    labels = load_labels(made, most_bytes, LocalStorage(stage))
    loaded, peak_mb = time.monotonic(), held_mb("VmHWM")
    qids = np.random.default_rng(1).choice(140_000_000, num_items, replace=False)[:ASKED]
    found = labels.of(qids.astype(np.int64))
    assert found.value_lengths().to_numpy().min() > 0
    asked = time.monotonic()
    return {
        "before_mb": before_mb,
        "peak_mb": peak_mb,
        "sent_mb": sent_mb(labels),
        "load_s": loaded - started,
        "ask_s": asked - loaded,
    }


def sent_mb(labels: Labels) -> float:
    """MB of what every node of a cluster is sent, and keeps once for all of its workers."""
    buffers: list[pickle.PickleBuffer] = []
    rest = pickle.dumps(labels, protocol=5, buffer_callback=buffers.append)
    return (len(rest) + sum(buffer.raw().nbytes for buffer in buffers)) / 1e6


if __name__ == "__main__":
    main(measure, __doc__)
