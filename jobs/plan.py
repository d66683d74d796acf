"""How many questions of what a run would make, and what models would take, for `culturalground plan`.

No question is put into words for it. What models take comes from a pilot, or from the run itself as far as it has come.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jobs.chain import survey
from jobs.cost import Cost, check_generation, foretell
from jobs.cost_shown import cost_json, cost_table
from jobs.pilot import Pilot, own_figures
from jobs.run_config import RunConfig
from pipeline import vocabulary
from pipeline.errors import UserError
from pipeline.progress import Progress
from pipeline.questions.expected import Cell, Expected, expect
from pipeline.questions.fitting import fit, targets, unreached
from pipeline.questions.stage import sampled_slots

_TITLES = {"language": "language", "country": "country", "group": "families", "popularity": "popularity"}


@dataclass(frozen=True)
class Plan:
    """What is possible and what is expected.

    Attributes:
        concepts, sampled: concepts of the run, and those that were looked at.
        pictures: of those; None where the stage `images` is not complete and each is taken to have one.
        wanted: kind -> items aimed at; a kind that is not in it is made whole.
        warnings: what cannot be had.
        cost: of generation; None where nothing tells it.
    """

    name: str
    concepts: int
    sampled: int
    pictures: int | None
    wanted: Mapping[str, int]
    expected: Expected
    warnings: tuple[str, ...]
    cost: Cost | None = None

    @property
    def items_a_picture(self) -> float:
        """That are expected."""
        pictures = self.concepts if self.pictures is None else self.pictures * self.concepts / max(1, self.sampled)
        return sum(each.items for each in self.expected.expected.values()) / max(1.0, pictures)


def make_plan(config: RunConfig, pilot: Pilot | None = None, price: float | None = None) -> Plan:
    """Look at a sample of the selected concepts, and at their pictures as far as there are any.

    Args:
        config: of the run.
        pilot: another run, whose figures tell what generation takes; None takes the run's own.
        price: of a GPU-hour.

    Raises:
        UserError: the stage `select` is not complete for this config; or what generation takes is asked for, and
            nothing tells it.
    """
    if price is not None:
        check_generation(config)
    figures = own_figures(config) if pilot is None else pilot if config.generation.engine != "none" else None
    if price is not None and figures is None:
        raise UserError(
            "--price: nothing tells what generation takes; name the output of a pilot with --pilot, or run this config "
            "as far as rephrase"
        )
    outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
    if "select" not in outputs:
        raise UserError("select: is not complete for this config; run `culturalground run --to select` first")
    select, images = outputs["select"], outputs.get("images")
    num_files = len(select.files("concepts"))
    progress = Progress("plan", num_files, 0)
    slots = sampled_slots(config.questions, select, images, progress)
    progress.finish("looked at")
    balance = fit(slots, config.questions.balance)
    expected = expect(slots, balance, config.questions.max_items_per_picture)
    pictures = slots.num_pictures * slots.scale
    return Plan(
        config.name, slots.population, slots.num_concepts, None if images is None else slots.num_pictures,
        targets(slots, config.questions.balance), expected,
        tuple(unreached(slots, config.questions.balance, balance)),
        None if figures is None else foretell(config, expected, pictures, figures, price),
    )  # fmt: skip


def as_table(plan: Plan) -> Iterator[str]:
    """The plan without its matrix, to be read by a person."""
    yield f"{plan.name}: {plan.concepts:,} concepts, {plan.sampled:,} of them looked at, " + (
        "one picture each assumed, as the stage images is not complete"
        if plan.pictures is None
        else f"with {plan.pictures:,} pictures"
    )
    yield "  Items before they are put into words; some have too few wrong options then. ± one standard error."
    yield ""
    yield f"  {'':<8}{'possible':>28}{'wanted':>15}{'expected':>28}"
    for kind, possible in plan.expected.possible.items():
        wanted = f"{plan.wanted[kind]:,}" if kind in plan.wanted else "all"
        expected = plan.expected.expected[kind]
        yield (
            f"  {kind:<8}{f'{possible.items:,.0f} ± {possible.error:,.0f}':>28}{wanted:>15}"
            f"{f'{expected.items:,.0f} ± {expected.error:,.0f}':>28}"
        )
    for warning in plan.warnings:
        yield f"  {warning}"
    for grouping, by_kind in plan.expected.by.items():
        yield ""
        yield from _grouping(grouping, by_kind)
    if plan.cost is not None:
        yield ""
        yield from cost_table(plan.cost)


def _grouping(grouping: str, by_kind: Mapping[str, Mapping[str, tuple[float, float]]]) -> Iterator[str]:
    names = list(next(iter(by_kind.values())))
    if grouping != "popularity":
        names.sort(key=lambda name: -sum(found[name][1] for found in by_kind.values()))
    width = max(len(_TITLES[grouping]), *(len(_title(grouping, name)) for name in names), 10) if names else 10
    yield f"  {_TITLES[grouping]:<{width}}" + "".join(
        f"{f'{kind} possible':>18}{'expected':>13}{'share':>8}" for kind in by_kind
    )
    sums = {kind: sum(expected for _, expected in found.values()) for kind, found in by_kind.items()}
    for name in names:
        yield f"  {_title(grouping, name):<{width}}" + "".join(
            f"{found[name][0]:>18,.0f}{found[name][1]:>13,.0f}{found[name][1] / (sums[kind] or 1):>8.2%}"
            for kind, found in by_kind.items()
        )


def _title(grouping: str, name: str) -> str:
    return f"{name:<8}{vocabulary.languages()[name].name}" if grouping == "language" else name


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan without its matrix, as plain JSON: totals, wanted, groups as (possible, expected)."""
    found = plan.expected
    return {
        "name": plan.name,
        "concepts": plan.concepts,
        "sampled": plan.sampled,
        "pictures": plan.pictures,
        "wanted": plan.wanted,
        "possible": {kind: asdict(total) for kind, total in found.possible.items()},
        "expected": {kind: asdict(total) for kind, total in found.expected.items()},
        "by": {
            grouping: {
                kind: {name: {"possible": pair[0], "expected": pair[1]} for name, pair in groups.items()}
                for kind, groups in by_kind.items()
            }
            for grouping, by_kind in found.by.items()
        },
        "warnings": plan.warnings,
        "generation": None if plan.cost is None else cost_json(plan.cost),
    }


def write_matrix(plan: Plan, path: Path) -> None:
    """Write a line for each country, language, family and kind in which something is possible.

    Raises:
        UserError: the file cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, Cell.__dataclass_fields__)
            writer.writeheader()
            for cell in plan.expected.matrix:
                writer.writerow(
                    {**asdict(cell), "possible": f"{cell.possible:.2f}", "expected": f"{cell.expected:.2f}"}
                )
    except OSError as error:
        raise UserError(f"--csv {path}: cannot be written ({error.strerror})") from error
