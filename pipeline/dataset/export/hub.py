"""Parquet for Hugging Face `datasets`: `load_dataset(folder)` gives splits, decoded pictures and typed columns."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.dataset.describe.croissant import RecordSet
from pipeline.dataset.export.features import IMAGE, hub_schema
from pipeline.dataset.export.form import Exported, Form, Piece, batches, gathered
from pipeline.schema import QA_ITEM, SHARDS, SPLITS
from pipeline.tables import FileRecord

# What `datasets` itself writes of tables with pictures; a reader fetches a row group at a time.
PICTURE_GROUP_ROWS = 100
QUESTION_GROUP_ROWS = 1 << 14


class Hub(Form):
    """Two configs: `pictures`, a row a picture with its questions (the default), and `questions`, a row a question.

    A row a question with the picture in it would hold every picture as often as it has questions, ten to some hundred
    times, in the cache of whoever loads it too. So `questions` has all columns but the picture, and its name `sha256`.
    """

    name: ClassVar[str] = "datasets"
    version: ClassVar[int] = 1

    def pieces(self, shard: pq.ParquetFile, name: str, split: str) -> Iterator[Piece]:
        pictures = map(picture_rows, batches(shard, split, PICTURE_GROUP_ROWS))
        yield _piece(pictures, f"pictures/{split}-{name}.parquet", split)
        questions = map(question_rows, batches(shard, split, PICTURE_GROUP_ROWS))
        yield _piece(gathered(questions, QUESTION_GROUP_ROWS), f"questions/{split}-{name}.parquet", split)

    def lists(self, files: Sequence[Exported]) -> Mapping[str, bytes]:
        return {}

    def configs(self, files: Sequence[Exported]) -> list[dict[str, Any]]:
        found = {file.split for file in files}
        return [
            {
                "config_name": config,
                **({"default": True} if config == "pictures" else {}),
                "data_files": [
                    {"split": split, "path": f"{config}/{split}-*.parquet"} for split in SPLITS if split in found
                ],
            }
            for config in ("pictures", "questions")
        ]

    def record_sets(self, files: Sequence[Exported]) -> list[RecordSet]:
        of_item = [QA_ITEM.field(number) for number in range(QA_ITEM.num_fields)]
        named = {field.name for field in of_item}
        of_picture = [field for field in SHARDS if field.name not in named and field.name not in ("image", "items")]
        image = SHARDS.field("image").with_type(IMAGE)
        rows = pa.schema([image, *(field for field in SHARDS if field.name != "image")])
        return [
            _record_set("pictures", "A picture with its questions.", rows, ("qid", "sha256"), files),
            _record_set(
                "questions", "A question, without its picture.", pa.schema([*of_item, *of_picture]), ("qa_id",), files
            ),
        ]

    def usage(self, files: Sequence[Exported]) -> str:
        return _USAGE


def picture_rows(table: pa.Table) -> pa.Table:
    """Rows of `schema.SHARDS` with the picture as `datasets` types one, and in front; all else as it was."""
    names = pc.binary_join_element_wise(table.column("sha256"), pa.scalar("jpg"), ".").combine_chunks()
    image = pa.StructArray.from_arrays([table.column("image").combine_chunks(), names], names=["bytes", "path"])
    rest = [name for name in table.column_names if name not in ("image", "items")]
    columns = {"image": image, **{name: table.column(name) for name in (*rest, "items")}}
    return _typed(columns)


def question_rows(table: pa.Table) -> pa.Table:
    """A row for each item of rows of `schema.SHARDS`: its columns, then those of its picture but for the picture."""
    items = table.column("items").combine_chunks()
    flat, parents = pc.list_flatten(items), pc.list_parent_indices(items)
    columns = {field.name: flat.field(number) for number, field in enumerate(flat.type)}
    rest = [name for name in table.column_names if name not in ("image", "items") and name not in columns]
    return _typed({**columns, **{name: table.column(name).take(parents) for name in rest}})


def _typed(columns: Mapping[str, Any]) -> pa.Table:
    schema = hub_schema({name: IMAGE if name == "image" else column.type for name, column in columns.items()})
    return pa.table([column.cast(schema.field(name).type) for name, column in columns.items()], schema=schema)


def _record_set(name: str, about: str, schema: pa.Schema, key: tuple[str, ...], files: Sequence[Exported]) -> RecordSet:
    own = [
        FileRecord(name, file.path, file.rows, file.size, file.sha256)
        for file in files
        if file.path.startswith(f"{name}/")
    ]
    return RecordSet(name, about, schema, own, f"{name}/*.parquet", key)


def _piece(tables: Iterator[pa.Table], path: str, split: str) -> Piece:
    """A parquet file with a row group for each table."""
    first = next(tables)
    rows = first.num_rows
    buffer = io.BytesIO()
    # Statistics let a reader skip row groups; of pictures and lists there are none worth it.
    searched = [field.name for field in first.schema if not pa.types.is_nested(field.type)]
    with pq.ParquetWriter(buffer, first.schema, compression="zstd", write_statistics=searched) as writer:
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
    return Piece(path, split, rows, buffer.getvalue())


_USAGE = """\
## How to load

    from datasets import load_dataset
    pictures = load_dataset("FOLDER_OR_NAME")                  # a row a picture, its questions in `items`
    questions = load_dataset("FOLDER_OR_NAME", "questions")    # a row a question, without the picture

`pictures["train"][0]["image"]` is a PIL image. Each picture is stored once and has ten to some hundred questions, which
is why the questions have a table without it; `sha256` says which picture a question is about:

    place = {sha256: row for row, sha256 in enumerate(pictures["train"]["sha256"])}
    picture = pictures["train"][place[questions["train"][0]["sha256"]]]["image"]

Rows of both name `author`, `licence`, `licence_url`, `attribution` and `page_url`: they must be shown with the picture.
With `streaming=True` nothing is downloaded but what is read.
"""
