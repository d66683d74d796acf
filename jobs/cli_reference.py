"""Prints docs/cli_reference.md from the commands' parsers: `python -m jobs.cli_reference > docs/cli_reference.md`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from jobs.chain import STAGES
from jobs.cli import build_parser

MAX_SHOWN = 8
_HEAD = """\
# Commands

Made from the parsers of the commands; `culturalground COMMAND --help` prints the same and lists what is shortened here.
A setting that `--set` changes is one of [config_reference.md](config_reference.md). Exit codes: 0 is success, 1 a
verification that failed or a difference that was found, 2 an error that you can mend, told in one sentence, 130 stopped
by Ctrl-C.

On a cluster they are jobs: `python -m jobs.run` takes what follows `culturalground run` here, `jobs.verify` and
`jobs.status` likewise, and each stage has a module of its own, such as `jobs.select`, which is `run --only select`.

"""


def markdown() -> str:
    """Every command with its arguments, those that must be given first."""
    lines = [_HEAD + f"Stages, in their order: {', '.join(f'`{stage}`' for stage in STAGES)}.", ""]
    # argparse keeps what each command is for beside the list of the parsers, not in them.
    listed = next(action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction))
    told = {choice.dest: choice.help for choice in listed._choices_actions}
    for name, command in listed.choices.items():
        lines += [f"## {name}", "", f"`culturalground {name}`: {told[name]}.", ""]
        lines += ["| argument | meaning |", "| --- | --- |", *_rows(command._actions), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rows(actions: Sequence[argparse.Action]) -> Iterator[str]:
    taken = [action for action in actions if not isinstance(action, argparse._HelpAction)]
    for action in sorted(taken, key=lambda action: not action.required):
        needed = "needed" if action.required else ""
        meaning = "; ".join(filter(None, (needed, action.help, _choices(action), _default(action))))
        yield f"| `{_written(action)}` | {meaning} |"


def _written(action: argparse.Action) -> str:
    """As it is written on the command line."""
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.nargs == "?":
        value = f"[{value}]"
    elif action.nargs == "+":
        value = f"{value} [{value} ...]"
    elif action.nargs == 0:
        value = ""
    return f"{', '.join(action.option_strings)} {value}".strip()


def _choices(action: argparse.Action) -> str:
    if action.choices is None:
        return ""
    names = [f"`{choice}`" for choice in action.choices]
    if len(names) > MAX_SHOWN:
        return f"one of {len(names)}, {names[0]} to {names[-1]}"
    return "one of " + ", ".join(names)


def _default(action: argparse.Action) -> str:
    if action.nargs == 0 or action.required or action.default in (None, [], ""):
        return ""
    several = not isinstance(action.default, str | int | float)
    return f"else {', '.join(f'`{part}`' for part in (action.default if several else [action.default]))}"


if __name__ == "__main__":
    print(markdown(), end="")
