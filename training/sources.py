"""What a mixture is made of: this run's shards, and imports; found on the driver, before any rank starts."""

from __future__ import annotations

from pipeline.errors import UserError
from pipeline.pointer import open_import
from pipeline.stage import StageOutput
from training.data.places import Source
from training.settings import MixturePart

OWN = "assemble"


def open_part(part: MixturePart, own: StageOutput) -> StageOutput:
    """The stage that wrote the shards of a part.

    Args:
        part: of the mixture.
        own: this run's `assemble`.

    Raises:
        UserError: what it names is no finished import.
    """
    if part.data == OWN:
        return own
    try:
        return open_import(part.data)
    except UserError as error:
        raise type(error)(f"train.mixture, part {part.name}: {error}") from error


def source(name: str, output: StageOutput, split: str) -> Source:
    """The samples of a split, under a name of their own."""
    shards = {
        commit.partition: file.path
        for commit in output.manifest.commits
        for file in commit.files
        if file.table == "shards"
    }
    return Source(output.directory.uri, shards, [file.path for file in output.files("index")], name, split)
