"""A picture with its questions as one row of a training shard, and its questions as rows of the index."""

from __future__ import annotations

from typing import Any

from pipeline.dataset.tokens import RowTokens

Row = dict[str, Any]

# Of a picture's row of `images`, what shards say of it.
FROM_IMAGE = ("width", "height", "title", "page_url", "author", "licence", "licence_url", "attribution")


def shard_row(group: Row, image: Row, picture: bytes, split: str) -> Row:
    """A row of `schema.SHARDS`.

    Args:
        group: a row of `questions`, `rephrased`, `judged` or `arranged`.
        image: the row of `images` of the same entity and picture, or that of `arranged`.
        picture: the stored bytes.
        split: train, validation or test.
    """
    return {**group, "split": split, "image": picture, **{name: image[name] for name in FROM_IMAGE}}


def index_rows(row: Row, shard: str, number: int, tokens: RowTokens | None = None) -> list[Row]:
    """Rows of `schema.INDEX` for the items of one shard row.

    Args:
        row: of `schema.SHARDS`.
        shard: its partition.
        number: its place in that shard.
        tokens: as counted with a processor; None where none is chosen.
    """
    return [
        {
            "qa_id": item["qa_id"],
            "shard": shard,
            "row": number,
            "item": position,
            "qid": row["qid"],
            "sha256": row["sha256"],
            "split": row["split"],
            "country": row["country"],
            "domain": row["domain"],
            "language": item["language"],
            "kind": item["kind"],
            "property": item["property"],
            "num_characters": _num_characters(item),
            "num_text_tokens": None if tokens is None else tokens.texts[position],
            "num_image_tokens": None if tokens is None else tokens.picture,
        }
        for position, item in enumerate(row["items"])
    ]


def _num_characters(item: Row) -> int:
    later = [text for turn in item.get("later_turns") or () for text in (turn["question"], turn["answer"])]
    return sum(map(len, (item["question"], item["answer"], *(item["choices"] or ()), *later)))
