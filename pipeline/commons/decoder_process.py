"""The process in which pictures are decoded: `python -m pipeline.commons.decoder_process`, asked by `decoder.Decoder`.

It answers on its standard input, a socket: a file's length (8 bytes) and bytes; then the lengths of a header and of a
picture (4 bytes each), the header in JSON, the picture. Numbers are little-endian.
"""

from __future__ import annotations

import json
import os
import resource
import socket
import struct
import sys
from dataclasses import asdict
from pathlib import Path

from pipeline.commons.making import Making, make
from pipeline.commons.picture import PictureError

REQUEST, REPLY = struct.Struct("<Q"), struct.Struct("<II")
# Bytes that one pixel takes at its most, all copies of a picture together: of 16 bits, which become floats.
_BYTES_A_PIXEL = 32
_SPARE_BYTES = 256 << 20


def serve(asked: socket.socket, making: Making) -> None:
    """Answer until the other end is closed."""
    asked.sendall(b"\x00")  # all is imported
    while (head := _receive(asked, REQUEST.size)) is not None:
        data = _receive(asked, REQUEST.unpack(head)[0])
        if data is None:
            return
        asked.sendall(b"".join(_answer(data, making)))


def _answer(data: bytes, making: Making) -> tuple[bytes, bytes, bytes]:
    picture = b""
    try:
        made = make(data, making)
        picture = made.data
        header: dict[str, object] = {"sha256": made.sha256, "facts": made.facts}
    except PictureError as error:
        header = {"reason": error.reason, "detail": error.detail}
    encoded = json.dumps(header).encode()
    return REPLY.pack(len(encoded), len(picture)), encoded, picture


def _receive(asked: socket.socket, number: int) -> bytes | None:
    data = bytearray(number)
    view, done = memoryview(data), 0
    while done < number:
        come = asked.recv_into(view[done:])
        if come == 0:
            return None
        done += come
    return bytes(data)


def _limit_memory(max_pixels: int) -> None:
    """What is more than any picture within the limits takes is refused by the system; no core is left of a crash."""
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    most = taken + _SPARE_BYTES + _BYTES_A_PIXEL * max_pixels
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def arguments(making: Making) -> list[str]:
    """What this module is started with."""
    return [json.dumps(asdict(making))]


def main() -> None:
    """Serve with the settings that the first argument holds."""
    making = Making(**json.loads(sys.argv[1]))
    if sys.platform == "linux":
        _limit_memory(making.max_pixels)
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as asked:
        serve(asked, making)


if __name__ == "__main__":
    main()
