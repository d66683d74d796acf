"""What all sections of a config are, and those of the spine; `jobs/run_config.py` makes a run of all of them.

Keys in a section's `OPERATIONAL` do not decide what a stage produces (endpoints, worker counts, limits that stop a
run); they stay out of fingerprints, so changing one never starts a stage anew.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from pipeline import vocabulary


def suggest(word: str, allowed: Iterable[str]) -> str:
    """What a wrong word may have been meant to be, and what is allowed."""
    names = sorted(allowed)
    close = difflib.get_close_matches(word, names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}Allowed: {', '.join(names)}"


def _known(what: str, allowed: Sequence[str]) -> AfterValidator:
    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if word not in allowed:
                raise ValueError(f"unknown {what} {word!r}: {suggest(word, allowed)}")
        if len(set(value)) != len(value):
            raise ValueError(f"a {what} is named twice")
        if not value:
            raise ValueError(f"at least one {what} is needed")
        return value

    return AfterValidator(check)


COUNTRY_KEYS = tuple(vocabulary.countries())
LANGUAGE_CODES = tuple(vocabulary.languages())
DOMAIN_KEYS = tuple(vocabulary.domains())

Countries = Annotated[tuple[str, ...], _known("country", COUNTRY_KEYS)]
Languages = Annotated[tuple[str, ...], _known("language", LANGUAGE_CODES)]
Domains = Annotated[tuple[str, ...], _known("domain", DOMAIN_KEYS)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of the config: frozen, extra keys forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    OPERATIONAL: ClassVar[frozenset[str]] = frozenset()

    def deciding(self) -> dict[str, Any]:
        """The settings that decide a result, ready for a fingerprint."""
        return self.model_dump(mode="json", exclude=set(self.OPERATIONAL))


class Budget(Section):
    """Caps for the whole run; a stage does not start, or stops, when one is passed."""

    gpu_hours: float = Field(0.0, ge=0, description="GPU-hours over all stages and attempts")
    fetched_gb: float = Field(1.0, ge=0, description="GB (1e9 bytes) of pictures fetched, over all attempts")
    money: float | None = Field(
        None, ge=0, description="for nodes, over all stages and attempts, in the currency of the prices; null: no cap"
    )
    stored_gb: float | None = Field(
        None, ge=0, description="GB that the output holds, replies of models left out; null: no cap"
    )
    prices: str | None = Field(None, description="a file like pipeline/prices.yaml, which null takes")


class Subclusters(Section):
    """Values of the label `ray-subcluster` of nodes, by the work they are for, as cluster.yaml gives them."""

    cpu: str = Field("cpu-spot", description="stages without GPUs")
    gpu: str = Field("gpu-spot", description="models that reword, judge and are evaluated")
    train: str = Field("train", description="ranks of training")


class Cluster(Section):
    """How the work is run; nothing here changes a result."""

    address: str | None = Field(None, description="Ray address; null starts Ray on this machine")
    num_cpus: int | None = Field(None, gt=0, description="cores for a Ray started here; null takes all")
    object_store_mb: int | None = Field(None, ge=80, description="object store of a Ray started here")
    max_workers: int | None = Field(None, gt=0, description="partitions at once; null lets Ray decide")
    subclusters: Subclusters | None = Field(
        None, description="which nodes of a cluster do what, by their label ray-subcluster; null: any that fit"
    )
    lease_s: float = Field(60.0, gt=1, description="a driver that has not renewed its lease for so long is dead")
