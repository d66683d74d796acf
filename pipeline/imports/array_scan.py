"""Where the elements of a JSON array lie, found by reading its bytes once; compiled.

Nothing is decoded: only strings and brackets are followed, so that a file of any size can be cut between its rows, and
a row that is no JSON costs itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.errors import InputError
from pipeline.storage import Storage

_BLOCK_BYTES = 8 << 20
_BOM = b"\xef\xbb\xbf"
_SPACES = b" \t\r\n"
# Of the state that `_commas` carries from block to block.
_DEPTH, _IN_STRING, _ESCAPED, _END = range(4)


def cut_array(storage: Storage, path: str, size: int, piece_bytes: int) -> list[tuple[int, int]]:
    """Cut an array of a file into runs of whole elements, as [start, stop) in bytes.

    Args:
        storage: where the file is.
        path: of the file.
        size: of the file, bytes.
        piece_bytes: a run has so many, or less at the end, or more where an element is larger.

    Raises:
        InputError: the file is no JSON array, or it does not end.
    """
    name = f"{storage.uri}/{path}"
    start = first = _opening(storage, path, name)
    state = np.array([1, 0, 0, -1], np.int64)
    cuts: list[tuple[int, int]] = []
    last = start
    for offset, block in _blocks(storage, path, start, size):
        for comma in (_commas(block, state) + offset).tolist():
            if comma - first >= piece_bytes:
                cuts.append((first, comma))
                first = comma + 1
            last = comma + 1
        if state[_END] >= 0:
            end = offset + int(state[_END])
            if storage.read(path, end + 1).strip(_SPACES):
                raise InputError(f"{name}: something follows the end of the array at byte {end}; cut it off")
            return [*cuts, (first, end)]
    raise InputError(
        f"{name}: its array does not end; the file was cut off, or of the row that begins at byte {last} a quotation "
        "mark or a bracket is missing: fetch the file again, or mend that row"
    )


def elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each element of a run, without the white space around it."""
    state = np.array([1, 0, 0, -1], np.int64)
    start = 0
    for comma in [*_commas(np.frombuffer(data, np.uint8), state).tolist(), len(data)]:
        element = data[start:comma]
        found = element.strip(_SPACES)
        if found:
            yield start + element.index(found[:1]), found
        start = comma + 1


def _opening(storage: Storage, path: str, name: str) -> int:
    """The byte behind the opening bracket."""
    head = storage.read(path, 0, 4096)
    text = head.removeprefix(_BOM).lstrip(_SPACES)
    if text[:1] == b"{":
        raise InputError(f"{name}: is an object, not an array of rows; a file with one row a line is called .jsonl")
    if text[:1] != b"[":
        raise InputError(f"{name}: is no JSON array of rows; it begins with {text[:40]!r}")
    return len(head) - len(text) + 1


def _blocks(storage: Storage, path: str, start: int, size: int) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
    for offset in range(start, size, _BLOCK_BYTES):
        yield offset, np.frombuffer(storage.read(path, offset, _BLOCK_BYTES), np.uint8)


@njit(cache=True, nogil=True)
def _commas(block: npt.NDArray[np.uint8], state: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Places of the commas between elements of the outermost array, up to its end.

    `state` is the depth of brackets, whether a string is open, whether a backslash came just before, and the place in
    the block at which the array ends, or -1; it is left as the next block needs it.
    """
    found = np.empty(len(block), np.int64)
    num = 0
    depth, in_string, escaped = state[0], state[1], state[2]
    for place in range(len(block)):
        byte = block[place]
        if in_string:
            if escaped:
                escaped = 0
            elif byte == 92:  # a backslash
                escaped = 1
            elif byte == 34:  # a quotation mark
                in_string = 0
        elif byte == 34:
            in_string = 1
        elif byte == 91 or byte == 123:  # [ {
            depth += 1
        elif byte == 93 or byte == 125:  # ] }
            depth -= 1
            if depth == 0:
                state[3] = place
                break
        elif byte == 44 and depth == 1:  # a comma
            found[num] = place
            num += 1
    state[0], state[1], state[2] = depth, in_string, escaped
    return found[:num].copy()
