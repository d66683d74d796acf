"""From the places of samples and the settings to the plan of a run."""

from __future__ import annotations

import numpy as np

from pipeline.errors import ConfigError
from training.data.places import UNKNOWN, Places
from training.plan.layout import Layout
from training.plan.mixture import Amount
from training.plan.plan import Plan, make_plan
from training.plan.units import Facts, by_picture, single
from training.settings import Train


def plan_of(places: Places, settings: Train, shared_text: int) -> Plan:
    """The plan of all steps.

    Args:
        places: of the samples of all parts; those of a part are the sources of the same number.
        settings: of the run.
        shared_text: tokens of text up to the end of a picture, the same for all samples with one.

    Raises:
        ConfigError: lengths that the mode needs are unknown, or a part has no sample that is short enough.
    """
    facts = facts_of(places, settings)
    _require_samples(facts, settings)
    if settings.grouped:
        # In a conversation every later question brings the frame of its turn.
        own = 0 if settings.see_earlier else shared_text
        units = by_picture(facts, settings.max_tokens, own)
    else:
        units = single(facts, settings.max_tokens)
    layout = Layout(settings.row_tokens if settings.packed else None, settings.rows_per_micro_batch)
    plan = make_plan(
        units, [Amount(part.times, part.share) for part in settings.mixture], layout, seed=settings.seed,
        epochs=settings.epochs, window=settings.window, samples_per_step=settings.samples_per_step,
    )  # fmt: skip
    return plan if settings.max_steps is None else plan.first(settings.max_steps)


def facts_of(places: Places, settings: Train) -> Facts:
    """What a plan knows of the samples; lengths that nobody has counted are nought."""
    unknown = places.num_tokens == UNKNOWN
    if unknown.any() and settings.mode != "paper":
        name = settings.mixture[int(places.source[np.flatnonzero(unknown)[0]])].name
        raise ConfigError(
            f"train.mode: {settings.mode} needs the tokens of every sample, and those of part {name} are not counted; "
            "set assemble.processor, or import with --processor, and run again; or train with mode: paper"
        )
    picture = np.maximum(places.num_image_tokens, 0).astype(np.int64)
    return Facts(
        ids=places.ids,
        groups=places.row_groups,
        pictures=places.shard.astype(np.int64) << 32 | places.row,
        tokens=np.maximum(places.num_tokens, 0).astype(np.int64),
        picture_tokens=picture,
        parts=places.source.astype(np.int64),
    )


def _require_samples(facts: Facts, settings: Train) -> None:
    for number, part in enumerate(settings.mixture):
        own = facts.tokens[facts.parts == number]
        if not len(own):
            raise ConfigError(f"train.mixture: part {part.name} has no samples to learn from")
        if own.min() > settings.max_tokens:
            raise ConfigError(
                f"train.max_tokens ({settings.max_tokens}): the shortest sample of part {part.name} has {own.min()}"
            )
