"""Runs of a few entities of the embedded sample, as far as the shards, with whatever is altered in their dump."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jobs.chain import run, survey
from pipeline.stage import StageOutput
from sample.build import SOURCE, BuiltSample
from sample.commons_server import CommonsServer
from sample.dump import gzip_members
from sample.tables import CONCEPTS, load_sample
from tests.kit.sample_run import SampleRun

Row = dict[str, Any]
NUM = 12
SMALL = (
    "questions.languages=[en, sw]", "extract.range_mb=1", "select.rows_per_partition=256",
    "images.rows_per_partition=16", "assemble.test=0.3",
)  # fmt: skip
# With what tests open in place of an endpoint.
JUDGED = (
    "generation.engine=endpoint", "generation.endpoint_url=http://localhost/v1", "generation.model=stub",
    "generation.revision='1'", "rephrase.share=0", "judge.share=1",
)  # fmt: skip


def is_dated(entity: Row) -> bool:
    """Whether it has one plain year of inception."""
    claims = entity["claims"].get("P571", [])
    return len(claims) == 1 and claims[0]["mainsnak"].get("datavalue", {}).get("value", {}).get("precision") == 9


def entities_of(sample: BuiltSample) -> list[Row]:
    """A few of those that pictures were drawn of, some with one year of inception, and all that these point to."""
    with gzip.open(sample.dump_gz, "rt", encoding="utf-8") as file:
        found = [json.loads(line.rstrip(",\n")) for line in file if line.startswith("{")]
    drawn = {entity.id for entity in load_sample(SOURCE).group(CONCEPTS)}
    shown = [entity for entity in found if entity["id"] in drawn]
    dated = [entity for entity in shown if is_dated(entity)][:3]
    others = [entity for entity in shown if entity not in dated][: NUM - len(dated)]
    kept = {entity["id"] for entity in [*dated, *others]}
    return [entity for entity in found if entity["id"] not in drawn or entity["id"] in kept]


@dataclass(frozen=True)
class FewEntities:
    """Makes runs of the same entities, or of altered ones."""

    sample: BuiltSample
    server: CommonsServer
    folder: Path

    def concepts(self) -> list[int]:
        """The entities that are selected, in the order of the dump."""
        made = self.run("selected", last="select")
        found: list[int] = outputs_of(made)["select"].read("concepts", ["qid"]).column("qid").to_pylist()
        return found

    def run(
        self, name: str, *settings: str, change: Callable[[list[Row]], object] | None = None, last: str = "assemble"
    ) -> SampleRun:
        """Run as far as the shards, in process. Runs share one output, so what is the same is made once."""
        entities = entities_of(self.sample)
        if change is not None:
            change(entities)
        dump = self.folder / f"{name}.json.gz"
        dump.write_bytes(gzip_members([json.dumps(entity).encode() for entity in entities]))
        made = SampleRun(
            replace(self.sample, dump_gz=dump), self.server, str(self.folder / "output"), (*SMALL, *settings)
        )
        made = replace(made, overrides=(*made.overrides, "select.limit=null"))
        run(made.config, last=last, local=True)
        return made


def outputs_of(made: SampleRun) -> dict[str, StageOutput]:
    """The complete stages of a run."""
    return {stage.name: stage.output for stage in survey(made.config) if stage.output is not None}
