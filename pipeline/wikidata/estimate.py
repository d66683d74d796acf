"""What reading a whole dump will take and give, from samples of it: a minute instead of a day."""

from __future__ import annotations

import io
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline import vocabulary
from pipeline.errors import InputError
from pipeline.progress import duration
from pipeline.wikidata.dump.lines import blocks
from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Text, cut, pieces
from pipeline.wikidata.dump.source import open_source
from pipeline.wikidata.extract import Extraction
from pipeline.wikidata.reader import plan
from pipeline.wikidata.settings import Extract

SAMPLES = 12
SAMPLE_TEXT_BYTES = 24 << 20


@dataclass(frozen=True)
class Sample:
    """One stretch of the dump, extracted. Sizes in bytes, time in CPU-seconds of this machine."""

    compressed: int
    text: int
    lines: int
    seconds: float
    tables: Mapping[str, pa.Table]


@dataclass(frozen=True)
class Estimate:
    """The whole file, by the rule of three; half-widths of 95 % intervals from how much the samples differ.

    Attributes:
        size: bytes of the file.
        share_read: of the file that the samples are.
        totals: lines, candidates, text bytes, table bytes, CPU-seconds -> (estimate, half-width).
        countries: country key -> candidates that a best statement ties to it.
    """

    size: int
    share_read: float
    totals: Mapping[str, tuple[float, float]]
    countries: Mapping[str, float] = field(default_factory=dict)


def estimate(uri: str, config: Extract, num_samples: int = SAMPLES) -> Estimate:
    """Extract evenly spread stretches of one dump file and scale them up.

    Args:
        uri: the file; where it has one unit only (a .gz in one piece), its beginning is all that can be looked at.
        config: what would be extracted.
        num_samples: stretches.

    Raises:
        InputError: the file is missing, no dump, or nothing of it can be read.
    """
    [whole] = plan(uri, 1 << 62)
    strata = cut(uri, whole.kind, whole.size, False, -(-whole.size // num_samples))
    samples = [sample for part in strata if (sample := _sample(config, part))]
    if not samples:
        raise InputError(f"{uri}: nothing of it could be read")
    compressed = sum(sample.compressed for sample in samples)
    measured = {
        "lines": [float(sample.lines) for sample in samples],
        "candidates": [float(sample.tables["entities"].num_rows) for sample in samples],
        "text bytes": [float(sample.text) for sample in samples],
        "table bytes": [float(sum(map(_parquet_bytes, sample.tables.values()))) for sample in samples],
        "CPU-seconds": [sample.seconds for sample in samples],
    }
    sizes = [sample.compressed for sample in samples]
    share = min(1.0, compressed / whole.size)
    countries: Counter[str] = Counter()
    for sample in samples:
        countries.update(_by_country(sample.tables["entities"], config))
    return Estimate(
        whole.size,
        share,
        {name: _scaled(values, sizes, whole.size) for name, values in measured.items()},
        {key: number / share for key, number in countries.most_common()},
    )


def report(uri: str, found: Estimate) -> Iterator[str]:
    """The estimate, to be read by a person."""

    def about(name: str, shown: Callable[[float], str] = "{:,.0f}".format) -> str:
        value, half_width = found.totals[name]
        return (
            f"{shown(value)} ± {shown(half_width)}" if math.isfinite(half_width) else f"{shown(value)}, by one sample"
        )

    seconds, _ = found.totals["CPU-seconds"]
    yield f"{uri}: {_size(found.size)}, {found.share_read:.2%} of it read"
    yield f"  entities    {about('lines')}"
    yield f"  candidates  {about('candidates')} with a picture and a country"
    yield f"  JSON text   {_size(found.totals['text bytes'][0])}"
    yield f"  tables      {_size(found.totals['table bytes'][0])} of parquet"
    yield f"  time        {about('CPU-seconds', duration)} on one core like this one; " + ", ".join(
        f"{duration(seconds / cores)} on {cores}" for cores in (16, 64, 256)
    )
    if found.countries:
        yield "  candidates by country:"
        width = max(map(len, found.countries))
        for key, number in found.countries.items():
            yield f"    {key:<{width}}  {number:,.0f}"


def _size(num_bytes: float) -> str:
    return f"{num_bytes / 1e9:,.1f} GB" if num_bytes >= 1e9 else f"{num_bytes / 1e6:,.1f} MB"


def _sample(config: Extract, part: Range) -> Sample | None:
    """The stretch that begins at the first unit of a range; None if none begins there."""
    stretch = _Stretch(pieces(open_source(part.uri).read, part))
    extraction = Extraction(config)
    text = 0
    began = time.process_time()
    for block in blocks(iter(stretch), drop_first=part.start > 0):
        if isinstance(block, Damage):
            continue
        text += len(block)
        extraction.add_block(block, part)
    if not extraction.num_lines or not stretch.compressed:
        return None
    tables = extraction.outcome().tables
    return Sample(stretch.compressed, text, extraction.num_lines, time.process_time() - began, tables)


class _Stretch:
    """The first text that a range owns, and how many bytes of the file it takes."""

    def __init__(self, found: Iterator[Piece]) -> None:
        self._found = found
        self.compressed = 0

    def __iter__(self) -> Iterator[Piece]:
        left = SAMPLE_TEXT_BYTES
        for piece in self._found:
            if isinstance(piece, Text):
                if left <= 0:
                    return
                left -= len(piece.data)
                # What is not owned is only there to finish the last line.
                self.compressed += piece.end - piece.start if piece.owned else 0
            yield piece


def _scaled(values: list[float], sizes: list[int], size: int) -> tuple[float, float]:
    """Ratio estimate of a total, with the half-width of its 95 % interval (Cochran, Sampling Techniques, ch. 6)."""
    ratio, number = sum(values) / sum(sizes), len(values)
    if number < 2:
        return ratio * size, math.inf
    deviations = sum((value - ratio * weight) ** 2 for value, weight in zip(values, sizes, strict=True))
    mean = sum(sizes) / number
    error = math.sqrt(deviations / (number - 1) / number) / mean
    return ratio * size, 1.96 * error * size * math.sqrt(max(0.0, 1 - sum(sizes) / size))


def _parquet_bytes(table: pa.Table) -> int:
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.tell()


def _by_country(entities: pa.Table, config: Extract) -> Counter[str]:
    key_of = {country.qid: key for key, country in vocabulary.countries().items()}
    found: Counter[str] = Counter()
    if not entities.num_rows:
        return found
    statements = entities.column("statements").combine_chunks()
    owner = pc.list_parent_indices(statements)
    flat = statements.flatten()
    wanted = pc.and_(
        pc.struct_field(flat, "best"),
        pc.is_in(pc.struct_field(flat, "property"), value_set=pa.array(config.country_properties, pa.int32())),
    )
    pairs = set(
        zip(owner.filter(wanted).to_pylist(), pc.struct_field(flat, "qid").filter(wanted).to_pylist(), strict=True)
    )
    found.update(key_of[qid] for _, qid in pairs if qid in key_of)
    return found
