"""A dump to measure on, made of real entities: their lines again and again with other ids, laid out as the real one is.

Real are the lines: 1,120 entities of ../shared/data, as Wikidata gave them. Made up is which come how often: the real
file is rich (30 kB a line), so short lines are drawn more often until the mean is that of the dump, 13 kB; one line in
forty is a candidate (a picture and a country), which is our estimate for the whole dump; the first twentieth is drawn
from long lines, since the dump begins with the well-known. In the dump neighbours are alike, as they were imported
together: lines come in runs made from one, each with ids, revision and statement ids of its own. The length of runs is
chosen so that the whole compresses 9.5 to 1 as .gz; the dump does 10 to 1, lines drawn without runs 5.6 to 1.
"""

from __future__ import annotations

import bz2
import gzip
import random
import re
from bisect import bisect
from collections.abc import Iterator, Sequence
from pathlib import Path

MEAN_BYTES = 13_000
HEAD_SHARE, HEAD_MEAN_BYTES = 0.05, 50_000
CANDIDATE_SHARE = 0.025
LINES_PER_MEMBER = 1500
# Lines of a run, in the mean.
RUN_LINES = 16
# Multiples of it, modulo 1, lie evenly.
_GOLDEN = 0.6180339887498949

_OWN_ID = re.compile(rb'"id":"Q\d+"')
_REVISION = re.compile(rb'"lastrevid":\d+')
_STATEMENT_ID = re.compile(rb'\$[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}"')


def write_dump(source: Path, folder: Path, num_lines: int, seed: int = 1) -> dict[Path, int]:
    """Write the dump as .json.gz, in members, and as one stream of .json.bz2.

    Args:
        source: the real entities, .json.gz.
        folder: where it goes.
        num_lines: of the .json.gz; the .json.bz2 has the first eighth of them, as it is read much more slowly.
        seed: of the draw.

    Returns:
        Each file with the bytes of text in it.
    """
    lines = list(_draw(_lines(source), num_lines, random.Random(seed)))
    batches = [b",\n".join(lines[at : at + LINES_PER_MEMBER]) for at in range(0, len(lines), LINES_PER_MEMBER)]
    in_gzip, in_bzip2 = folder / "dump.json.gz", folder / "dump.json.bz2"
    in_gzip.write_bytes(_member(b"[\n") + _member(b",\n").join(map(_member, batches)) + _member(b"\n]\n"))
    first = b"[\n" + b",\n".join(lines[: num_lines // 8]) + b"\n]\n"
    in_bzip2.write_bytes(bz2.compress(first))
    return {in_gzip: sum(len(line) + 2 for line in lines) + 3, in_bzip2: len(first)}


def _lines(source: Path) -> list[bytes]:
    with gzip.open(source) as file:
        stripped = [line.strip().removesuffix(b",") for line in file]
    return [line for line in stripped if line not in (b"", b"[", b"]")]


def _draw(lines: Sequence[bytes], number: int, draw: random.Random) -> Iterator[bytes]:
    is_candidate = {line: b'"P18":[' in line and (b'"P17":[' in line or b'"P495":[' in line) for line in lines}
    groups = [sorted((line for line in lines if is_candidate[line] is wanted), key=len) for wanted in (True, False)]
    # Things with a picture have more to say than others.
    means = [_weights(groups[0], 2 * MEAN_BYTES), _weights(groups[1], MEAN_BYTES - HEAD_SHARE * HEAD_MEAN_BYTES)]
    heads = [_weights(group, HEAD_MEAN_BYTES) for group in groups]
    line, left = b"", 0
    # For the head and the rest: draws so far of lines of each kind.
    num_drawn = {True: [0, 0], False: [0, 0]}
    for position in range(number):
        in_head = position < HEAD_SHARE * number
        if left == 0 or in_head:
            # Places spread evenly, so that a few dozen draws have the wanted means too.
            drawn = num_drawn[in_head]
            kind = int((sum(drawn) * CANDIDATE_SHARE) % 1 >= CANDIDATE_SHARE)
            drawn[kind] += 1
            weights = (heads if in_head else means)[kind]
            line = groups[kind][bisect(weights, drawn[kind] * _GOLDEN % 1 * weights[-1], hi=len(weights) - 1)]
            left = draw.randint(1, 2 * RUN_LINES - 1)
        left -= 1
        yield _varied(line, position + 1, draw)


def _varied(line: bytes, qid: int, draw: random.Random) -> bytes:
    def statement_id(found: re.Match[bytes]) -> bytes:
        text = b"%032X" % draw.getrandbits(128)
        return b'$%b-%b-%b-%b-%b"' % (text[:8], text[8:12], text[12:16], text[16:20], text[20:])

    line = _OWN_ID.sub(b'"id":"Q%d"' % qid, line, count=1)
    line = _REVISION.sub(b'"lastrevid":%d' % draw.randrange(10**9, 3 * 10**9), line)
    return _STATEMENT_ID.sub(statement_id, line)


def _weights(lines: Sequence[bytes], mean: float) -> list[float]:
    """Cumulative weights size**-p, with the p that gives the wanted mean."""
    low, high = -3.0, 3.0
    for _ in range(60):
        power = (low + high) / 2
        weights = [len(line) ** -power for line in lines]
        found = sum(weight * len(line) for weight, line in zip(weights, lines, strict=True)) / sum(weights)
        low, high = (power, high) if found > mean else (low, power)
    total, cumulative = 0.0, []
    for line in lines:
        total += len(line) ** -low
        cumulative.append(total)
    return cumulative


def _member(text: bytes) -> bytes:
    return gzip.compress(text, 6, mtime=0)
