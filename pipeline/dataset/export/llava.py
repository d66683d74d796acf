"""LLaVA's JSON with tars of pictures: the form in which CulturalGround was published."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import orjson
import pyarrow.parquet as pq
import yaml

from pipeline.dataset.export.form import Exported, Form, Piece, batches
from pipeline.dataset.export.tar import Tar
from pipeline.dialogue import exchanges

Row = dict[str, Any]

IMAGE_TOKEN = "<image>\n"
# They travel with every sample, since a picture may be shown only beside them.
CREDITS = ("licence", "licence_url", "attribution", "page_url")


class Llava(Form):
    """A JSON array and a tar of pictures for each split of each shard.

    Args:
        quotes: whether literal double quotes wrap both texts, as in the published files.
    """

    name: ClassVar[str] = "llava"
    version: ClassVar[int] = 1

    def __init__(self, quotes: bool = False) -> None:
        self.quotes = quotes

    def settings(self) -> dict[str, Any]:
        return {"quotes": self.quotes}

    def pieces(self, shard: pq.ParquetFile, name: str, split: str) -> Iterator[Piece]:
        pictures: dict[str, bytes] = {}
        text = io.BytesIO(b"[")
        text.seek(0, io.SEEK_END)
        samples = 0
        for table in batches(shard, split):
            for row in table.to_pylist():
                pictures[picture_path(row["sha256"])] = row["image"]
                for item in row["items"]:
                    text.write(b",\n" if samples else b"\n")
                    text.write(orjson.dumps(sample(row, item, self.quotes)))
                    samples += 1
        text.write(b"\n]\n")
        yield Piece(f"{split}/{name}.json", split, samples, text.getvalue())
        tar = Tar()
        for path in sorted(pictures):
            tar.add(path, pictures[path])
        yield Piece(f"images/{split}-{name}.tar", split, len(pictures), tar.finish())

    def lists(self, files: Sequence[Exported]) -> Mapping[str, bytes]:
        splits = dict.fromkeys(file.split for file in files)
        return {f"{split}.yaml": _data_yaml(files, split) for split in splits}

    def configs(self, files: Sequence[Exported]) -> list[dict[str, Any]]:
        return []

    def usage(self, files: Sequence[Exported]) -> str:
        return _USAGE.format(quotes=_WITH_QUOTES if self.quotes else _WITHOUT_QUOTES)


def sample(row: Row, item: Row, quotes: bool) -> Row:
    """One entry of a LLaVA file.

    Args:
        row: of `schema.SHARDS`.
        item: one of its items.
        quotes: whether literal double quotes wrap both texts.
    """
    said = exchanges(item)
    if quotes:
        said = [(f'"{asked}"', f'"{answered}"') for asked, answered in said]
    turns = [
        {"from": speaker, "value": value}
        for pair in said
        for speaker, value in zip(("human", "gpt"), pair, strict=True)
    ]
    turns[0]["value"] = IMAGE_TOKEN + turns[0]["value"]
    # The published id ends in None where the name is asked for, which is no property; here that is property 0.
    asked_for = f"P{item['property']}" if item["property"] else "None"
    return {
        "id": f"Q{item['qid']}_{asked_for}",
        "qa_id": item["qa_id"],
        "image": picture_path(row["sha256"]),
        "conversations": turns,
        "language": item["language"],
        "kind": item["kind"],
        **{name: row[name] for name in CREDITS},
    }


def picture_path(sha256: str) -> str:
    """Where a picture lies in the tars: spread over 256 folders, since file systems are slow with millions in one."""
    return f"{sha256[:2]}/{sha256}.jpg"


def _data_yaml(files: Sequence[Exported], split: str) -> bytes:
    """The list of JSON files in the form that LLaVA-OneVision's training takes as `--data_path`."""
    paths = [file.path for file in files if file.split == split and file.path.endswith(".json")]
    listed = {"datasets": [{"json_path": path, "sampling_strategy": "all"} for path in paths]}
    return yaml.safe_dump(listed, sort_keys=False).encode()


_WITHOUT_QUOTES = "The published files have literal double quotes around both texts; here there are none."
_WITH_QUOTES = "Literal double quotes wrap both texts, as in the published files: strip the first and last character."

_USAGE = """\
## How to load

`train/*.json`, `validation/*.json` and `test/*.json` are arrays in LLaVA's form, one sample a line; `images/*.tar` hold
the pictures that `image` names. {quotes}

    for tar in images/*.tar; do tar -xf "$tar" -C images; done

Then `--image_folder images`, and `--data_path train.yaml` for a trainer that reads such a list (its paths are relative
to this folder). For one that wants a single file, join them:

    import glob, json
    samples = [sample for path in sorted(glob.glob("train/*.json")) for sample in json.load(open(path))]
    json.dump(samples, open("train.json", "w"))

Beside LLaVA's own fields a sample has `qa_id`, by which it can be traced, `language`, `kind`, and what must be shown
with its picture: `licence`, `licence_url`, `attribution`, `page_url`. `id` names entity and property; it is not unique.
"""
