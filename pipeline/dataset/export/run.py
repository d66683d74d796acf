"""Exports a complete data set shard by shard; what is whole in the target already is not written again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from pipeline.commit import Counts, describe, load_manifest, sorted_counts
from pipeline.dataset.describe.croissant import with_files
from pipeline.dataset.export.folder import Folder, Unit
from pipeline.dataset.export.form import Exported, Form, open_shard, pictures_by_split
from pipeline.dataset.export.readme import readme
from pipeline.errors import InputError
from pipeline.fingerprint import fingerprint
from pipeline.progress import Progress
from pipeline.schema import SPLITS
from pipeline.stage import StageOutput
from pipeline.storage import Storage
from pipeline.tables import FileRecord

# Shows pictures of the run's first shard, and describes files that are not in the folder.
_CROISSANT = "croissant.json"
_NOT_EXPORTED = ("README.md", "preview.html", _CROISSANT)
_CHECKED_AT_ONCE = 4


def export(output: StageOutput, run_name: str, form: Form, splits: Sequence[str], target: Storage) -> list[Exported]:
    """Bring a folder to what the data set is now; all files of it but the documents.

    Memory: up to three and a half times the largest shard, and some 100 MB.

    Args:
        output: of the stage `assemble`, complete.
        run_name: of the run.
        form: of the files.
        splits: which to export.
        target: a folder that is empty or holds an export of the same run, form and splits.

    Raises:
        UserError: the target holds something else.
        InputError: a split has no pictures, or the data set was changed in the meantime.
        StorageError: source or target refuses; what is written stays, and the next call goes on from there.
        VerificationError: a shard or a record is damaged.
    """
    chosen = [split for split in SPLITS if split in splits]
    identity = {"run": run_name, "format": form.name, **form.settings(), "splits": chosen}
    folder = Folder(target, identity)
    known = folder.open()
    shards = {
        commit.partition: (file, _made_of(file, form))
        for commit in output.manifest.commits
        for file in commit.files
        if file.table == "shards"
    }
    units = _whole(folder, {name: made_of for name, (_, made_of) in shards.items()}, known)
    progress = Progress("export", len(shards), len(units))
    changed = len(units) < len(shards)
    try:
        if changed:
            folder.begin()
        for name, (file, made_of) in shards.items():
            if name not in units:
                units[name], counts = _export_shard(output, name, file, made_of, form, chosen, folder)
                progress.add(counts)
        ordered = [units[name] for name in shards]
        files = [file for unit in ordered for file in unit.files]
        for split in chosen:
            if split not in {file.split for file in files}:
                raise InputError(f"--split {split}: no picture of the data set is in it; leave it out")
        # A takedown may have come in between: then shards that this export has read are gone.
        now = load_manifest(output.directory)
        if now is None or now.digest != output.manifest.digest:
            raise InputError(f"{output.directory.uri}: was changed during the export; run it, then export again")
        facts = {"assemble": output.manifest.digest}
        changed |= folder.finish(ordered, _documents(output, form, files), facts)
    except BaseException:
        progress.finish("stopped")
        raise
    progress.finish("done" if changed else "complete already, checked")
    return files


def _made_of(file: FileRecord, form: Form) -> str:
    return fingerprint([file.sha256, form.version])


def _whole(folder: Folder, made_of: Mapping[str, str], known: Mapping[str, Unit]) -> dict[str, Unit]:
    """The units that need no work: of the same shard, with all their bytes as they were."""
    candidates = [unit for unit in known.values() if made_of.get(unit.shard) == unit.made_of]
    progress = Progress("check", len(candidates), 0)
    whole = {}
    with ThreadPoolExecutor(_CHECKED_AT_ONCE) as pool:
        for unit, found in zip(candidates, pool.map(lambda unit: folder.is_whole(unit.files), candidates), strict=True):
            progress.add(Counts("files", len(unit.files), len(unit.files) if found else 0))
            if found:
                whole[unit.shard] = unit
    return whole


def _export_shard(
    output: StageOutput, name: str, file: FileRecord, made_of: str, form: Form, splits: Sequence[str], folder: Folder
) -> tuple[Unit, Counts]:
    shard = open_shard(output.directory, file)
    pictures = pictures_by_split(shard)
    present = [split for split in splits if split in pictures]
    unit = folder.add(name, made_of, (piece for split in present for piece in form.pieces(shard, name, split)))
    exported = sum(pictures[split] for split in present)
    other = sorted_counts({"of other splits": file.rows - exported})
    return unit, Counts("pictures", file.rows, exported, other)


def _documents(output: StageOutput, form: Form, files: Sequence[Exported]) -> dict[str, bytes]:
    written = {
        record.path.removeprefix("documents/"): output.directory.read(record.path)
        for record in output.manifest.documents
    }
    card = readme(written["README.md"].decode(), form.configs(files), form.usage(files))
    kept = {path: data for path, data in written.items() if path not in _NOT_EXPORTED}
    record_sets = form.record_sets(files)
    if record_sets and _CROISSANT in written:
        kept[_CROISSANT] = describe(with_files(json.loads(written[_CROISSANT]), record_sets))
    return {**kept, **form.lists(files), "README.md": card.encode()}
