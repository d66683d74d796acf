"""The debug run on the embedded sample with small partitions, so that every stage has a middle to be stopped in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jobs.chain import survey
from jobs.run_config import RunConfig, load_config
from pipeline.storage import Storage, open_storage
from sample.build import BuiltSample
from sample.commons_server import CommonsServer

CONFIG = "configs/debug.yaml"


@dataclass(frozen=True)
class SampleRun:
    """A run of `configs/debug.yaml` with its own output and the pictures of a server."""

    sample: BuiltSample
    server: CommonsServer
    output: str
    overrides: tuple[str, ...] = ()
    last: str = "assemble"

    @property
    def settings(self) -> list[str]:
        """What `--set` changes."""
        return [
            f"output={self.output}",
            f"extract.dump=[{self.sample.dump_gz}]",
            "extract.range_mb=0.004",
            "select.limit=64",
            "select.rows_per_partition=4",
            "images.rows_per_partition=4",
            "assemble.rows_per_partition=4",
            "assemble.shard_mb=0.2",
            f"images.api_url={self.server.api_url}",
            f"images.upload_url={self.server.upload_url}",
            "images.requests_per_s=1000",
            "generation.engine=none",
            "evaluate.engine=none",
            f"evaluate.benchmarks.folder={self.sample.benchmarks}",
            "evaluate.benchmarks.limit=4",
            *self.overrides,
        ]

    def arguments(self, command: str, *more: str) -> list[str]:
        """Of the command line `culturalground`."""
        settings = [argument for setting in self.settings for argument in ("--set", setting)]
        until = [] if command == "status" else ["--to", self.last]
        return [command, "--config", CONFIG, *settings, *until, *more]

    @property
    def config(self) -> RunConfig:
        return load_config(Path(__file__).parents[2] / CONFIG, self.settings)

    @property
    def storage(self) -> Storage:
        return open_storage(self.output)

    def num_partitions(self) -> dict[str, int]:
        """Partitions of each complete stage."""
        return {stage.name: len(stage.output.manifest.commits) for stage in survey(self.config) if stage.output}
