"""Identity of a QA item, and every choice that is made from it: nothing in a question is drawn at random."""

from __future__ import annotations

from collections.abc import Iterable

import xxhash

VERSION = "v1"


def signed_hash(text: str) -> int:
    """The xxh3-64 hash of the UTF-8 text as a signed 64-bit integer, which Arrow's int64 holds."""
    value = int(xxhash.xxh3_64_intdigest(text.encode("utf-8")))
    return value - (1 << 64) if value >= 1 << 63 else value


def qa_id(qid: int, statement_ids: Iterable[str], sha256: str, language: str, kind: str, family: str) -> int:
    """Identity of the question of one family about one entity with one picture.

    Wording and its revision stay out, so that splits, reviews and comparisons survive a reworded template.

    Args:
        qid: the entity, 42 for Q42.
        statement_ids: GUIDs of the statements that ground the answer, in any order.
        sha256: hex digest of the stored picture.
        language: the data set's language code.
        kind: open or choice.
        family: template family of the catalogue.
    """
    return signed_hash(f"{id_prefix(qid, statement_ids, sha256)}{language}|{kind}|{family}")


def id_prefix(qid: int, statement_ids: Iterable[str], sha256: str) -> str:
    """What the identities of all questions have in common that one fact about an entity with one picture answers."""
    return f"{VERSION}|{qid}|{','.join(sorted(statement_ids))}|{sha256}|"


def pick(item: int, purpose: str, size: int) -> int:
    """An index below `size` that depends on the item and the purpose alone. Its bias, size / 2**64, is negligible."""
    return int(xxhash.xxh3_64_intdigest(f"{purpose}|{item}".encode("ascii")) % size)
