"""The table of faults in docs/guarantees.md: every row names tests, and there are tests of these names."""

from __future__ import annotations

import ast
import re

from tests.cluster.files import ROOT

HEADING = "## Faults"
PROOF = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> list[list[str]]:
    """The cells of every row."""
    text = (ROOT / "docs/guarantees.md").read_text(encoding="utf-8").partition(f"{HEADING}\n")[2].partition("\n## ")[0]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_is_proved() -> None:
    found = rows()
    assert len(found) > 10
    assert all(len(row) == 4 and all(row) for row in found)
    for fault, _, _, proofs in found:
        named = PROOF.findall(proofs)
        assert named, fault
        assert {test for path, test in named if test not in names_in(path)} == set(), fault


def test_every_file_of_this_folder_is_in_it() -> None:
    """What is tested here is promised there."""
    named = {path for row in rows() for path, _ in PROOF.findall(row[3])}
    here = {f"tests/faults/{path.name}" for path in (ROOT / "tests/faults").glob("test_*.py")} - {
        f"tests/faults/{__name__.rpartition('.')[2]}.py"
    }
    assert here - named == set()
