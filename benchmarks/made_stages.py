"""Complete stages before `questions` of any size: real concepts again and again, with ids and pictures of their own.

A made concept is one that the real `select` chose, under another Q-number, with GUIDs and labels that end in the number
of the copy; its statements and their values are those of the real one. Its picture is a drawing of the sample with a
comment of its own, so that each has its own SHA-256. Perceptual hashes are drawn evenly; one picture in twenty nearly
has the hash of the one before it, and one concept in fifty shows the picture of the one before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import xxhash

from pipeline.commit import Counts
from pipeline.commons.images import ImagesStage
from pipeline.commons.normalise import Normalised
from pipeline.commons.settings import Images
from pipeline.dataset.group_reading import SAME_AS
from pipeline.picture_pack import Picture, source_key
from pipeline.schema import CONCEPTS, EDGES, IMAGES, LABEL
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.wikidata.settings import Select

Longs = npt.NDArray[np.int64]
Row = dict[str, Any]

# Real Q-numbers are smaller.
ID_STEP = 1_000_000_000
NEAR_IN, SHARED_IN = 20, 50
COPIES_A_FILE = 100
IMAGE = 18


class MadeExtract(Stage):
    """The edges of the real dump, and for each copy of a concept its own; nothing else of it is read later."""

    name = "extract"
    version = 1
    tables = ("edges",)

    def __init__(self, real: Mapping[str, StageOutput], number: int) -> None:
        self.real, self.number = real, number

    def deciding(self) -> dict[str, Any]:
        return {"real": self.real["select"].manifest.digest, "number": self.number}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        copies = self.number // with_picture(self.real["select"].read("concepts")).num_rows + 1
        starts = range(0, copies, COPIES_A_FILE)
        return [
            Partition(f"{at:06d}", {"copies": [start, min(start + COPIES_A_FILE, copies)]})
            for at, start in enumerate(starts)
        ]

    def process(self, partition: Partition, inputs: Inputs, shared: None) -> Outcome:
        edges = self.real["extract"].read("edges")
        own = edges.filter(pc.is_in(edges.column("subject"), self.real["select"].read("concepts", ["qid"])["qid"]))
        tables = [edges] if partition.id == "000000" else []
        for copy in range(*partition.payload["copies"]):
            if copy:
                tables.append(own.set_column(0, EDGES.field("subject"), pc.add(own.column("subject"), copy * ID_STEP)))
        table = pa.concat_tables(tables)
        return Outcome({"edges": table}, Counts("lines", table.num_rows, table.num_rows))


class MadeSelect(Stage):
    """So many concepts, in files as `select` writes them."""

    name = "select"
    version = 1
    tables = ("concepts",)

    def __init__(self, config: Select, real: StageOutput, number: int) -> None:
        self.config, self.real, self.number = config, real, number

    def deciding(self) -> dict[str, Any]:
        return {"real": self.real.manifest.digest, "number": self.number, "rows": self.config.rows_per_partition}

    def partitions(self, inputs: Inputs) -> list[Partition]:
        step = self.config.rows_per_partition
        starts = range(0, self.number, step)
        ends = [min(start + step, self.number) for start in starts]
        return [
            Partition(f"{at:06d}", {"start": start, "stop": stop}, stop - start)
            for at, (start, stop) in enumerate(zip(starts, ends, strict=True))
        ]

    def shared(self, inputs: Inputs, directory: Storage) -> pa.Table:
        return with_picture(self.real.read("concepts"))

    def process(self, partition: Partition, inputs: Inputs, shared: pa.Table) -> Outcome:
        numbers = np.arange(partition.payload["start"], partition.payload["stop"])
        return Outcome({"concepts": varied(shared, numbers)}, Counts("entities", len(numbers), len(numbers)))


class MadeImages(ImagesStage):
    """A picture for each concept, put into the real store; partitions and near duplicates are those of the stage."""

    def __init__(self, config: Images, output: Storage, drawings: Sequence[Normalised]) -> None:
        super().__init__(config, output)
        self.drawings = drawings

    def deciding(self) -> dict[str, Any]:
        return {**super().deciding(), "drawings": [each.sha256 for each in self.drawings]}

    def shared(self, inputs: Inputs, directory: Storage) -> Sequence[Normalised]:
        return self.drawings

    def process(self, partition: Partition, inputs: Inputs, shared: Sequence[Normalised]) -> Outcome:
        concepts = inputs["select"].read_rows(partition, ["qid", "statements"])
        first = int(partition.id) * self.config.rows_per_partition
        rows, pictures = [], []
        for number, (qid, statement) in enumerate(naming(concepts), first):
            of = number - 1 if number and number % SHARED_IN == 0 else number
            drawing = shared[of % len(shared)]
            data = commented(drawing.data, f"{of}")
            row = image_row(qid, of, statement, drawing, data)
            pictures.append(Picture(row["sha256"], data, source_key(row["title"]), {"num_bytes": len(data)}))
            rows.append(row)
        self.pictures.add(pictures)
        return Outcome({"images": pa.Table.from_pylist(rows, IMAGES)}, Counts("pictures", len(rows), len(rows)))


def with_picture(concepts: pa.Table) -> pa.Table:
    """Those of the concepts that a statement gives a picture, each once."""
    first = np.sort(np.unique(concepts.column("qid").to_numpy(), return_index=True)[1])
    concepts = concepts.take(pa.array(first)).combine_chunks()
    lists = concepts.column("statements").chunk(0)
    shown = pc.equal(pc.struct_field(lists.flatten(), "property"), IMAGE)
    return concepts.take(pc.unique(pc.list_parent_indices(lists).filter(shown))).combine_chunks()


def varied(real: pa.Table, numbers: Longs) -> pa.Table:
    """Made concepts by number, shape (n,): number `n` is row `n % len(real)` of the real ones."""
    copies = numbers // len(real)
    table = real.take(pa.array(numbers % len(real))).combine_chunks()
    columns = {name: table.column(name).chunk(0) for name in table.column_names}
    columns["qid"] = pc.add(columns["qid"], pa.array(copies * ID_STEP))
    for name in ("country_statement", "class_statement"):
        columns[name] = _marked(columns[name], copies, "-")
    statements = columns["statements"]
    parts = dict(zip(statements.type.value_type.names, statements.flatten().flatten(), strict=True))
    of_each = np.repeat(copies, statements.value_lengths().to_numpy())
    parts["statement_id"] = _marked(parts["statement_id"], of_each, "-")
    # Or all copies of one would be the same as one thing.
    moved = pc.add(parts["qid"], pa.array(of_each * ID_STEP))
    parts["qid"] = pc.if_else(pc.equal(parts["property"], SAME_AS), moved, parts["qid"])
    columns["statements"] = _as_lists(statements, parts)
    labels = columns["labels"]
    names = dict(zip(LABEL.names, labels.flatten().flatten(), strict=True))
    names["label"] = _marked(names["label"], np.repeat(copies, labels.value_lengths().to_numpy()), " ")
    columns["labels"] = _as_lists(labels, names)
    return pa.table(columns, schema=CONCEPTS)


def naming(concepts: pa.Table) -> list[tuple[int, Row]]:
    """Each concept's id, and the first statement that names a picture of it: its GUID and the title."""
    lists = concepts.column("statements").combine_chunks()
    statements = lists.flatten()
    shown = pc.indices_nonzero(pc.equal(pc.struct_field(statements, "property"), IMAGE)).to_numpy()
    _, first = np.unique(pc.list_parent_indices(lists).to_numpy()[shown], return_index=True)
    chosen = pa.array(shown[first])
    named = [pc.struct_field(statements, name).take(chosen).to_pylist() for name in ("statement_id", "text")]
    rows = [{"statement_id": guid, "text": text} for guid, text in zip(*named, strict=True)]
    return list(zip(concepts.column("qid").to_pylist(), rows, strict=True))


