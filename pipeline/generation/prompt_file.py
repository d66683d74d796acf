"""Prompts as data: a YAML file with the texts of the two turns, the schema of the reply and the sampling."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
import yaml

from pipeline.errors import ConfigError

PROMPTS = Path(__file__).parent / "prompts"

_SLOT = re.compile(r"\{([a-z_]*)\}")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    version: Annotated[int, msgspec.Meta(ge=1)]
    system: Annotated[str, msgspec.Meta(min_length=1)]
    user: Annotated[str, msgspec.Meta(min_length=1)]
    schema: dict[str, Any]
    max_tokens: Annotated[int, msgspec.Meta(ge=1)]
    temperature: Annotated[float, msgspec.Meta(ge=0.0, le=2.0)]


@dataclass(frozen=True)
class Prompt:
    """A checked prompt. `schema` is a JSON schema; `sha256` is the hex digest of the file, for fingerprints."""

    version: int
    system: str
    user: str
    schema: Mapping[str, Any]
    max_tokens: int
    temperature: float
    sha256: str

    def render(self, values: Mapping[str, str]) -> str:
        """The user's turn with its slots filled; braces in the values stay what they are."""
        return _SLOT.sub(lambda slot: values[slot.group(1)], self.user)

    def deciding(self) -> dict[str, Any]:
        """What of it a stage's fingerprint covers."""
        return {"version": self.version, "sha256": self.sha256}


def load_prompt(path: Path, slots: frozenset[str], keys: frozenset[str]) -> Prompt:
    """Read and check a prompt.

    Args:
        path: the YAML file.
        slots: what the user's text must have, each at least once, and nothing else.
        keys: what the schema must require of a reply.

    Raises:
        ConfigError: names the file and what is wrong in it.
    """
    try:
        data = path.read_bytes()
        raw = msgspec.convert(yaml.safe_load(data.decode()), _File)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read as UTF-8 text: {error}; name a prompt file") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())}; mend it there") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {error}; see {PROMPTS / 'rephrase.yaml'} for how a prompt looks") from error
    found = set(_SLOT.findall(raw.user))
    if found != slots:
        raise ConfigError(
            f"{path}: `user` has the slots {_listed(found)}, but must have {_listed(slots)}: each once at least"
        )
    if not keys <= set(raw.schema.get("required", ())):
        raise ConfigError(f"{path}: `schema` must list under `required`: {', '.join(sorted(keys))}")
    return Prompt(
        raw.version, raw.system, raw.user, raw.schema, raw.max_tokens, raw.temperature, hashlib.sha256(data).hexdigest()
    )


def _listed(slots: set[str] | frozenset[str]) -> str:
    return ", ".join(f"{{{slot}}}" for slot in sorted(slots)) or "none"
