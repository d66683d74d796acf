"""Asking once more about an item whose first rewording was refused, with the reason told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from pipeline.errors import ConfigError
from pipeline.generation.answers import AnswerReason
from pipeline.generation.checks import Reason
from pipeline.generation.prompt_file import PROMPTS

FILE = PROMPTS / "retry.yaml"
SLOT = "{reason}"
# An engine that failed is asked again by the next run; an answer that is its label is right as it is.
FINAL: frozenset[Reason | AnswerReason] = frozenset({Reason.ENGINE_ERROR, AnswerReason.UNCHANGED})


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    note: Annotated[str, msgspec.Meta(min_length=1)]
    reasons: dict[str, Annotated[str, msgspec.Meta(min_length=1)]]
    answer_reasons: dict[str, Annotated[str, msgspec.Meta(min_length=1)]]


@dataclass(frozen=True)
class Retry:
    """What is said below an item. `reasons` are sentences; `sha256` is the hex digest of the file, for fingerprints."""

    version: int
    text: str
    reasons: Mapping[Reason | AnswerReason, str]
    sha256: str

    def note(self, *came: object) -> str | None:
        """What is said of an earlier answer, or None where no second try may mend it.

        The refused words are left out: a model copies what it reads.

        Args:
            came: what came of question and answer: words that are used, or the reason why not.
        """
        told = [self.reasons[each] for each in came if isinstance(each, Reason | AnswerReason) and each in self.reasons]
        return self.text.replace(SLOT, " ".join(dict.fromkeys(told))) if told else None

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
    if SLOT not in raw.note:
        raise ConfigError(f"{path}: `note` must have the slot {SLOT}")
    reasons = _sentences(path, "reasons", raw.reasons, Reason) | _sentences(
        path, "answer_reasons", raw.answer_reasons, AnswerReason
    )
    return Retry(raw.version, raw.note, reasons, hashlib.sha256(data).hexdigest())


def _sentences(
    path: Path, key: str, found: Mapping[str, str], kind: type[Reason] | type[AnswerReason]
) -> dict[Reason | AnswerReason, str]:
    wanted = {reason.value: reason for reason in kind if reason not in FINAL}
    if set(found) != set(wanted):
        differing = ", ".join(sorted(set(found) ^ set(wanted)))
        raise ConfigError(
            f"{path}: `{key}` must have a sentence for each reason to try again, and no other: {differing}"
        )
    return {wanted[name]: sentence for name, sentence in found.items()}
