"""A decoder's process that fails in the ways real ones do, when a file says so; other files it decodes."""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from pipeline.commons import decoder_process, making
from pipeline.commons.making import Made, Making
from pipeline.commons.normalise import normalise
from pipeline.commons.picture import PictureError


def _make(data: bytes, how: Making) -> Made:
    match data:
        case b"SEGV":
            os.kill(os.getpid(), signal.SIGSEGV)
        case b"EXIT":
            sys.stderr.write("first line\nmemory was overwritten")
            sys.stderr.flush()
            os._exit(3)
        case b"HALF":
            os.write(sys.stdin.fileno(), b"\x07\x00")
            os._exit(4)
        case b"HANG":
            time.sleep(600)
        case b"FILL":
            return _fill(how)
        case b"ENVS":
            raise PictureError("corrupt", json.dumps(sorted(os.environ)))
    return making.make(data, how)


def _fill(how: Making) -> Made:
    from PIL import Image

    def greedy(*_: object, **__: object) -> Image.Image:
        return Image.new("RGB", (40_000, 40_000))

    open_picture, Image.open = Image.open, greedy  # type: ignore[assignment]
    try:
        normalise(b"FILL", max_pixels=how.max_pixels)
    finally:
        Image.open = open_picture
    raise AssertionError


decoder_process.make = _make  # type: ignore[attr-defined]

if __name__ == "__main__":
    decoder_process.main()
