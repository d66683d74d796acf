"""The data of a report from a finished run on the embedded sample, as the stage reads them from storage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from eval.report.data import ReportData, timing
from eval.report.pictures import places
from pipeline.stage import StageOutput
from pipeline.tables import Slice, read_slice


def report_of(name: str, outputs: Mapping[str, StageOutput], **more: Any) -> ReportData:
    """The report of a run whose stages are given in order; `more` adds losses, scores and notes."""
    assemble = outputs["assemble"]
    shards = {
        commit.partition: file.path
        for commit in assemble.manifest.commits
        for file in commit.files
        if file.table == "shards"
    }
    gallery = [
        row
        for shard, number in places(assemble.read("index"))
        for row in read_slice(assemble.directory, Slice(shards[shard], number, number + 1)).to_pylist()
    ]
    return ReportData(
        name=name,
        gallery=gallery,
        statistics=json.loads(assemble.directory.read("documents/statistics.json")),
        funnel=[(stage, output.manifest.counts) for stage, output in outputs.items()],
        timings=[timing(output.manifest) for output in outputs.values()],
        **more,
    )
