"""How a place of publication is written on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.errors import UserError

PREFIX = "hub:"
MAIN = "main"
_FORM = re.compile(r"hub:datasets/(?P<owner>[^/@]+)/(?P<name>[^/@]+)(@(?P<branch>.+))?")
# What git allows as the name of a branch, less what needs quotes in a shell.
_BRANCH = re.compile(r"(?!.*(\.\.|//))[A-Za-z0-9][A-Za-z0-9._/-]*(?<![./])")


@dataclass(frozen=True)
class HubAddress:
    """A branch of a repository of data; `repo` is OWNER/NAME."""

    repo: str
    branch: str = MAIN

    @property
    def uri(self) -> str:
        return f"{PREFIX}datasets/{self.repo}" + (f"@{self.branch}" if self.branch != MAIN else "")


def parse_hub(text: str) -> HubAddress:
    """Read `hub:datasets/OWNER/NAME[@BRANCH]`.

    Raises:
        UserError: it has another form, or a name that no repository can have.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils import validate_repo_id

    found = _FORM.fullmatch(text)
    if found is None:
        raise UserError(f"--to {text}: write hub:datasets/OWNER/NAME or hub:datasets/OWNER/NAME@BRANCH")
    repo, branch = f"{found['owner']}/{found['name']}", found["branch"] or MAIN
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise UserError(f"--to {text}: {' '.join(str(error).split())}") from error
    if not _BRANCH.fullmatch(branch):
        raise UserError(f"--to {text}: {branch!r} is no name of a branch")
    return HubAddress(repo, branch)
