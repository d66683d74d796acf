"""What a mixture is made of: this run's shards, and imports; found on the driver, before any rank starts."""

from __future__ import annotations

from pipeline.errors import UserError
from pipeline.pointer import open_import
from pipeline.stage import StageOutput
from training.data.places import Source
from training.settings import MixturePart

OWN = "assemble"


def import_of(part: MixturePart) -> StageOutput:
    """The import that a part is of.

    Raises:
        UserError: what it names is no finished import.
    """
    try:
        return open_import(part.data)
    except UserError as error:
        raise type(error)(f"train.mixture, part {part.name}: {error}") from error


def source(part: MixturePart, output: StageOutput, split: str) -> Source:
    """The samples of a split, of the kinds that a part wants."""
    shards = {
        commit.partition: file.path
        for commit in output.manifest.commits
        for file in commit.files
        if file.table == "shards"
    }
    index = [file.path for file in output.files("index")]
    return Source(output.directory.uri, shards, index, part.name, split, part.kinds)
