"""The Wikidata dump as a Ray Data source, of use on its own: items with a picture and a country, split over a cluster.

import pipeline.wikidata.datasource as wikidata
wikidata.read_wikidata("s3://mirror/latest-all.json.gz", country_items=[1037]).write_parquet("rwanda")
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import msgspec
import pyarrow as pa
import ray.data
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from pipeline import vocabulary
from pipeline.errors import InputError
from pipeline.schema import ENTITIES, LABEL
from pipeline.wikidata.candidates import Candidates
from pipeline.wikidata.columns import EntityColumns, LabelColumns
from pipeline.wikidata.decode import decode, number
from pipeline.wikidata.dump.lines import range_blocks
from pipeline.wikidata.dump.ranges import Damage, Range, interleaved
from pipeline.wikidata.dump.source import open_source
from pipeline.wikidata.reader import plan

SCHEMA = pa.schema(
    [*[field for field in ENTITIES if field.name != "dump_date"], pa.field("labels", pa.list_(LABEL), nullable=False)]
)
# Rows of one Arrow block: with 60 statements each, some MB.
_ROWS_PER_BLOCK = 1024

OnDamage = Literal["raise", "skip"]


class WikidataDatasource(Datasource):
    """One read task for each compressed range; raw JSON never leaves the task that read it.

    Args:
        uris: dump files: local paths, s3:// or https:// addresses of .json.gz, .json.bz2, .json.zst or .json.
        candidates: which items are rows, with labels in which languages.
        range_mb: compressed MB (1e6 bytes) of one task.
        on_damage: skip logs what cannot be read and goes on.

    Raises:
        InputError: a file is missing, or no dump.
    """

    def __init__(self, uris: Sequence[str], candidates: Candidates, range_mb: float, on_damage: OnDamage) -> None:
        super().__init__()
        self._ranges = interleaved([part for uri in uris for part in plan(uri, int(range_mb * 1e6))])
        self._candidates, self._on_damage = candidates, on_damage

    def estimate_inmemory_data_size(self) -> int | None:
        """Not known beforehand: it depends on what is selected."""
        return None

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        """A task for each range, whatever parallelism is asked for: how many run at once is Ray's to decide."""
        nothing_known = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
        return [
            ReadTask(
                partial(candidate_tables, part, self._candidates, self._on_damage),
                nothing_known,
                schema=SCHEMA,
                per_task_row_limit=per_task_row_limit,
            )
            for part in self._ranges
        ]


def candidate_tables(part: Range, candidates: Candidates, on_damage: OnDamage = "raise") -> Iterator[pa.Table]:
    """The candidates of a range as tables of `SCHEMA`.

    Raises:
        InputError: something cannot be read, and `on_damage` is raise.
    """
    entities, labels = EntityColumns(""), LabelColumns(candidates.languages)
    for block in range_blocks(open_source(part.uri).read, part):
        if isinstance(block, Damage):
            _tell(f"{part.uri}: {block.detail}, at byte {block.offset}", on_damage)
            continue
        for start, end in candidates.may_be(block):
            try:
                outline = candidates.outline(block, start, end)
                if outline is None:
                    continue
                entities.add(decode(block, start, end))
                labels.add(number(outline.id), outline)
            except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
                _tell(f"{part.uri}: a line after byte {part.start} is no entity: {error}", on_damage)
        if len(entities) >= _ROWS_PER_BLOCK:
            yield _table(entities, labels)
            entities, labels = EntityColumns(""), LabelColumns(candidates.languages)
    yield _table(entities, labels)


def read_wikidata(
    uris: str | Sequence[str],
    *,
    pictures: Sequence[str] = ("P18",),
    countries: Sequence[str] = ("P17", "P495"),
    country_items: Collection[int] | None = None,
    languages: Collection[str] | None = None,
    range_mb: float = 48.0,
    on_damage: OnDamage = "raise",
) -> ray.data.Dataset:
    """Items of a dump that have a picture and a country, as a data set of `SCHEMA`.

    Args:
        uris: files of one dump, see `WikidataDatasource`.
        pictures: properties, one of which an item must have.
        countries: properties, one of which must give an item.
        country_items: Q-numbers that count as countries; None takes any.
        languages: Wikidata's codes of the labels that are kept; None takes those of the 39 languages, and mul.
        range_mb: compressed MB of one task; some 48 for .gz, 16 for .bz2, which takes eight times as long.
        on_damage: what cannot be read stops the read, or is logged and skipped.
    """
    kept = sorted(vocabulary.label_languages() if languages is None else languages)
    candidates = Candidates(pictures, countries, country_items, kept)
    source = WikidataDatasource([uris] if isinstance(uris, str) else uris, candidates, range_mb, on_damage)
    return ray.data.read_datasource(source)


def _tell(what: str, on_damage: OnDamage) -> None:
    if on_damage == "raise":
        raise InputError(f"{what}; download the file again, or read it with on_damage='skip'")
    logging.getLogger(__name__).warning("%s", what)


def _table(entities: EntityColumns, labels: LabelColumns) -> pa.Table:
    table = entities.table().drop_columns(["dump_date"])
    return pa.Table.from_arrays([*table.columns, labels.lists(table.column("qid").to_pylist())], schema=SCHEMA)
