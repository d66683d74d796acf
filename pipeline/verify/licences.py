"""Pictures against the policy that they were chosen by, and what shards say of them against `images`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from pipeline.commons.licence import LicenceInfo, allowed, licence_family
from pipeline.commons.settings import Images
from pipeline.dataset.shards import FROM_IMAGE
from pipeline.schema import IMAGES
from pipeline.stage import StageOutput
from pipeline.verify.ids import groups_of, key, place_in
from pipeline.verify.shards import Row, RowCheck

_TERMS = (
    "qid", "sha256", "title", "author", "licence", "licence_family", "licence_url", "attribution_required",
    "attribution", "credit",
)  # fmt: skip


def licence_problems(images: StageOutput, policy: Images) -> tuple[int, Iterator[str]]:
    """How many pictures there are, and what is wrong with the licences of them."""
    rows = (row for group in groups_of(images, "images", _TERMS) for row in group.to_pylist())
    return images.num_rows("images"), (
        f"Q{row['qid']}, {row['title']}: {problem}" for row in rows for problem in _problems(row, policy)
    )


def _problems(row: dict[str, Any], policy: Images) -> Iterator[str]:
    family = row["licence_family"]
    if licence_family(row["licence"]) != family:
        yield f"licence {row['licence']!r} is not of the family {family}"
    info = LicenceInfo(
        row["licence"], family, row["licence_url"], row["author"], row["credit"], row["attribution_required"], (),
        row["attribution"],
    )  # fmt: skip
    refused = allowed(info, policy.licence_families)
    if refused is not None:
        yield f"{refused}: {row['licence']}, where {', '.join(policy.licence_families)} are allowed"
    if not row["attribution"].strip():
        yield "has no line of attribution"


class ShownPictures(RowCheck):
    """The picture in a shard is the one that it says, with what `images` says of it.

    Args:
        images: the complete stage; 72 bytes for each of its rows are kept, in digests.
    """

    name = "shards show pictures of images, with their bytes, author and licence"

    def __init__(self, images: StageOutput) -> None:
        super().__init__()
        assert {"qid", "sha256", *FROM_IMAGE} <= set(IMAGES.names)
        width = 1 + len(FROM_IMAGE)
        parts = [np.empty((0, width), np.int64)]
        for group in groups_of(images, "images", ["qid", "sha256", *FROM_IMAGE]):
            rows = [[_of(row), *(key(repr(row[name])) for name in FROM_IMAGE)] for row in group.to_pylist()]
            parts.append(np.array(rows, np.int64).reshape(-1, width))
        table = np.concatenate(parts)
        table = table[np.argsort(table[:, 0], kind="stable")]
        self._keys, self._digests = table[:, 0].copy(), table[:, 1:].copy()

    def look(self, row: Row, shard: str, number: int) -> None:
        self.looked_at += 1
        name = f"Q{row['qid']}, {row['title']}"
        if hashlib.sha256(row["image"]).hexdigest() != row["sha256"]:
            self.findings.add(f"{name}: the bytes in shard {shard} are not picture {row['sha256']}")
        [at], [there] = place_in(self._keys, np.array([_of(row)]))
        if not there:
            self.findings.add(f"{name}: its picture {row['sha256']} is not in images")
            return
        said = [key(repr(row[column])) for column in FROM_IMAGE]
        wrong = [column for column, one, other in zip(FROM_IMAGE, said, self._digests[at], strict=True) if one != other]
        if wrong:
            self.findings.add(f"{name}: shard {shard} has another {', '.join(wrong)} than images")


def _of(row: Row) -> int:
    return key(f"{row['qid']}|{row['sha256']}")
