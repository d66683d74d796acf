"""The documents of the data set, from what its stages left: nothing is read whole.

On the driver, beside a few hundred MB of libraries: the file of attributions, 8 bytes for each row of it, 32 for each
picture, 11 for each concept, 8 for each entity and each entity with a picture, and some columns of eight files.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.commit import describe
from pipeline.dataset.attribution import Credits, credits_of, digests
from pipeline.dataset.attribution_page import MOST_ROWS, attribution_page
from pipeline.dataset.describe.card import Described, card
from pipeline.dataset.describe.croissant import RecordSet, croissant
from pipeline.dataset.describe.entities import columns_of, read_concepts, subjects
from pipeline.dataset.describe.funnel import funnel
from pipeline.dataset.describe.plots.figures import plots
from pipeline.dataset.describe.provenance import provenance
from pipeline.dataset.describe.reached import reached
from pipeline.dataset.describe.statistics import statistics
from pipeline.dataset.describe.sums import read_sums
from pipeline.dataset.preview import preview
from pipeline.questions.templates import shipped_catalogue
from pipeline.review.acceptance import Reviewed
from pipeline.schema import ATTRIBUTION, INDEX, SHARDS
from pipeline.stage import Inputs, StageOutput
from pipeline.tables import Slice, read_slice

PREVIEW_PICTURES = 40


def documents(name: str, inputs: Inputs, output: StageOutput, reviewed: Reviewed) -> Mapping[str, bytes]:
    """All documents, by path.

    Args:
        name: of the run.
        inputs: the complete stages before `assemble`, in their order.
        output: of `assemble`, all of whose partitions are committed.
        reviewed: what native speakers said.
    """
    sums = read_sums(output)
    concepts = read_concepts(inputs["select"])
    answers = {family.name: family.answer for family in shipped_catalogue().families}
    numbers = statistics(sums, concepts, subjects(output, "index"), answers)
    found = funnel(inputs, output, concepts, sums)
    balance = reached(inputs["questions"], sums, numbers["samples_by_popularity_and_kind"])
    made = provenance(inputs, output)
    drawn = plots(numbers, found, balance)
    credits = _credits(inputs, output)
    described = Described(name, numbers, found, balance, made, reviewed, drawn)
    return {
        "ATTRIBUTION.parquet": credits.parquet,
        "attribution.html": attribution_page(name, credits).encode(),
        "README.md": card(described).encode(),
        "croissant.json": describe(_croissant(name, made.version, output, numbers)),
        "statistics.json": describe(numbers),
        "funnel.json": describe(found.as_json()),
        "provenance.json": describe(made.as_json()),
        **({} if balance is None else {"balance.json": describe(balance)}),
        **{f"plots/{plot.name}.png": plot.png for plot in drawn},
        "preview.html": preview(name, _first_rows(output, PREVIEW_PICTURES)).encode(),
    }


def _croissant(name: str, version: str, output: StageOutput, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Paths are those of the stage's directory: a reader that wants them beside the metadata puts these there."""
    sets = (
        RecordSet("shards", "An entity with a picture and its questions.", SHARDS, output.files("shards"),
                  "tables/shards/*.parquet", ("qid", "sha256")),
        RecordSet("index", "A question: where it stands in the shards, and how long it is.", INDEX,
                  output.files("index"), "tables/index/*.parquet", ("qa_id",)),
    )  # fmt: skip
    return croissant(name, version, numbers, sets)


def _credits(inputs: Inputs, output: StageOutput) -> Credits:
    used = digests(table.column("sha256").unique() for table in columns_of(output, "index", ["sha256"]))
    return credits_of(columns_of(inputs["images"], "images", ATTRIBUTION.names), used, MOST_ROWS)


def _first_rows(output: StageOutput, limit: int) -> Iterator[dict[str, Any]]:
    """Of the training split first: what is held out need not be shown."""
    for file in sorted(output.files("shards"), key=lambda file: "/train-" not in file.path):
        if limit:
            rows = read_slice(output.directory, Slice(file.path, 0, min(file.rows, limit))).to_pylist()
            yield from rows
            limit -= len(rows)
