"""Asking once more about an item whose first rewording was refused, with the reason told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from pipeline.errors import ConfigError
from pipeline.generation.checks import Reason
from pipeline.generation.draw import seed
from pipeline.generation.prompt_file import PROMPTS
from pipeline.generation.request import Request

FILE = PROMPTS / "retry.yaml"
SLOT = "{reason}"
# An engine that failed is asked again by the next run; a reply that was cut off is the dearest, and so may the next be.
FINAL = frozenset({Reason.ENGINE_ERROR, Reason.CUT_OFF})


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    user: Annotated[str, msgspec.Meta(min_length=1)]
    reasons: dict[str, Annotated[str, msgspec.Meta(min_length=1)]]


@dataclass(frozen=True)
class Retry:
    """What is added to a prompt. `reasons` are sentences; `sha256` is the hex digest of the file, for fingerprints."""

    version: int
    user: str
    reasons: Mapping[Reason, str]
    sha256: str

    def request(self, first: Request, reason: Reason, qa_id: int) -> Request | None:
        """The second request about an item, or None for a reason that no second try may mend.

        All of the first stands before what is added, so that an engine has computed it already; the refused reply is
        left out, since a request has one turn of the user's and a model copies what it reads.
        """
        if reason not in self.reasons:
            return None
        told = self.user.replace(SLOT, self.reasons[reason])
        return replace(first, user=f"{first.user}\n{told}", seed=seed(qa_id, "rephrase retry"))

    def deciding(self) -> dict[str, Any]:
        """What of it a stage's fingerprint covers."""
        return {"version": self.version, "sha256": self.sha256}


def load_retry(path: Path = FILE) -> Retry:
    """Read and check what is said at a second try.

    Raises:
        ConfigError: names the file and what is wrong in it.
    """
    try:
        data = path.read_bytes()
        raw = msgspec.convert(yaml.safe_load(data.decode()), _File)
    except (OSError, UnicodeDecodeError, yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}; see {FILE} for how it looks") from error
    if SLOT not in raw.user:
        raise ConfigError(f"{path}: `user` must have the slot {SLOT}")
    wanted = {reason.value for reason in Reason if reason not in FINAL}
    if set(raw.reasons) != wanted:
        differing = ", ".join(sorted(set(raw.reasons) ^ wanted))
        raise ConfigError(
            f"{path}: `reasons` must have a sentence for each reason to try again, and no other: {differing}"
        )
    reasons = {Reason(name): sentence for name, sentence in raw.reasons.items()}
    return Retry(raw.version, raw.user, reasons, hashlib.sha256(data).hexdigest())
