"""Settings of the questions: in which languages, of which kinds, and how many of each are kept."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from pipeline.config import LANGUAGE_CODES, Languages, Section, Share


class Balancing(Section):
    """How many items are kept of those that could be made, and of what; docs/decisions/0016-balance.md."""

    open_items: int | None = Field(None, gt=0, description="open items aimed at in all; null makes all")
    choice_items: int | None = Field(None, gt=0, description="choice items aimed at in all; null makes all")
    temperature: Share = Field(
        1.0, description="shares of a country, language or family follow count^temperature: 1 as they are, 0 alike"
    )
    axes: tuple[Literal["country", "language", "family", "domain"], ...] = Field(
        ("country", "language", "family"),
        min_length=1,
        description="along which shares follow it; families are asked of some domains only, so that family and domain "
        "together are met less closely",
    )
    long_tail_boost: float = Field(
        1.0, ge=1, allow_inf_nan=False, description="how much likelier an item of the long tail stays than of the head"
    )
    long_tail_floor: Share = Field(
        0.0, description="least share of the items that are about the long tail, as far as it has so many"
    )
    max_per_entity: int | None = Field(None, gt=0, description="items of each kind, over all pictures of an entity")
    max_per_entity_and_language: int | None = Field(None, gt=0, description="items of each kind")
    max_per_entity_and_property: int | None = Field(None, gt=0, description="items of each kind")
    sample: int = Field(20_000, gt=0, description="concepts, about, that the balance is worked out from")

    @property
    def is_thinning(self) -> bool:
        """Whether fewer items may be wanted than can be made."""
        return self.open_items is not None or self.choice_items is not None

    @field_validator("axes")
    @classmethod
    def _named_once(cls, axes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(axes)) < len(axes):
            raise ValueError("an axis is named twice")
        return axes

    @model_validator(mode="after")
    def _has_something_to_share_out(self) -> Balancing:
        if not self.is_thinning and (self.temperature, self.long_tail_boost, self.long_tail_floor) != (1.0, 1.0, 0.0):
            raise ValueError(
                "temperature, long_tail_boost and long_tail_floor share out a total: set open_items or choice_items too"
            )
        return self


class Questions(Section):
    """Concepts and pictures to QA items."""

    # What is in the file and what follows from it decides, not where it lies.
    OPERATIONAL = frozenset({"max_quarantined", "verdicts", "min_acceptance"})

    languages: Languages = Field(LANGUAGE_CODES, description="keys of pipeline/languages.yaml")
    kinds: tuple[Literal["open", "choice"], ...] = Field(
        ("open", "choice"), description="answered freely, or one of several options"
    )
    num_choices: int = Field(4, ge=2, le=8, description="options of a choice item")
    max_items_per_picture: int | None = Field(None, gt=0, description="in all languages together; null: no limit")
    balance: Balancing = Balancing()
    fallbacks: tuple[Literal["variant", "mul"], ...] = Field(
        ("variant", "mul"),
        description="what may stand in for a label that a language lacks: a variant of it, or Wikidata's label for all "
        "languages; every item says in answer_label_language which one it has",
    )
    status: Literal["draft", "machine_checked", "reviewed"] = Field(
        "machine_checked", description="wordings that were looked at less are not used; reviewed is by native speakers"
    )
    verdicts: str | None = Field(
        None, description="what native speakers said, as `culturalground review --import` writes it: a path or s3://"
    )
    min_acceptance: Share = Field(
        0.8, description="wordings of which a smaller share is good, by the upper end of its interval, are not used"
    )
    max_quarantined: Share = Field(0.01, description="largest share of rows that may be set aside")
