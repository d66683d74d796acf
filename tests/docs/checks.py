"""Whether what a command names is there: its options, and files, modules, targets and settings."""

from __future__ import annotations

import argparse
import importlib.util
import re
import tomllib
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import yaml

from jobs.cli import build_parser
from jobs.run_config import load_config
from tests.docs.written import ROOT, Written

TABLE: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "commands.yaml").read_text(encoding="utf-8"))
FOLDERS = ["benchmarks", "configs", "deploy", "docs", "eval", "jobs", "pipeline", "requirements", "sample", "tests"]


def check(command: Written) -> None:
    """Fail where a command would not get as far as to begin."""
    words = command.words({**TABLE["placeholders"], "QA_ID": "1", "HEX": "0" * 64})
    _CHECKS.get(words[0], _script)(words, command.where == "sentence")


def with_config(words: list[str]) -> list[str]:
    """The command as it would be typed: tables leave out the config, which each of these takes."""
    parser = _commands(build_parser())[words[0]]
    needs_config = "--config" in parser._option_string_actions and "--config" not in words
    return [*words, "--config", "my.yaml"] if needs_config else words


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    listed = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction))
    return dict(listed.choices)


def _parsed(words: list[str], is_in_sentence: bool) -> None:
    # A sentence names a command, or a command with an option, and need not say what else it takes.
    if is_in_sentence and "--config" not in words:
        known = _commands(build_parser())[words[1]]._option_string_actions if words[1:] else {}
        assert [word for word in words if word.startswith("--") and word not in known] == []
        return
    options = build_parser().parse_args(with_config(words[1:]))
    if "config" in options:
        load_config(ROOT / "configs/debug.yaml", options.set)


def _python(words: list[str], is_in_sentence: bool) -> None:
    if words[1] == "-m":
        assert importlib.util.find_spec(words[2]) is not None
    else:
        _script(words[1:], is_in_sentence)


def _script(words: list[str], is_in_sentence: bool) -> None:
    """A script of benchmarks: options and modes stand in it in quotes."""
    sources = [(ROOT / name).read_text(encoding="utf-8") for name in (words[0], "benchmarks/claims.py")]
    known = re.findall(r"\"([\w-]+)\"", "".join(sources))
    assert [word for word in words[1:] if word.startswith("--") and word not in known] == []
    assert words[1:2] == [] or words[1] in known


def _targets(words: list[str], is_in_sentence: bool) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for word in words[1:]:
        name, is_variable, _ = word.partition("=")
        assert re.search(rf"^{name}{' [?]=' if is_variable else ':'}", makefile, re.MULTILINE), word


def _files(words: list[str], is_in_sentence: bool) -> None:
    plain = [word.removeprefix("file://") for word in words]
    named = [word for word in plain if word == "cluster.yaml" or word.split("/")[0] in FOLDERS]
    assert [word for word in named if not (ROOT / word).exists()] == []


def _ray(words: list[str], is_in_sentence: bool) -> None:
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
        from ray.scripts.scripts import cli

    if "--" in words:
        before = words.index("--")
        assert words[before + 1 : before + 4] == ["python", "-m", "jobs.run"]
        _parsed(["culturalground", "run", *words[before + 4 :]], is_in_sentence)
        words = words[:before]
    _files(words, is_in_sentence)
    command: click.Command = cli
    for word in words[1:]:
        if isinstance(command, click.Group):
            command = command.commands[word]
    known = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= known


def _extra(words: list[str], is_in_sentence: bool) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(re.findall(r"\[(\w+)\]", " ".join(words))) <= set(project["optional-dependencies"])


_CHECKS: dict[str, Callable[[list[str], bool], None]] = {
    "culturalground": _parsed, "python": _python, "make": _targets, "ray": _ray, "pip": _extra, "pytest": _files,
    "docker": _files, "kubectl": _files, "aws": _files, "gcloud": _files, "requirements/install": _files,
}  # fmt: skip
