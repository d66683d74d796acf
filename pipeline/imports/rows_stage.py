"""Stage `import_rows`: the rows of published files, each with the picture that it names, in the order of the shards.

Pictures are looked up, not read: which are broken is seen when the shards are made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson
import pyarrow as pa

from pipeline.commit import Counts
from pipeline.errors import InputError
from pipeline.imports.conversation import Conversation, Refused
from pipeline.imports.item import imported_row
from pipeline.imports.listing import Listing
from pipeline.imports.llava import read_llava
from pipeline.imports.pictures import Pictures
from pipeline.imports.refined import read_refined
from pipeline.imports.settings import Import
from pipeline.imports.source import Given, Piece, plan, rows, size_of, where
from pipeline.schema import IMPORTED
from pipeline.stage import Inputs, Outcome, Partition, Quarantine, Stage
from pipeline.storage import Storage
from pipeline.wikidata.reader import input_tag

READERS: dict[str, Callable[[Any], Conversation]] = {"llava": read_llava, "refined": read_refined}
# Of rows of `imported`, all of one split; no two are equal in all of it.
ORDER = [("place", "ascending"), ("picture", "ascending"), ("file", "ascending"), ("position", "ascending")]
# As Python objects; a row takes some kB as such, and a tenth of that in a table.
_ROWS_AT_ONCE = 2048


class ImportRowsStage(Stage):
    """Its partitions are pieces of the files. A row that cannot be used is set aside, with the reason.

    Args:
        config: of the import.
        listing: of the places of pictures; it travels to workers by `shared`.
    """

    name = "import_rows"
    version = 1
    tables = ("imported",)
    # What share is too much is asked when the import is complete.
    max_quarantined = 1.0

    def __init__(self, config: Import, listing: Listing) -> None:
        self.config = config
        self._pictures: Pictures | None = listing.pictures
        for uri in config.files:
            size_of(uri)
        self._identity = {
            "format": config.form,
            "files": [input_tag(uri) for uri in config.files],
            "pictures": listing.tag,
            "seed": config.seed,
            "piece_mb": config.piece_mb,
        }

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pictures": None}

    def deciding(self) -> dict[str, Any]:
        return self._identity

    def partitions(self, inputs: Inputs) -> list[Partition]:
        size = int(self.config.piece_mb * 1e6)
        pieces = [piece for number, uri in enumerate(self.config.files) for piece in plan(number, uri, size)]
        return [Partition(f"{number:06d}", asdict(piece)) for number, piece in enumerate(pieces)]

    def shared(self, inputs: Inputs, directory: Storage) -> Pictures:
        assert self._pictures is not None, "it is the driver that shares"
        return self._pictures

    def process(self, partition: Partition, inputs: Inputs, shared: Pictures) -> Outcome:
        piece = Piece(**partition.payload)
        quarantine = Quarantine()
        tables: list[pa.Table] = [IMPORTED.empty_table()]
        held: list[dict[str, Any]] = []
        num = 0
        for given in rows(piece):
            num += 1
            try:
                held.append(self._row(piece, given, shared))
            except Refused as refused:
                raw = given.raw or orjson.dumps(given.value, default=str)
                quarantine.add(where(piece.uri, given.position), refused.reason, refused.detail, raw)
            if len(held) == _ROWS_AT_ONCE:
                tables.append(pa.Table.from_pylist(held, schema=IMPORTED))
                held = []
        table = pa.concat_tables([*tables, pa.Table.from_pylist(held, schema=IMPORTED)]).sort_by(ORDER)
        counts = Counts("rows", num, table.num_rows, {}, quarantine.by_reason())
        return Outcome({"imported": table}, counts, quarantine.rows)

    def _row(self, piece: Piece, given: Given, pictures: Pictures) -> dict[str, Any]:
        if given.value is None and given.raw != b"null":
            raise Refused("not_json", "these bytes are no JSON")
        said = READERS[self.config.form](given.value)
        number = -1 if said.picture is None else pictures.find(said.picture)
        path = None if number < 0 else pictures.path(number)
        return {
            "picture": number,
            "picture_bytes": 0 if number < 0 else int(pictures.size[number]),
            "file": piece.file,
            "position": given.position,
            **imported_row(said, path, self.config.seed),
        }


def require_rows(num: int, config: Import) -> None:
    """Refuse files in which there is nothing.

    Raises:
        InputError: no row was read.
    """
    if num == 0:
        raise InputError(f"--from {' '.join(config.files)}: holds no row")
