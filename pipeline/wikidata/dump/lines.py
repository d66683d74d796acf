"""From pieces of text to blocks of whole lines, and to lines."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.wikidata.dump.ranges import Damage, Piece, Range, Read, pieces

_BLANKS = frozenset(b" \t\r\n\v\f")
_BRACKETS = frozenset(b"[]")
_COMMA = ord(",")


def blocks(text: Iterator[Piece], *, drop_first: bool) -> Iterator[bytes | Damage]:
    """Blocks of whole lines, each ending with its newline but for the last of a file; damage where it lies.

    What is not owned serves only to finish the line that was begun. After damage, text counts again from the next
    newline on; the line that the damage tore apart is left out.
    """
    pending: list[bytes] = []
    for piece in text:
        if isinstance(piece, Damage):
            if not piece.owned:
                return  # the line that was begun is lost; the range that owns the damage tells of it
            yield piece
            pending, drop_first = [], True
            continue
        data = piece.data
        if drop_first:
            if not piece.owned:
                return  # no newline in all the owned text: the whole line belongs to an earlier range
            newline = data.find(b"\n")
            if newline < 0:
                continue
            data, drop_first = data[newline + 1 :], False
        newline = data.rfind(b"\n") if piece.owned else data.find(b"\n")
        if newline < 0:
            pending.append(data)
            continue
        # A view, so that text is copied once on its way and not twice.
        yield b"".join((*pending, memoryview(data)[: newline + 1]))
        if not piece.owned:
            return
        pending = [data[newline + 1 :]]
    if any(pending):
        yield b"".join(pending)


def line_spans(block: bytes) -> Iterator[tuple[int, int]]:
    """Where the lines of a block start and end, without newline, trailing comma and blanks around.

    Brackets, separators and empty lines are left out. Nothing is copied: at a hundred thousand lines a second that
    counts.
    """
    start, size = 0, len(block)
    while start < size:
        newline = block.find(b"\n", start)
        end = size if newline < 0 else newline
        first, last = _bare(block, start, end)
        if last - first > 1 or (last > first and block[first] not in _BRACKETS):
            yield first, last
        start = end + 1


def span_around(block: bytes, position: int) -> tuple[int, int]:
    """Where the line around a position starts and ends, as `line_spans` gives it."""
    newline = block.find(b"\n", position)
    return _bare(block, block.rfind(b"\n", 0, position) + 1, len(block) if newline < 0 else newline)


def _bare(block: bytes, start: int, end: int) -> tuple[int, int]:
    while start < end and block[start] in _BLANKS:
        start += 1
    while end > start and block[end - 1] in _BLANKS:
        end -= 1
    if end > start and block[end - 1] == _COMMA:
        end -= 1
        while end > start and block[end - 1] in _BLANKS:
            end -= 1
    return start, end


def entity_lines(block: bytes) -> Iterator[bytes]:
    """The lines of a block, as `line_spans` finds them."""
    for start, end in line_spans(block):
        yield block[start:end]


def range_blocks(read: Read, part: Range) -> Iterator[bytes | Damage]:
    """The blocks of a range. The last range of an array that does not end with its bracket is cut off."""
    last = b""
    damaged = False
    for block in blocks(pieces(read, part), drop_first=part.start > 0):
        yield block
        if isinstance(block, Damage):
            damaged = True
        else:
            last = block[-64:].rstrip().rpartition(b"\n")[2] or last
    ends_the_file = part.end == part.size and (bool(last) or part.start == 0)
    if part.is_array and ends_the_file and last != b"]" and not damaged:
        yield Damage(part.size, "the file ends before its closing bracket", cut_off=True)