def image_row(qid: int, of: int, statement: Row, drawing: Normalised, data: bytes) -> Row:
    """A row of `images` for picture number `of`."""
    title = f"{of} {statement['text']}"
    page = f"https://commons.wikimedia.org/wiki/File:{title.replace(' ', '_')}"
    return {
        "qid": qid, "title": title, "property": IMAGE, "statement_id": statement["statement_id"], "picture_rank": 0,
        "picture_reason": "image, normal rank", "sha256": hashlib.sha256(data).hexdigest(), "phash": phash_of(of),
        "width": drawing.width, "height": drawing.height, "num_bytes": len(data),
        "source_url": page.replace("wiki/File:", "thumb/"), "page_url": page, "author": f"Drawn by a script, {of}",
        "licence": "CC BY-SA 4.0" if of % 3 else "CC0", "licence_family": "cc-by-sa" if of % 3 else "cc0",
        "licence_url": "https://creativecommons.org/licenses/by-sa/4.0" if of % 3 else None,
        "attribution_required": bool(of % 3), "attribution": f"{title} by a script ({of}), CC BY-SA 4.0",
    }  # fmt: skip


def phash_of(number: int) -> int:
    """A perceptual hash, signed 64 bits; one in `NEAR_IN` differs in one bit from that of the number before."""
    if number and number % NEAR_IN == 0:
        return phash_of(number - 1) ^ 1 << number // NEAR_IN % 60
    return xxhash.xxh3_64_intdigest(f"phash|{number}".encode()) - 2**63


def commented(jpeg: bytes, text: str) -> bytes:
    """The same picture with a comment, so with another digest."""
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _marked(texts: pa.StringArray, copies: Longs, separator: str) -> pa.StringArray:
    return pc.binary_join_element_wise(texts, pa.array(copies).cast(pa.string()), separator)


def _as_lists(lists: pa.ListArray, parts: dict[str, pa.Array]) -> pa.ListArray:
    values = pa.StructArray.from_arrays(list(parts.values()), fields=list(lists.type.value_type))
    offsets = np.concatenate([[0], np.cumsum(lists.value_lengths().to_numpy())])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), values, type=lists.type)
