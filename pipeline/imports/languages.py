"""What published rows call a language, as the data set's code for it."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipeline import vocabulary
from pipeline.imports.conversation import MISSING, NO_LANGUAGE, Refused


def language_of(given: Any) -> str:
    """The data set's code.

    Known are the data set's codes, Wikidata's, and English and own names, in any case; of a code with parts, such as
    en-US, zh_simplified or pt-BR, the first part counts where the whole is not known.

    Raises:
        Refused: it is none of the data set's languages.
    """
    if given in MISSING:
        return NO_LANGUAGE
    name = str(given).strip().lower().replace("_", "-")
    found = _codes().get(name) or _codes().get(name.partition("-")[0])
    if found is None:
        raise Refused("unknown_language", f"{given!r} is none of the languages of the data set")
    return found


@cache
def _codes() -> dict[str, str]:
    codes: dict[str, str] = {}
    for language in vocabulary.languages().values():
        names = (*language.wikidata, language.name.lower(), language.own_name.lower())
        codes.update(dict.fromkeys(names, language.code))
    # The data set's own code stands above what Wikidata may call another language.
    codes.update({code: code for code in vocabulary.languages()})
    return codes
