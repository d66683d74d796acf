"""A picture with its questions as one row of a training shard, and its questions as rows of the index."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

_FROM_IMAGE = ("width", "height", "title", "page_url", "author", "licence", "licence_url", "attribution")


def shard_row(group: Row, image: Row, picture: bytes, split: str) -> Row:
    """A row of `schema.SHARDS`.

    Args:
        group: a row of `questions`, `rephrased` or `judged`.
        image: the row of `images` of the same entity and picture.
        picture: the stored bytes.
        split: train, validation or test.
    """
    return {**group, "split": split, "image": picture, **{name: image[name] for name in _FROM_IMAGE}}


def index_rows(row: Row, shard: str, number: int) -> list[Row]:
    """Rows of `schema.INDEX` for the items of one shard row, which is row `number` of that shard."""
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
            "num_characters": len(item["question"]) + len(item["answer"]) + sum(map(len, item["choices"] or ())),
            "num_text_tokens": None,
            "num_image_tokens": None,
        }
        for position, item in enumerate(row["items"])
    ]
