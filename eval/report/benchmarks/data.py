"""What the pages on benchmarks are made of: plain rows, already read from storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Sample:
    """A training sample about the entity of an error.

    Attributes:
        qa_id: by which `culturalground trace` finds it.
        language: the data set's code.
        question: as it was trained on.
        answer: that was right.
        statement_ids: GUIDs of the Wikidata statements that ground it.
    """

    qa_id: int
    language: str
    question: str
    answer: str
    statement_ids: tuple[str, ...]


@dataclass(frozen=True)
class WorstError:
    """A reply that our rule finds wrong.

    Attributes:
        prediction: row of `schema.PREDICTIONS`.
        baseline: the baseline's row on the same item; None where it has none.
        picture: the item's first, encoded, of any size; None without.
        samples: training samples of the same entity.
    """

    prediction: Row
    baseline: Row | None = None
    picture: bytes | None = None
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class Overlap:
    """How many items of a task are in the training data.

    Attributes:
        task: the benchmark.
        num_items: of it.
        by_qid: items whose entity was trained on; None where the benchmark tells no entities.
        by_picture: items with a picture that looks like one trained on; None where pictures were not compared.
    """

    task: str
    num_items: int
    by_qid: int | None
    by_picture: int | None


@dataclass(frozen=True)
class BenchmarkData:
    """Everything that the pages show.

    Attributes:
        name: of the evaluation or the run.
        scores: rows of `schema.SCORES`.
        baseline: the model that gains are over; None where models are not compared.
        errors: replies to be shown, worst first: `errors.worst` chooses them.
        overlaps: a row for each task that was compared with the training data.
        notes: sentences that a reader must know, such as that a judge was not asked.
    """

    name: str
    scores: Sequence[Row]
    baseline: str | None = None
    errors: Sequence[WorstError] = ()
    overlaps: Sequence[Overlap] = ()
    notes: Sequence[str] = ()
