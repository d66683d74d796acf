"""Token counts of the index, counted again with the processor of the config for some of the pictures."""

from __future__ import annotations

from typing import Any

from pipeline.commit import CommitRecord
from pipeline.dataset.processor_files import counter_of, read_processor
from pipeline.dataset.settings import Assemble
from pipeline.stage import StageOutput
from pipeline.tables import read_table
from pipeline.verify.shards import Row, RowCheck

# Pictures of a shard whose samples are counted again.
_OF_A_SHARD = 32


class Tokens(RowCheck):
    """The first pictures of each shard: their order is that of a hash, so that these are as good as drawn.

    Raises:
        ConfigError: the processor cannot be read.
    """

    name = f"token counts are those of the processor, for {_OF_A_SHARD} pictures of each shard"

    def __init__(self, config: Assemble) -> None:
        super().__init__()
        assert config.processor is not None
        self._counter = counter_of(read_processor(config.processor))
        self._index: dict[tuple[int, int], dict[str, Any]] = {}

    def begin(self, assemble: StageOutput, commit: CommitRecord) -> None:
        columns = ["row", "item", "num_text_tokens", "num_image_tokens"]
        self._index = {
            (row["row"], row["item"]): row
            for file in commit.files
            if file.table == "index"
            for row in read_table(assemble.directory, file.path, columns).to_pylist()
        }

    def look(self, row: Row, shard: str, number: int) -> None:
        if number >= _OF_A_SHARD:
            return
        counted = self._counter.row(row)
        for position, (item, texts) in enumerate(zip(row["items"], counted.texts, strict=True)):
            self.looked_at += 1
            found = self._index.get((number, position), {})
            said = found.get("num_text_tokens"), found.get("num_image_tokens")
            if said != (texts, counted.picture):
                self.findings.add(
                    f"sample {item['qa_id']}: the index says {said[0]} and {said[1]} tokens of text and picture, "
                    f"the processor {texts} and {counted.picture}"
                )
