"""Making questions: items per CPU-second of one core, from the tables `concepts` and `images` to the table `questions`.

Real are the 330 entities with a picture of ../shared/data, their statements and labels. Made up: values that are not
among those entities have the labels of one that is, so that about as much is asked as where all values have labels;
domains; and copies of the entities, each with ids and names of its own, to get the sizes. All checks are on, in all 39
languages. The peer is `tests/kit/plain_questions.py`, which makes the same items one by one with Jinja2; it is given
its rows as they lie in memory, and its items are compared with ours. Needs ../shared/data beside the checkout.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.claims import Claim, claim, main
from pipeline.questions.concept import concepts_of
from pipeline.questions.distractor_pool import DistractorPool, pool_rows
from pipeline.questions.generate import QuestionMaker
from pipeline.questions.items import questions_table
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import label_codes
from pipeline.questions.pictures import ask_about
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.settings import Questions
from pipeline.questions.stage import label_languages, near_countries
from pipeline.questions.templates import shipped_catalogue
from pipeline.schema import CONCEPTS, LABEL
from tests.kit.memory import held_mb
from tests.kit.plain_questions import PlainQuestions
from tests.kit.real_concepts import Row, parents, real_concepts
from tests.kit.real_input import ABSENT, SHARED

LEAST_PER_S = 25_000
# As `images.rows_per_partition` has it by itself.
CONCEPTS_PER_PARTITION = 256


class Cost(NamedTuple):
    """What a number of concepts cost.

    Attributes:
        pool_s: CPU-seconds for collecting wrong options, which is done once for the data set.
        questions_s: CPU-seconds for the questions.
        peak_mb: of the process, libraries included.
    """

    concepts: int
    items: int
    pool_s: float
    questions_s: float
    peak_mb: float


def copies(rows: Sequence[Row], number: int) -> Iterator[pa.Table]:
    """Tables of `concepts` with so many rows together: the entities again and again, under other ids and names."""
    first = pa.Table.from_pylist(list(rows), schema=CONCEPTS)
    for copy in range(-(-number // len(rows))):
        table = _renamed(first, copy) if copy else first
        for start in range(0, len(rows), CONCEPTS_PER_PARTITION):
            left = number - copy * len(rows) - start
            if left > 0:
                yield table.slice(start, min(left, CONCEPTS_PER_PARTITION))


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    lists = table.column("statements").combine_chunks()
    fields = {field.name: lists.values.field(field.name) for field in lists.values.type}
    fields["statement_id"] = pc.replace_substring(fields["statement_id"], "$", f"${copy}-", max_replacements=1)
    statements = pa.StructArray.from_arrays(list(fields.values()), fields=list(lists.values.type))
    names = table.column("labels").combine_chunks()
    labels = {field.name: names.values.field(field.name) for field in LABEL}
    labels["label"] = pc.binary_join_element_wise(labels["label"], str(copy), " ")
    renamed = pa.StructArray.from_arrays(list(labels.values()), fields=list(LABEL))
    columns = {name: table.column(name) for name in table.column_names}
    columns["qid"] = pc.add(columns["qid"], copy * 1_000_000_000)
    columns["statements"] = pa.ListArray.from_arrays(lists.offsets, statements, type=lists.type)
    columns["labels"] = pa.ListArray.from_arrays(names.offsets, renamed, type=names.type)
    return pa.table(columns, schema=CONCEPTS)


def pictures(table: pa.Table) -> list[dict[str, Any]]:
    """A picture for each concept."""
    found = []
    for concept in concepts_of(table, {18}):
        guid = concept.statements[0]["statement_id"]
        found.append({"qid": concept.qid, "sha256": f"{concept.qid:064x}", "statement_id": guid, "property": 18})
    return found


class World:
    """The entities, and all that is needed to ask about them."""

    def __init__(self, num_concepts: int) -> None:
        self.rows = real_concepts(label_all=True)
        self.num_concepts = num_concepts
        self.languages = label_languages(Questions())
        self.catalogue, self.kinship = shipped_catalogue(), Kinship.of(parents(self.rows))
        self.settings = QuestionSettings(tuple(self.languages))
        started = time.process_time()
        found = (
            row
            for table in copies(self.rows, num_concepts)
            for concept in concepts_of(table, self.catalogue.properties)
            for row in pool_rows(concept, self.catalogue)
        )
        self.pool = DistractorPool(found, label_codes(self.languages), near_countries())
        self.pool_s = time.process_time() - started
        self.maker = QuestionMaker(self.catalogue, self.languages, self.pool, self.kinship, self.settings)


def cost(num_concepts: int) -> Cost:
    """Make all questions about so many concepts, partition by partition, and drop them."""
    world = World(num_concepts)
    taken, items = 0.0, 0
    for table in copies(world.rows, num_concepts):
        images = pictures(table)
        started = time.process_time()
        made = questions_table(ask_about(world.maker, table, images)[0])
        taken += time.process_time() - started
        items += len(made.column("items").chunk(0).values)
    return Cost(num_concepts, items, world.pool_s, taken, held_mb("VmHWM"))


def against_plain(num_concepts: int) -> tuple[float, float]:
    """Items per CPU-second, ours and the peer's, of the same items."""
    world = World(len(world_rows := real_concepts(label_all=True)))
    plain = PlainQuestions(
        world.catalogue, world.languages, world.pool, world.kinship, world.settings, world_rows
    )  # fmt: skip
    rows = world_rows[:num_concepts]
    table = pa.Table.from_pylist(rows, schema=CONCEPTS)
    images = pictures(table)
    rates: list[float] = []
    tables: list[pa.Table] = []
    for make in (
        lambda: questions_table(ask_about(world.maker, table, images)[0]),
        lambda: plain.table(rows, images),
    ):
        make()  # compiles templates, looks names up for the first time
        started = time.process_time()
        tables.append(make())
        rates.append(len(tables[-1].column("items").combine_chunks().values) / (time.process_time() - started))
    assert tables[0].equals(tables[1]), "the two ways made different items"
    return rates[0], rates[1]


def measure(quick: bool) -> Sequence[Claim]:
    """Measure over sizes, each in a process of its own, then against the peer."""
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    sizes = (30, 300, 3_000) if quick else (30, 300, 3_000, 30_000)
    found: list[Cost] = []
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found.append(pool.apply(cost, (size,)))
        made = found[-1]
        row = {
            **made._asdict(),
            "items_per_s": made.items / made.questions_s,
            "pool_us_a_concept": made.pool_s / size * 1e6,
        }
        print(json.dumps({name: round(value, 3) for name, value in row.items()}), flush=True)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        ours, plain = pool.apply(against_plain, (60 if quick else 330,))
    rates = [each.items / each.questions_s for each in found]
    return [
        claim("items a CPU-second, against the bar", rates[-1], LEAST_PER_S, "items/CPU-s", 1.0),
        claim("the same items, against one by one with Jinja2", ours, plain, "items/CPU-s", 10.0),
        claim("cost of an item at the largest size, against a hundredth of it", 1 / rates[-1], 1 / rates[-3],
              "CPU-s", 0.8, less_is_better=True),
        claim("peak memory at the largest size, against a tenth of it", found[-1].peak_mb, found[-2].peak_mb,
              "MB", 0.8, less_is_better=True),
    ]  # fmt: skip


if __name__ == "__main__":
    main(measure, __doc__)
