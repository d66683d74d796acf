"""What generation will cost: the figures of a pilot for the items that `culturalground plan` expects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobs.chain import build_stages
from jobs.pilot import Pilot, StageFigures
from jobs.run_config import RunConfig
from pipeline.commit import describe, total_counts
from pipeline.errors import UserError
from pipeline.generation.forecast import Forecast, forecast
from pipeline.generation.stages import GenerationStage
from pipeline.interval import Interval
from pipeline.questions.expected import Expected
from pipeline.storage import open_storage

# What says which items are asked about, not what one of them takes, or follows from the languages and other settings.
_SCOPE = frozenset({"share", "kinds", "languages", "models", "example_files", "values"})
# How far the items of a picture may be from the pilot's before it is said.
_SIMILAR = 1.5


@dataclass(frozen=True)
class Cost:
    """What the stages of generation will take.

    Attributes:
        place: of the pilot.
        stages: name -> forecast.
        workers: whose engines start, each once a stage.
        price: of a GPU-hour, in whatever currency; None where none was given.
        warnings: what the pilot does not tell.
    """

    place: str
    stages: Mapping[str, Forecast]
    workers: int
    price: float | None
    warnings: tuple[str, ...]

    def total(self, figure: str) -> Interval:
        """Over the stages; their errors are taken to have the same sign, which makes the interval wide."""
        parts = [each.total[figure] for each in self.stages.values()]
        return Interval(*(sum(getattr(part, end) for part in parts) for end in ("estimate", "low", "high")))

    def starts(self, figure: str) -> float:
        """Seconds (of GPUs) for the starts of all workers in all stages."""
        return self.workers * sum(each.start[figure] for each in self.stages.values())


def check_generation(config: RunConfig) -> None:
    """Raises UserError if the run would generate nothing, so that there is nothing to foretell."""
    if config.generation.engine == "none":
        raise UserError(
            "generation.engine: is none, so this run generates nothing that a pilot could price; set it, and "
            "generation.model, as the full run will have them"
        )


def foretell(config: RunConfig, expected: Expected, pictures: float, pilot: Pilot, price: float | None) -> Cost:
    """Scale a pilot up to the items of a run.

    Args:
        config: of the full run; of its stages it says which items they ask about.
        expected: of the full run.
        pictures: of the full run.
        pilot: where the figures come from.
        price: of a GPU-hour.
    """
    stages: dict[str, Forecast] = {}
    warnings: list[str] = []
    for name, stage in build_stages(config, open_storage(config.output)).items():
        if not isinstance(stage, GenerationStage):
            continue
        items, relative_error = _asked(stage, expected)
        if not any(items.values()):
            continue
        if name not in pilot.stages:
            warnings.append(f"{name}: the pilot has no figures of it; it is left out")
            continue
        figures = pilot.stages[name]
        stages[name] = forecast(figures.commits, items, relative_error)
        warnings += [f"{name}: {told}" for told in _unlike(stage, figures, stages[name], pictures)]
    if stages and not any(each.total["gpu_seconds"].estimate for each in stages.values()):
        warnings.append("the pilot held no GPUs: its engine hours are of CPUs or of an endpoint, and no GPU is priced")
    return Cost(pilot.place, stages, config.generation.max_workers, price, tuple(warnings))


def _asked(stage: GenerationStage, expected: Expected) -> tuple[dict[str, float], float]:
    """Items by language that a stage will ask about, and one standard error of their number as a share of it."""
    scope = stage.scope
    kinds = [kind for kind in expected.expected if kind in scope.kinds]
    items = {
        language: scope.share * sum(expected.by["language"][kind][language][1] for kind in kinds)
        for language in sorted(scope.languages)
        if all(language in expected.by["language"][kind] for kind in kinds)
    }
    number = sum(expected.expected[kind].items for kind in kinds)
    # Open and choice items are of the same concepts: their errors add up.
    error = sum(expected.expected[kind].error for kind in kinds)
    return items, error / number if number else 0.0


def _unlike(stage: GenerationStage, figures: StageFigures, found: Forecast, pictures: float) -> Iterator[str]:
    """In what a pilot is unlike the full run."""
    ours = json.loads(describe({"version": stage.version, **stage.deciding()}))
    theirs = {"version": figures.identity["version"], **figures.identity["settings"]}
    differing = sorted(key for key in (ours.keys() | theirs.keys()) - _SCOPE if ours.get(key) != theirs.get(key))
    if differing:
        yield f"the pilot had other settings, which may cost otherwise: {', '.join(differing)}"
    if found.unseen:
        yield f"the pilot asked nothing in {', '.join(found.unseen)}; the mean of its languages stands for them"
    then = found.pilot_items / max(1, total_counts(figures.commits).rows_in)
    now = found.items / max(1.0, pictures)
    if not 1 / _SIMILAR < now / then < _SIMILAR:
        yield (
            f"the pilot asked about {then:.1f} items a picture and this run about {now:.1f}; the more there are, the "
            "less an item takes"
        )
