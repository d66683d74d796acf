"""What two runs must have in common, down to the byte, and what may differ: times, hosts, orphans."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from jobs.chain import STAGES, survey
from jobs.evaluation import EvaluationConfig
from jobs.run_config import RunConfig
from pipeline.commit import load_manifest
from pipeline.picture_store import PictureStore
from pipeline.storage import open_storage


def results(config: RunConfig, last: str = "assemble") -> dict[str, str]:
    """Stage/path -> SHA-256 of every file that the manifests of a run name, and of the pictures in its store.

    In which packs a picture lies is not compared: a worker that outlives its driver may leave one of its own.

    Args:
        config: of the run.
        last: stages after this one do not count.

    Raises:
        AssertionError: a stage is not complete.
    """
    found: dict[str, str] = {}
    for stage in survey(config)[: STAGES.index(last) + 1]:
        assert stage.output is not None, f"{stage.name} is not complete"
        manifest = stage.output.manifest
        found[f"{stage.name}/digest"] = f"{manifest.fingerprint} {manifest.digest}"
        files = [file for commit in manifest.commits for file in commit.files]
        for path in [file.path for file in [*files, *manifest.documents]]:
            found[f"{stage.name}/{path}"] = hashlib.sha256(stage.output.directory.read(path)).hexdigest()
    output = open_storage(config.output)
    pictures = PictureStore(output)
    for digest in pictures.digests():
        found[f"pictures/{digest}"] = hashlib.sha256(pictures.load(digest)).hexdigest()
    return found


def commit_logs(config: RunConfig | EvaluationConfig) -> dict[str, Any]:
    """Stage/partition -> who committed it and when: equal before and after a rerun exactly where it was not redone."""
    output = open_storage(config.output)
    found: dict[str, Any] = {}
    for info in output.list():
        stage, _, rest = info.path.partition("/")
        if "/commits/" in info.path:
            found[f"{stage}/{rest.rpartition('/')[2]}"] = json.loads(output.read(info.path))["log"]
    return found


def is_complete(config: RunConfig, stage: str) -> bool:
    """Whether the stage has a manifest under the fingerprint of this config."""
    by_name = {progress.name: progress for progress in survey(config)}
    directory = by_name[stage].directory
    return directory is not None and load_manifest(directory) is not None
