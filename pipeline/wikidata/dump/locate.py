"""Where in a dump the line of an item lies: which line of its range, and which bytes of the compressed file hold it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.wikidata.dump.lines import blocks, line_spans
from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, Text, pieces


@dataclass(frozen=True)
class Line:
    """A line of a dump.

    Attributes:
        number: among the lines of its range, from 1.
        size: bytes, uncompressed.
        start: first of the bytes of the compressed file that its text comes of, within a unit as a rule.
        end: byte behind the last of them.
    """

    number: int
    size: int
    start: int
    end: int


@dataclass
class _Spans:
    """Notes which compressed bytes each piece of text came from, on its way to blocks."""

    text: list[tuple[int, int, int, int]]  # offset of its text, behind it, compressed start and end
    read: int = 0

    def watch(self, found: Iterator[Piece]) -> Iterator[Piece]:
        for piece in found:
            if isinstance(piece, Text):
                self.text.append((self.read, self.read + len(piece.data), piece.start, piece.end))
                self.read += len(piece.data)
                self.last = piece
            yield piece

    def compressed(self, start: int, stop: int) -> tuple[int, int]:
        """Compressed bytes of the text [start, stop)."""
        holding = [span for span in self.text if span[0] < stop and span[1] > start]
        return min(span[2] for span in holding), max(span[3] for span in holding)


def find_line(read: Read, part: Range, qid: int) -> Line | None:
    """Look for an item among the lines of a range; None where it is not there. It decompresses the range once.

    Args:
        read: of the dump file.
        part: of it.
        qid: the item, whose id every line has near its beginning.
    """
    spans = _Spans([])
    has_id = re.compile(rb'"id"\s*:\s*"Q%d"' % qid)
    number = 0
    for block in blocks(spans.watch(pieces(read, part)), drop_first=part.start > 0):
        if isinstance(block, Damage):
            continue
        found = _in_block(block, has_id)
        if found is None:
            number += sum(1 for _ in line_spans(block))
            continue
        place, start, stop = found
        # A block ends with the last newline of the piece that was read last, or of a foreign piece with its first.
        data = spans.last.data
        newline = data.rfind(b"\n") if spans.last.owned else data.find(b"\n")
        behind = spans.read - len(data) + newline + 1 if newline >= 0 else spans.read
        first = behind - len(block)
        return Line(number + place, stop - start, *spans.compressed(first + start, first + stop))
    return None


def _in_block(block: bytes, has_id: re.Pattern[bytes]) -> tuple[int, int, int] | None:
    """Number, start and end of the line whose own id, the first that it has, is the one."""
    if has_id.search(block) is None:
        return None
    own = re.compile(rb'"id"\s*:\s*"[A-Z]\d+"')
    for place, (start, stop) in enumerate(line_spans(block), 1):
        first = own.search(block, start, stop)
        if first is not None and has_id.match(first.group()):
            return place, start, stop
    return None
