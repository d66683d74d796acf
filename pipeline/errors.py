"""Errors that a user can act on. The command line prints their one sentence and exits with code 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class UserError(Exception):
    """Something outside the code is wrong; the message names it and says what to do."""


class ConfigError(UserError):
    """A setting is unknown, of the wrong type, or contradicts another."""


class StorageError(UserError):
    """Object storage or a disk refused: absent bucket, wrong credentials, read-only, full."""


class InputError(UserError):
    """An input is missing, is not what it claims to be, or ends in the middle."""


class LeaseError(UserError):
    """Another driver works on the same stage directory."""


class BudgetError(UserError):
    """A cap of the `budget` section would be, or has been, exceeded."""


class VerificationError(UserError):
    """What is in storage contradicts the records about it."""


@contextmanager
def at_setting(setting: str, kind: type[UserError] = StorageError) -> Iterator[None]:
    """Storage speaks of a path; say of its refusals which setting led there.

    Args:
        setting: as the user wrote it: --to.
        kind: what is raised instead.
    """
    try:
        yield
    except StorageError as error:
        raise kind(f"{setting}: {error}") from error
