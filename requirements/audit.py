"""Looks up what locks pin among known vulnerabilities: `python requirements/audit.py LOCK [LOCK ...]`.

pip-audit asks PyPI, and where that gives no answer OSV. Exit code 1 says that a pinned version has a known
vulnerability; 0 that none is known, or that no service could be asked, which is then said; 2 that pip-audit is not
installed.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SERVICES = ("pypi", "osv")
# The part after a + names a build, which no service knows.
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s+]+)", re.MULTILINE)


def pins(lock: Path) -> list[str]:
    """Each `NAME==VERSION` of a lock."""
    return [f"{name}=={version}" for name, version in PIN.findall(lock.read_text(encoding="utf-8"))]


def asked(pinned: Sequence[str], service: str) -> list[dict[str, Any]]:
    """What a service says of each package that it knows; nothing where it could not be reached."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pinned))
        file.flush()
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip_audit", "--requirement", file.name, "--no-deps", "--disable-pip"),
                *("--vulnerability-service", service, "--format", "json", "--progress-spinner", "off"),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    # Where nothing answers it ends with a traceback and prints no JSON, or with JSON that skips every package.
    told = json.loads(done.stdout)["dependencies"] if done.stdout.startswith("{") else []
    return [package for package in told if "skip_reason" not in package]


def audit(lock: Path) -> bool | None:
    """Print what is known of a lock's packages; whether anything is, or None where no service answers."""
    pinned = pins(lock)
    for service in SERVICES:
        known = asked(pinned, service)
        if not known:
            continue
        found = [(package, fault) for package in known for fault in package["vulns"]]
        for package, fault in found:
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            print(f"{lock}: {package['name']} {package['version']}: {fault['id']}, mended in {mended}")
        print(f"{lock}: {len(known)} of {len(pinned)} packages looked up at {service}, {len(found)} faults known")
        return bool(found)
    return None


def main(arguments: Sequence[str]) -> int:
    """Audit the named locks; see the module for exit codes."""
    if importlib.util.find_spec("pip_audit") is None:
        print("error: pip-audit is not installed: run `make audit`, which brings it", file=sys.stderr)
        return 2
    is_any_found = False
    for number, lock in enumerate(arguments):
        found = audit(Path(lock))
        if found is None:
            # It takes seconds to find that out, so it is found out once.
            print(
                f"WARNING: not audited: {' '.join(arguments[number:])}: neither {' nor '.join(SERVICES)} answered. Run "
                "`make audit` where one of them can be reached",
                file=sys.stderr,
            )
            break
        is_any_found |= found
    return int(is_any_found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
