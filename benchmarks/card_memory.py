"""What the documents of the data set take on the driver, at two sizes, beside reading the index into one table.

    python benchmarks/card_memory.py [--quick]

Stages are written as they would be, of made-up rows: ten questions a picture, a picture an entity. Each figure is the
peak of a process of its own (VmHWM) above what it had after its imports. Less than a quarter of the growth per picture
of a driver that holds the index is asked for.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import pyarrow as pa

from benchmarks.claims import Claim, claim, main
from pipeline.budget import STAGE_INFO
from pipeline.commit import CommitRecord, Counts, Manifest, describe, load_manifest
from pipeline.dataset.describe.documents import documents
from pipeline.dataset.describe.tally import tally
from pipeline.dataset.shards import index_rows
from pipeline.review.acceptance import Reviewed
from pipeline.schema import QA_ITEM, TABLES
from pipeline.stage import StageOutput
from pipeline.storage import open_storage
from pipeline.tables import write_table
from tests.kit.memory import held_mb

PICTURES_PER_FILE = 2000
ITEMS = 10
STAGES = (
    "extract", "select", "images", "questions", "rephrase", "judge", "compare_within", "compare_across", "arrange",
)  # fmt: skip
TABLES_OF = {
    "select": ("concepts",), "images": ("images",), "judge": ("judged",), "arrange": ("arranged",),
    "assemble": ("shards", "index", "tallies"),
}  # fmt: skip
COUNTRIES, LANGUAGES = ("india", "japan", "kenya", "brazil"), ("en", "sw", "ar", "zh", "fr")


def rows() -> list[dict[str, Any]]:
    """What one file of every table is made of."""
    return [_row(qid) for qid in range(PICTURES_PER_FILE)]


def _row(qid: int) -> dict[str, Any]:
    items = [
        {"qa_id": qid * ITEMS + at, "qid": qid, "property": 17, "statement_ids": ["Q1$a"], "rank": "normal",
         "dump_date": "2026-11-01", "template_id": "country/en/open/1/r1", "language": LANGUAGES[at % 5],
         "kind": "choice" if at % 4 == 3 else "open", "question": "?" * (20 + at), "answer": "!" * (5 + at),
         "answer_label_language": "en", "original_question": "?", "original_answer": "!", "choices": None}
        for at in range(ITEMS)
    ]  # fmt: skip
    nothing = dict.fromkeys(QA_ITEM.field(number).name for number in range(QA_ITEM.num_fields))
    statement = {"statement_id": "Q1$a", "property": 17, "rank": "normal", "best": True, "snaktype": "value"}
    title = f"A picture of the thing with number {qid}.jpg"
    return {
        "qid": qid, "sha256": "", "country": COUNTRIES[qid % 4], "countries": [COUNTRIES[qid % 4]], "domain": "food",
        "num_sitelinks": qid % 9, "popularity": "torso" if qid % 9 > 5 else "tail", "dump_date": "2026-11-01",
        "labels": [{"language": code, "label": code} for code in LANGUAGES], "statements": [statement],
        "country_statement": "", "country_property": 17, "country_path": [1], "class_statement": "",
        "class_property": 31, "class_path": [1], "num_own_labels": 1, "items": [{**nothing, **item} for item in items],
        "split": "train", "group": qid, "place": qid, "num_bytes": 9, "image": b"JPEG", "width": 9, "height": 9,
        "title": title, "page_url": f"https://commons.wikimedia.org/wiki/{title}", "author": f"Author {qid % 500}",
        "licence": "CC BY-SA 4.0", "licence_family": "cc-by-sa", "licence_url": "https://creativecommons.org",
        "attribution": f"{title}, Author {qid % 500}, CC BY-SA 4.0", "attribution_required": True, "property": 18,
        "statement_id": "Q1$a", "picture_rank": 0, "picture_reason": "image", "phash": qid,
        "source_url": f"https://upload.wikimedia.org/{title}", "credit": "own work", "restrictions": [],
    }  # fmt: skip


def build(root: str, num_files: int) -> None:
    """Write complete stages of so many files each."""
    given = rows()
    plain = ("concepts", "images", "judged", "arranged", "shards")
    made = {name: pa.Table.from_pylist(given, schema=TABLES[name]) for name in plain}
    made["index"] = pa.Table.from_pylist(
        [entry for at, row in enumerate(given) for entry in index_rows(row, "0", at)], schema=TABLES["index"]
    )
    made["tallies"] = tally(given)
    output = open_storage(root)
    for stage in (*STAGES, "assemble"):
        tables = TABLES_OF.get(stage, ())
        directory = output.child(stage)
        commits = []
        for number in range(num_files if tables else 0):
            files = [write_table(directory, name, f"{number:06d}", _shifted(made[name], number)) for name in tables]
            counts = Counts("rows", PICTURES_PER_FILE, PICTURES_PER_FILE)
            commits.append(CommitRecord(stage, f"{number:06d}", PICTURES_PER_FILE, counts, tuple(files)))
        directory.write("manifest.json", Manifest(stage, "f" * 16, tuple(commits)).to_json())
        directory.write(STAGE_INFO, describe({"version": 1, "settings": {}}))


def _shifted(table: pa.Table, number: int) -> pa.Table:
    """The same rows of other entities and pictures."""
    if "qid" not in table.column_names:
        return table
    qids = table.column("qid").to_numpy() + number * PICTURES_PER_FILE
    table = table.set_column(table.schema.get_field_index("qid"), table.schema.field("qid"), pa.array(qids))
    if "sha256" not in table.column_names:
        return table
    # As random as a hash: rows of one entity have one picture.
    first = number * PICTURES_PER_FILE
    words = np.random.default_rng(number).integers(0, 2**63, (PICTURES_PER_FILE, 4))[qids - first]
    digests = [row.tobytes().hex() for row in words]
    return table.set_column(table.schema.get_field_index("sha256"), table.schema.field("sha256"), pa.array(digests))


def outputs(root: str) -> dict[str, StageOutput]:
    """The stages that `build` wrote."""
    storage = open_storage(root)
    found = {}
    for stage in (*STAGES, "assemble"):
        manifest = load_manifest(storage.child(stage))
        assert manifest is not None
        found[stage] = StageOutput(storage.child(stage), manifest)
    return found


def measured(root: str, what: str) -> None:
    """Print by how many bytes making the documents, or reading the index, raised the peak of this process."""
    stages = outputs(root)
    assemble = stages.pop("assemble")
    before = held_mb("VmHWM")
    if what == "documents":
        documents("run", stages, assemble, Reviewed())
    else:
        index = assemble.read("index")
        index.group_by(["country", "language"]).aggregate([("qa_id", "count")])
    print(round((held_mb("VmHWM") - before) * 1e6))


def grown(root: str, what: str) -> int:
    """As `measured` says, in a process of its own."""
    command = [sys.executable, __file__, "--measure", root, what]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()[-1])


def measure(quick: bool) -> Sequence[Claim]:
    """Bytes of growth from a picture to the next, between two sizes."""
    few, many = (4, 40) if quick else (10, 150)
    found: dict[str, list[int]] = {"documents": [], "index": []}
    for num_files in (few, many):
        with tempfile.TemporaryDirectory() as root:
            build(root, num_files)
            for what, figures in found.items():
                figures.append(grown(root, what))
                print(
                    f"{num_files * PICTURES_PER_FILE:,} pictures, {what}: {figures[-1] / 1e6:.1f} MB", file=sys.stderr
                )
    more = (many - few) * PICTURES_PER_FILE
    ours, peer = ((figures[1] - figures[0]) / more for figures in found.values())
    name = "driver's memory for each further picture with ten questions, all documents against the whole index"
    return [claim(name, max(ours, 1.0), peer, "bytes", 4.0, less_is_better=True)]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measured(*sys.argv[2:])
    else:
        main(measure, __doc__)
