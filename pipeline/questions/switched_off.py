"""Wordings that native speakers refused."""

from __future__ import annotations

from pipeline.errors import ConfigError
from pipeline.questions.settings import Questions
from pipeline.questions.templates import Catalogue, shipped_catalogue, template_id
from pipeline.review.acceptance import Reviewed, review_of
from pipeline.review.templates import Templates
from pipeline.review.verdict_file import read_history, valid_verdicts
from pipeline.storage import open_object


def reviewed(config: Questions) -> Reviewed:
    """What the verdicts of a config come to; nothing where it names none.

    Raises:
        ConfigError: there is no such file.
        InputError: it is no file of verdicts.
    """
    if config.verdicts is None:
        return Reviewed()
    storage, name = open_object(config.verdicts)
    if storage.stat(name) is None:
        raise ConfigError(
            f"questions.verdicts: there is no {config.verdicts}; `culturalground review --import` makes it; without "
            "verdicts write null"
        )
    verdicts = valid_verdicts(read_history(storage.read(name), config.verdicts))
    return review_of(verdicts, templates(shipped_catalogue()), config.min_acceptance)


def templates(catalogue: Catalogue) -> Templates:
    """Every wording of a catalogue by its template id."""
    return Templates(
        {
            template_id(family, code, kind, wording.number, wordings.revision): wording.means
            for code, language in catalogue.languages.items()
            for family, wordings in language.wordings.items()
            for kind, by_number in wordings.by_kind.items()
            for wording in by_number
        }
    )
