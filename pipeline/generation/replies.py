"""Replies of models, kept in object storage by picture: what was paid for once is never asked for again.

`replies/<stage>/<2 hex>/<sha256>-<hash of the keys>.json.gz` holds replies about one picture, by request key. A file is
only ever created: of two workers that asked the same at once, the first one's replies stand and the second takes them.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict

from pipeline.errors import VerificationError
from pipeline.fingerprint import canonical
from pipeline.generation.request import Reply
from pipeline.storage import Storage

FOLDER = "replies"


class ReplyStore:
    """The replies that a stage was given.

    Args:
        storage: the run's output.
        stage: its name; stages do not share replies.
    """

    def __init__(self, storage: Storage, stage: str) -> None:
        self._storage, self._stage = storage, stage

    def load(self, sha256: str) -> dict[str, Reply]:
        """All replies about a picture, by request key.

        Where files disagree about a key, the reply that sorts first stands: a rule that does not ask which came first.

        Raises:
            VerificationError: a file is damaged.
        """
        found: dict[str, Reply] = {}
        for info in self._storage.list(f"{self._folder(sha256)}-"):
            for key, reply in self._read(info.path).items():
                found[key] = min(found.get(key, reply), reply, key=lambda each: canonical(asdict(each)))
        return found

    def add(self, sha256: str, replies: Mapping[str, Reply]) -> dict[str, Reply]:
        """Store replies about a picture under their keys; returns those that stand, which may be another worker's."""
        keys = sorted(replies)
        path = f"{self._folder(sha256)}-{hashlib.sha256(canonical(keys)).hexdigest()[:16]}.json.gz"
        data = canonical({key: asdict(replies[key]) for key in keys})
        if self._storage.create(path, gzip.compress(data, mtime=0)):
            return dict(replies)
        return self._read(path)

    def _folder(self, sha256: str) -> str:
        return f"{FOLDER}/{self._stage}/{sha256[:2]}/{sha256}"

    def _read(self, path: str) -> dict[str, Reply]:
        try:
            raw = json.loads(gzip.decompress(self._storage.read(path)))
            return {key: Reply(**reply) for key, reply in raw.items()}
        except (OSError, EOFError, zlib.error, ValueError, TypeError, AttributeError) as error:
            raise VerificationError(
                f"{self._storage.uri}/{path}: is no file of replies ({type(error).__name__}: {error}); delete it and "
                "run again: what it held is generated anew"
            ) from error
