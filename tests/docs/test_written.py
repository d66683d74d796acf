"""Every command on the pages parses, and every setting, file, script and target that they name is there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobs.config_reference import inner
from jobs.evaluation import EvaluationConfig
from jobs.run_config import RunConfig, load_as
from pipeline.config import Section
from pipeline.errors import UserError
from tests.docs.checks import FOLDERS, TABLE, check
from tests.docs.written import ROOT, Written, commands, everything, snippets, spans


@pytest.mark.parametrize("command", commands(), ids=str)
def test_a_command_parses_and_what_it_names_is_there(command: Written) -> None:
    if command.text not in TABLE["other_words"]:
        check(command)


@pytest.mark.parametrize(
    "text",
    [
        "culturalground verify --config my.yaml --until assemble",
        "culturalground run --config my.yaml --set questions.tongues=[sw]",
        "culturalground export --config my.yaml --format csv --to DIR",
        "culturalground trace --config my.yaml",
        "culturalground recount",
        "make dough",
        "make demo SPEED=2",
        "pytest tests/nowhere",
        "python benchmarks/wordings.py --quickly",
        "python -m jobs.everything",
        "ray job submit --adress http://HEAD:8265 -- python -m jobs.run --config my.yaml",
        "ray job submit -- python -m jobs.run --confg my.yaml",
        "kubectl apply -f deploy/kuberay/pods.yaml",
        "pip install 'culturalground[everything]'",
    ],
)
def test_a_wrong_command_is_found(text: str) -> None:
    with pytest.raises((AssertionError, FileNotFoundError, KeyError, SystemExit, UserError)):
        check(Written("README.md", 1, text, "block"))


def _settings(kind: type[Section], path: str = "") -> set[str]:
    """Dotted names of all settings and sections."""
    found = set()
    for name, field in kind.model_fields.items():
        found.add(f"{path}{name}")
        if (section := inner(field.annotation)) is not None:
            found |= _settings(section[0], f"{path}{name}.")
    return found


def test_settings_that_are_spoken_of_are_there() -> None:
    known = _settings(RunConfig) | _settings(EvaluationConfig)
    sections = "|".join(name for name in known if "." not in name)
    setting = re.compile(rf"((?:{sections})(?:\.[a-z_]+)+)(?:[=:].*)?")
    named = [(str(span), match[1]) for span in spans() if (match := setting.fullmatch(span.text))]
    assert len(named) > 100
    files = (".html", ".json", ".md", ".parquet", ".txt", ".yaml")
    assert [where for where, name in named if name not in known and not name.endswith(files)] == []


@pytest.mark.parametrize(("page", "line", "value"), list(snippets()))
def test_blocks_of_settings_load(page: str, line: int, value: dict[str, Any], tmp_path: Path) -> None:
    if set(value) & set(TABLE["other_yaml"]):
        return
    is_run = set(value) <= set(RunConfig.model_fields)
    file = ROOT / "configs" / ("paper.yaml" if is_run else "benchmarks.yaml")
    base = yaml.safe_load(file.read_text(encoding="utf-8"))
    changed = {key: {**(base.get(key) or {}), **part} for key, part in value.items()}
    (tmp_path / "my.yaml").write_text(yaml.safe_dump({**base, **changed}))
    load_as(RunConfig if is_run else EvaluationConfig, tmp_path / "my.yaml")


def test_what_examples_import_is_there() -> None:
    imported = [
        (importlib.import_module(match[1]), match[2])
        for written in everything()
        if (match := re.fullmatch(r"from ((?:pipeline|training|eval|jobs)[\w.]*) import (\w+)", written.text))
    ]
    assert imported
    assert [name for module, name in imported if not hasattr(module, name)] == []


def test_files_that_are_spoken_of_are_there() -> None:
    path = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./*-]*")
    named = [span for span in spans() if path.fullmatch(span.text) and "CODE" not in span.text]
    assert len(named) > 150
    assert [str(span) for span in named if not any(ROOT.glob(span.text.rstrip("/")))] == []
