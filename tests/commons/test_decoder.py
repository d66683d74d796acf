"""What is done to the decoder's process is not done to the worker: crashes, bombs, stalls; it ends with its owner."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.commons.decoder import Decoder, close_idle, lent
from pipeline.commons.making import Making, make
from pipeline.commons.picture import PictureError
from pipeline.errors import UserError
from tests.commons.pictures import clouds, encoded
from tests.kit.real_input import SHARED

MAKING = Making(max_pixels=4_000_000, min_side_px=16, max_side_px=360, jpeg_quality=90, with_quality=True)
FAULTY = "tests.kit.faulty_decoder"


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    decoder = Decoder(MAKING)
    yield decoder
    decoder.close()


@pytest.fixture
def faulty() -> Iterator[Decoder]:
    decoder = Decoder(MAKING, timeout_s=1.0, module=FAULTY)
    yield decoder
    decoder.close()


def outcome(decoder: Decoder, data: bytes) -> object:
    try:
        return asyncio.run(decoder.make(data))
    except PictureError as error:
        return error.reason, error.detail


def here(data: bytes, making: Making = MAKING) -> object:
    """The same without a process."""
    try:
        return make(data, making)
    except PictureError as error:
        return error.reason, error.detail


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the real files")
def test_difficult_files_come_out_as_they_do_without_a_process(decoder: Decoder) -> None:
    paths = sorted(path for kind in ("odd", "exif") for path in (SHARED / "images" / kind).rglob("*") if path.is_file())
    assert len(paths) > 100
    for path in paths:
        data = path.read_bytes()
        assert outcome(decoder, data) == here(data), path.name


def test_one_process_serves_many_files_and_several_event_loops(decoder: Decoder) -> None:
    pids = set()
    for size in ((40, 30), (400, 300), (2000, 1500)):
        data = encoded(clouds(*size))
        assert outcome(decoder, data) == here(data)
        pids.add(decoder.pid)
    assert len(pids) == 1


def test_a_process_that_was_killed_is_replaced(decoder: Decoder) -> None:
    data = encoded(clouds(80, 60))
    before = outcome(decoder, data)
    assert decoder.pid is not None
    os.kill(decoder.pid, signal.SIGKILL)
    assert outcome(decoder, data) == before


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (b"SEGV", "the decoder ended with SIGSEGV"),
        (b"EXIT", "the decoder ended with status 3: memory was overwritten"),
        (b"HALF", "the decoder ended with status 4"),
        (b"HANG", "not decoded within 1 s"),
    ],
)
def test_a_file_that_brings_the_decoder_down_is_set_aside(faulty: Decoder, fault: bytes, message: str) -> None:
    assert outcome(faulty, fault) == ("decoder_failed", message)
    data = encoded(clouds(80, 60))
    assert outcome(faulty, data) == here(data)


def test_a_bomb_meets_the_memory_limit_in_its_own_process() -> None:
    """A picture within the pixel limit by its header whose decoding takes all memory that may be had and more."""
    making = Making(max_pixels=100, min_side_px=1, max_side_px=None, jpeg_quality=90, with_quality=False)
    decoder = Decoder(making, module=FAULTY)
    try:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert outcome(decoder, b"FILL") == ("decoder_failed", "it takes more memory than a picture may")
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 50_000  # kB
    finally:
        decoder.close()


def test_no_credentials_are_handed_over(faulty: Decoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("HF_TOKEN", "secret")
    told = outcome(faulty, b"ENVS")
    assert isinstance(told, tuple)
    names = json.loads(told[1])
    assert "PATH" in names
    assert {"AWS_SECRET_ACCESS_KEY", "HF_TOKEN"}.isdisjoint(names)


def test_a_decoder_that_cannot_start_says_why() -> None:
    decoder = Decoder(MAKING, module="tests.kit.no_such_module")
    with pytest.raises(UserError, match=r"decoder.s process does not start: status 1: .*No module named"):
        asyncio.run(decoder.make(b"x"))


def test_a_file_that_is_given_up_leaves_no_half_answer_for_the_next(faulty: Decoder) -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(faulty.make(b"HANG"))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    data = encoded(clouds(80, 60))
    outcome(faulty, data)
    asyncio.run(cancelled())
    assert outcome(faulty, data) == here(data)


def test_a_decoder_is_lent_to_one_at_a_time_and_kept() -> None:
    with lent(MAKING) as one, lent(MAKING) as other:
        assert one is not other
        asyncio.run(other.make(encoded(clouds(40, 30))))
        pid = other.pid
    with lent(MAKING) as again:
        assert again in (one, other)
    assert pid is not None
    assert is_running(pid)
    close_idle()
    assert not is_running(pid)


def test_it_ends_with_the_process_that_started_it() -> None:
    script = (
        "import asyncio, os, sys\n"
        "from pipeline.commons.decoder import Decoder\n"
        "from tests.commons.test_decoder import MAKING\n"
        "from tests.commons.pictures import clouds, encoded\n"
        "decoder = Decoder(MAKING)\n"
        "asyncio.run(decoder.make(encoded(clouds(40, 30))))\n"
        "print(decoder.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=root)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    pid = int(ended.stdout)
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def test_a_compressed_bomb_is_refused_by_its_size(decoder: Decoder) -> None:
    rows = zlib.compress(bytes(30_000 * 3 + 1) * 100)
    head = b"\x00\x00\x75\x30\x00\x00\x75\x30\x08\x02\x00\x00\x00"
    chunks = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
    data = b"\x89PNG\r\n\x1a\n" + b"".join(
        len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in chunks
    )
    refused = outcome(decoder, data)
    assert isinstance(refused, tuple)
    assert refused[0] == "too_many_pixels"
    assert refused == here(data)
