"""From the tables of a run to the items of a sheet, and whether the items of a sheet are in a run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.commit import load_manifest
from pipeline.picture_store import PictureStore
from pipeline.review.item import ReviewItem
from pipeline.review.sampling import Candidate, Reservoir, draw
from pipeline.review.templates import Template, Templates, parse_template
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import Slice, read_slice, read_table
from pipeline.takedown import Tombstones

# Tables that hold items, the newest first, by the stage that writes them.
TABLES = {"judge": "judged", "rephrase": "rephrased", "questions": "questions"}

Row = dict[str, Any]


def sample(
    items: StageOutput, images: StageOutput, output: Storage, language: str, num: int, seed: int, templates: Templates
) -> list[ReviewItem]:
    """The items of a sheet: one pass over the table of items and one over that of pictures.

    Args:
        items: output of one of the stages in TABLES.
        images: output of the stage `images`.
        output: the run's output, with its pictures and what was taken down of them.
        language: the data set's code.
        num: items wanted; there are fewer where the run has fewer.
        seed: another one gives another sample.
        templates: of the catalogue.
    """
    reservoir = Reservoir(num, seed)
    gone = Tombstones.load(output)
    for qid, candidate in candidates(items, language):
        if not gone.covers(qid, candidate.sha256):
            reservoir.add(candidate)
    drawn = draw(reservoir.candidates(), num, seed)
    rows = [_row_of(items, candidate) for candidate in drawn]
    of = _image_rows(images, {row["sha256"] for row in rows})
    pictures = PictureStore(output)

    def review_item(candidate: Candidate, row: Row) -> ReviewItem:
        item = row["items"][candidate.position]
        means = templates.means.get(item["template_id"], "")
        image = of[row["qid"], row["sha256"]]
        return ReviewItem(item, row["country"], row["domain"], image, pictures.load(row["sha256"]), means)

    return [review_item(candidate, row) for candidate, row in zip(drawn, rows, strict=True)]


def candidates(output: StageOutput, language: str) -> Iterator[tuple[int, Candidate]]:
    """Entity and candidate for every item in a language; in memory are the items of one file."""
    for file in output.files(TABLES[output.manifest.stage]):
        table = read_table(output.directory, file.path, ["qid", "sha256", "country", "domain", "items"])
        for row, position, item in _items(table, pc.field("language") == language):
            group = {name: table.column(name)[row].as_py() for name in ("qid", "sha256", "country", "domain")}
            template = parse_template(item["template_id"])
            assert template is not None, item
            place = (group["sha256"], group["country"], group["domain"], file.path, row, position)
            yield group["qid"], Candidate(item["qa_id"], template, *place)


def known_items(output: Storage, wanted: Collection[int]) -> dict[int, Template]:
    """Of these qa_ids, those of any complete run with this output, with a template that each had.

    Configs that came before count too: a sheet may come back after the questions were made anew.
    """
    found: dict[int, Template] = {}
    for folder in output.folders("questions/"):
        directory = output.child(f"questions/{folder}")
        manifest = load_manifest(directory)
        for file in manifest.files("questions") if manifest is not None else ():
            missing = pa.array(sorted(set(wanted) - found.keys()), pa.int64())
            if not len(missing):
                return found
            table = read_table(directory, file.path, ["items"])
            for _, _, item in _items(table, pc.field("qa_id").isin(missing)):
                template = parse_template(item["template_id"])
                if template is not None:
                    found[item["qa_id"]] = template
    return found


def _items(table: pa.Table, wanted: pc.Expression) -> Iterator[tuple[int, int, Row]]:
    """Row, position in it, ids and language of the items that are wanted; the others never become Python objects."""
    lists = table.column("items").combine_chunks()
    flat = lists.flatten()
    rows = pc.list_parent_indices(lists)
    first = pc.take(pc.subtract(lists.offsets, lists.offsets[0]), rows)
    places = pc.subtract(pa.array(range(len(flat)), pa.int64()), first.cast(pa.int64()))
    names = ("qa_id", "template_id", "language")
    ids = pa.table({"row": rows, "position": places, **{name: flat.field(name) for name in names}}).filter(wanted)
    for row in ids.to_pylist():
        yield row.pop("row"), row.pop("position"), row


def _row_of(output: StageOutput, candidate: Candidate) -> Row:
    rows = read_slice(output.directory, Slice(candidate.path, candidate.row, candidate.row + 1)).to_pylist()
    return dict(rows[0])


def _image_rows(images: StageOutput, digests: Collection[str]) -> dict[tuple[int, str], Row]:
    wanted = pa.array(sorted(digests), pa.string())
    found: dict[tuple[int, str], Row] = {}
    for file in images.files("images"):
        table = read_table(images.directory, file.path)
        rows = table.filter(pc.is_in(table.column("sha256"), value_set=wanted)).to_pylist()
        found |= {(row["qid"], row["sha256"]): row for row in rows}
    return found


def newest(outputs: Mapping[str, StageOutput]) -> StageOutput | None:
    """The output with the latest state of the items, of those that are complete."""
    return next((outputs[name] for name in TABLES if name in outputs), None)
