"""Stage `questions`: every (entity, picture) with its questions and answers in all languages."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline import vocabulary
from pipeline.commit import Counts, describe
from pipeline.commons.settings import Images
from pipeline.progress import Progress
from pipeline.questions import living_people
from pipeline.questions.asked_for import asked_for
from pipeline.questions.balance import Balance
from pipeline.questions.concept import COLUMNS, concepts_of
from pipeline.questions.concept_sample import sampled_concepts
from pipeline.questions.distractor_pool import DistractorPool, PoolRow, pool_rows
from pipeline.questions.entity_caps import within_caps
from pipeline.questions.fitting import caps_of, fit, unreached
from pipeline.questions.generate import QuestionMaker
from pipeline.questions.items import questions_table
from pipeline.questions.kinship import Kinship
from pipeline.questions.labels import Codes, label_codes
from pipeline.questions.pictures import IMAGE_COLUMNS, ask_about
from pipeline.questions.question_settings import QuestionSettings
from pipeline.questions.settings import Questions
from pipeline.questions.slots import Slots, possible_slots
from pipeline.questions.switched_off import reviewed
from pipeline.questions.templates import catalogue_identity, shipped_catalogue
from pipeline.questions.values import SkipReason
from pipeline.stage import Inputs, Outcome, Partition, Stage, StageOutput
from pipeline.storage import Storage
from pipeline.tables import read_table

KINSHIP_DEPTH = 4


@dataclass(frozen=True)
class Shared:
    """What every partition needs: what makes questions, with all that it looks up, and what caps their number."""

    maker: QuestionMaker
    balance: Balance


class QuestionsStage(Stage):
    """Its partitions are those of `images`: a picture needs the concept that it was fetched for."""

    name = "questions"
    version = 5
    tables = ("questions",)
    after = ("select", "images", "extract")

    def __init__(self, config: Questions, images: Images) -> None:
        self.config = config
        self.concepts_per_partition = images.rows_per_partition
        self.languages: Mapping[str, Codes] = label_languages(config)
        self.reviewed = reviewed(config)
        self.max_quarantined = config.max_quarantined

    def deciding(self) -> dict[str, Any]:
        return {
            **self.config.deciding(),
            "catalogue": catalogue_identity(self.config.languages),
            "labels": {code: list(codes) for code, codes in self.languages.items()},
            "near": {key: list(near) for key, near in near_countries().items()},
            "sensitive_properties": living_people.digest(),
            "switched_off": self._switched_off(),
        }

    def _switched_off(self) -> list[str]:
        """Wordings of the languages of this run that are not used."""
        return sorted(each for each in self.reviewed.switched_off if each.split("/")[1] in self.config.languages)

    def partitions(self, inputs: Inputs) -> list[Partition]:
        concepts = inputs["select"].row_partitions("concepts", self.concepts_per_partition)
        pictures = {commit.partition: commit.files for commit in inputs["images"].manifest.commits}
        return [
            Partition(
                part.id,
                {**part.payload, "images": [file.path for file in pictures[part.id] if file.table == "images"]},
                sum(file.rows for file in pictures[part.id] if file.table == "images"),
            )
            for part in concepts
        ]

    def shared(self, inputs: Inputs, directory: Storage) -> Shared:
        catalogue = shipped_catalogue()
        values: set[int] = set()

        def rows() -> Iterator[PoolRow]:
            for file in inputs["select"].files("concepts"):
                table = read_table(inputs["select"].directory, file.path, list(COLUMNS))
                for concept in concepts_of(table, catalogue.properties):
                    for row in pool_rows(concept, catalogue):
                        values.add(row.value_qid)
                        yield row

        codes = label_codes(self.languages, self.config.fallbacks)
        pool = DistractorPool(rows(), codes, near_countries())
        balance = self._balance(inputs)
        settings = replace(question_settings(self.config), switched_off=frozenset(self._switched_off()))
        kin = kinship(inputs["extract"], values)
        return Shared(QuestionMaker(catalogue, self.languages, pool, kin, settings, balance), balance)

    def documents(self, inputs: Inputs, output: StageOutput) -> Mapping[str, bytes]:
        if not self.config.balance.is_thinning:
            return {}
        slots = sampled_slots(self.config, inputs["select"], inputs["images"])
        balance = fit(slots, self.config.balance)
        return {"balance.json": describe(asked_for(slots, self.config.balance, balance))}

    def _balance(self, inputs: Inputs) -> Balance:
        if not self.config.balance.is_thinning:
            return Balance(caps=caps_of(self.config.balance))
        slots = sampled_slots(self.config, inputs["select"], inputs["images"])
        balance = fit(slots, self.config.balance)
        for line in unreached(slots, self.config.balance, balance):
            logging.getLogger(__name__).warning("%s", line)
        return balance

    def process(self, partition: Partition, inputs: Inputs, shared: Shared) -> Outcome:
        images = [
            image
            for path in partition.payload["images"]
            for image in read_table(inputs["images"].directory, path, list(IMAGE_COLUMNS)).to_pylist()
        ]
        asked, skipped = ask_about(shared.maker, inputs["select"].read_rows(partition), images)
        made = sum(len(each.items) for each in asked)
        if shared.balance.caps.are_set:
            asked = within_caps(asked, shared.balance)
            skipped[SkipReason.OVER_CAP] += made - sum(len(each.items) for each in asked)
            made = sum(len(each.items) for each in asked)
        reasons_told = {str(reason): number for reason, number in sorted(skipped.items()) if number}
        counts = Counts("pictures", len(asked), len(asked), details={"items": made, **reasons_told})
        return Outcome({"questions": questions_table(asked)}, counts)


def question_settings(config: Questions) -> QuestionSettings:
    """What is made of one picture."""
    return QuestionSettings(
        tuple(config.languages), tuple(config.kinds), config.num_choices, config.max_items_per_picture, config.status,
        tuple(config.fallbacks),
    )  # fmt: skip


def sampled_slots(
    config: Questions, select: StageOutput, images: StageOutput | None, progress: Progress | None = None
) -> Slots:
    """What could be asked of a sample of the concepts; without `images`, as if each had one picture."""
    catalogue = shipped_catalogue()
    return possible_slots(
        sampled_concepts(select, images, config.balance.sample, catalogue.properties, progress),
        select.num_rows("concepts"), catalogue, label_languages(config), question_settings(config),
    )  # fmt: skip


def near_countries() -> dict[str, tuple[str, ...]]:
    """Country -> those near it, from which wrong options come first."""
    return {key: country.near for key, country in vocabulary.countries().items()}


def label_languages(config: Questions) -> dict[str, Codes]:
    """Data-set code -> Wikidata codes of its labels, best first."""
    return {code: vocabulary.languages()[code].wikidata for code in config.languages}


def kinship(extract: StageOutput, items: Collection[int], depth: int = KINSHIP_DEPTH) -> Kinship:
    """Ancestors of the items along P31, P279, P131 and P361: edge files are read once per level of depth."""
    level = np.unique(np.fromiter(items, np.int64, len(items)))
    known = [np.empty((0, 2), np.int64)]
    for _ in range(depth):
        wanted = pa.array(level)
        found = [_edges_of(extract, file.path, wanted) for file in extract.files("edges")]
        known.append(np.concatenate([known[0], *found]))
        level = np.setdiff1d(known[-1][:, 1], np.concatenate([edges[:, 0] for edges in known]))
        if not len(level):
            break
    return Kinship.joined(np.concatenate(known))


def _edges_of(extract: StageOutput, path: str, subjects: pa.Array) -> NDArray[np.int64]:
    table = read_table(extract.directory, path, ["subject", "object"])
    table = table.filter(pc.is_in(table.column("subject"), value_set=subjects))
    return np.stack([table.column("subject").to_numpy(), table.column("object").to_numpy()], axis=1)
