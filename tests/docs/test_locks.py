"""Every pin has its hashes, and the audit says which packages have known faults, or that it could not ask."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}( \\)?")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_pin_but_torch_for_cpus_has_hashes(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines()
    bare = [line for line in lines if not line.startswith(" ") and not line.endswith(" \\")]
    assert [re.sub(r"==.*\+", "==+", line) for line in bare] == (["torch==+cpu"] if lock.name == "cpu.lock" else [])
    assert all(SHA256.fullmatch(line.strip()) for line in lines if line.startswith(" "))
    assert all(line.startswith("    --hash=") for before, line in pairwise(lines) if "\\" in before)


def test_hashes_are_written_anew_and_pins_stay(tmp_path: Path) -> None:
    uv = tmp_path / "uv"
    # Its last two arguments are the file that it writes, which --output-file names, and the file of pins.
    uv.write_text('#!/bin/sh\nwhile [ $# -gt 2 ]; do shift; done\nsed \'s/$/ --hash=sha256:new/\' "$2" > "$1"\n')
    uv.chmod(0o755)
    lock = tmp_path / "some.lock"
    lock.write_text("torch==1.0+cpu\na==1 \\\n    --hash=sha256:old \\\n    --hash=sha256:older\nb==2\n")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run([ROOT / "requirements/lock", lock], env=environment, check=True)
    assert lock.read_text() == "torch==1.0+cpu\na==1 --hash=sha256:new\nb==2 --hash=sha256:new\n"


def _audited(folder: Path, script: str, lock: str) -> subprocess.CompletedProcess[str]:
    """The audit with a pip-audit that is this script."""
    (folder / "pip_audit.py").write_text(f"import json, sys\n{script}")
    (folder / "some.lock").write_text(lock)
    return subprocess.run(
        [sys.executable, ROOT / "requirements/audit.py", folder / "some.lock"],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def _answer(*packages: dict[str, object]) -> str:
    return f"print(json.dumps(json.loads({json.dumps({'dependencies': packages})!r})))"


HASHED = "a==1 \\\n    --hash=sha256:00\nb==2.0+cpu\n"
CLEAN = {"name": "a", "version": "1", "vulns": []}
FAULTY = {"name": "b", "version": "2.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2.1"]}]}
SKIPPED = {"name": "a", "skip_reason": "not found"}


def test_a_known_fault_fails_and_is_named(tmp_path: Path) -> None:
    done = _audited(tmp_path, _answer(CLEAN, FAULTY), HASHED)
    assert done.returncode == 1
    assert "b 2.0: PYSEC-1, mended in 2.1" in done.stdout
    assert "2 of 2 packages looked up at pypi, 1 faults known" in done.stdout


def test_packages_without_known_faults_pass(tmp_path: Path) -> None:
    done = _audited(tmp_path, _answer(CLEAN, SKIPPED), HASHED)
    assert done.returncode == 0
    assert "1 of 2 packages looked up at pypi, 0 faults known" in done.stdout


@pytest.mark.parametrize("script", [_answer(SKIPPED, SKIPPED), "raise ConnectionError('no route')"])
def test_where_no_service_answers_that_is_said(tmp_path: Path, script: str) -> None:
    done = _audited(tmp_path, script, HASHED)
    assert done.returncode == 0
    assert "some.lock: neither pypi nor osv answered" in done.stderr
    assert done.stdout == ""


def test_the_second_service_is_asked_where_the_first_is_silent(tmp_path: Path) -> None:
    done = _audited(tmp_path, f"if 'osv' in sys.argv:\n    {_answer(FAULTY)}", HASHED)
    assert done.returncode == 1
    assert "looked up at osv" in done.stdout


def test_versions_are_asked_without_build_and_hash(tmp_path: Path) -> None:
    script = "path = sys.argv[sys.argv.index('--requirement') + 1]\nassert open(path).read() == 'a==1\\nb==2.0'\n"
    assert "looked up" in _audited(tmp_path, script + _answer(CLEAN), HASHED).stdout
