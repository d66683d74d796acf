"""What benchmarks call languages and countries -> what the data set calls them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale

from pipeline import vocabulary

# English names of our languages besides those of `languages.yaml`.
_NAMES = {"norwegian": "no", "chinese simplified": "zh", "chinese traditional": "zh", "farsi": "fa"}


def language_code(code: str) -> str:
    """The data set's code: iw for he, no for nb, zh for zh-hans; another language keeps its own."""
    if code in vocabulary.languages():
        return code
    short = code.lower().replace("_", "-").partition("-")[0]
    return _of_wikidata().get(code.lower(), _of_wikidata().get(short, code))


def language_of_name(name: str) -> str:
    """The data set's code of an English name; else CLDR's; else the name as the benchmark has it."""
    plain = " ".join(name.replace("_", " ").replace("(", " ").replace(")", " ").split()).lower()
    return _of_names().get(plain, name)


def country_key(name: str) -> str:
    """The key of `countries.yaml` for a name such as Sri_Lanka or "South Korea"; else the name."""
    plain = name.strip().lower().replace(" ", "_")
    return plain if plain in vocabulary.countries() else name


@cache
def _of_wikidata() -> Mapping[str, str]:
    return {code: ours for ours, language in vocabulary.languages().items() for code in language.wikidata}


@cache
def _of_names() -> Mapping[str, str]:
    cldr = {name.lower(): language_code(code) for code, name in Locale("en").languages.items() if "_" not in code}
    return {**cldr, **{each.name.lower(): code for code, each in vocabulary.languages().items()}, **_NAMES}
