"""Builds the embedded sample: a dump in two compressions, drawings as Commons might hold them, a small benchmark."""

from __future__ import annotations

import bz2
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import StorageError
from sample.benchmark import write_benchmark
from sample.commons_files import CommonsFile, write_files
from sample.drawings import draw
from sample.dump import dump_lines, gzip_members, plain
from sample.tables import CONCEPTS, Entity, Sample, load_sample

SOURCE = Path(__file__).parent
DUMP_DATE = "2026-11-01"
_STAMP = "built.json"
_ARTIST = "CulturalGround at scale: drawn by a script"
_CREDIT = "Drawing made by a program for the embedded sample; not a photograph, and no likeness of the real thing"
_CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


@dataclass(frozen=True)
class BuiltSample:
    """What was built. `commons` is a folder as `commons_files.py` describes it, `benchmarks` one for `evaluate`."""

    dump_gz: Path
    dump_bz2: Path
    commons: Path
    benchmarks: Path
    num_entities: int
    num_pictures: int


def build(folder: Path, source: Path = SOURCE) -> BuiltSample:
    """Build the sample into a folder; nothing is done where the tables and scripts are those of the last time.

    Raises:
        ConfigError: a row of the tables is wrong.
        StorageError: the folder cannot be written.
    """
    sample = load_sample(source)
    concepts = sample.group(CONCEPTS)
    built = BuiltSample(
        folder / "dump" / "sample.json.gz",
        folder / "dump" / "sample.json.bz2",
        folder / "commons",
        folder / "benchmarks",
        len(sample.entities),
        len(concepts),
    )
    stamp = json.dumps({"source": _digest(source)})
    try:
        if not (folder / _STAMP).exists() or (folder / _STAMP).read_text(encoding="utf-8") != stamp:
            (folder / _STAMP).unlink(missing_ok=True)
            _write(built, sample, concepts)
            (folder / _STAMP).write_text(stamp, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"{folder}: the sample cannot be built here: {error.strerror}; run in a folder of your own"
        ) from error
    return built


def _write(built: BuiltSample, sample: Sample, concepts: list[Entity]) -> None:
    built.dump_gz.parent.mkdir(parents=True, exist_ok=True)
    lines = dump_lines(sample.entities.values(), f"{DUMP_DATE}T00:00:00Z")
    built.dump_gz.write_bytes(gzip_members(lines))
    built.dump_bz2.write_bytes(bz2.compress(plain(lines)))
    write_files(built.commons, [_drawing(entity) for entity in concepts])
    write_benchmark(built.benchmarks, concepts)


def _drawing(entity: Entity) -> CommonsFile:
    assert entity.picture is not None
    assert entity.drawing is not None
    kind = "png" if entity.picture.endswith(".png") else "jpeg"
    buffer = io.BytesIO()
    draw(entity.drawing, int(entity.id[1:])).save(buffer, kind)
    return CommonsFile(
        title=entity.picture,
        data=buffer.getvalue(),
        mime=f"image/{kind}",
        artist=_ARTIST,
        licence_short_name="CC0",
        licence_url=_CC0,
        credit=_CREDIT,
        attribution_required=False,
        timestamp=f"{DUMP_DATE}T00:00:00Z",
    )


def _digest(source: Path) -> str:
    """Of every file that decides what is built: tables and scripts."""
    digest = hashlib.sha256()
    for path in sorted([*source.rglob("*.yaml"), *source.rglob("*.py")]):
        digest.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
