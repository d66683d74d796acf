"""A small benchmark of the sample's drawings, in the schema in which CVQA is published: one item for each country."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from pipeline import vocabulary
from pipeline.questions.templates import shipped_catalogue
from sample.drawings import draw
from sample.tables import Entity

FILE = Path("cvqa/data/test-00000-of-00001.parquet")
SIDE_PX = 360
_NUM_OPTIONS = 4

Row = dict[str, Any]


def write_benchmark(folder: Path, concepts: Sequence[Entity]) -> None:
    """Write `cvqa` into a folder of benchmarks; the same concepts give the same bytes."""
    (folder / FILE).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(list(_rows(concepts))), folder / FILE)


def _rows(concepts: Sequence[Entity]) -> Iterator[Row]:
    for number, (country, told) in enumerate(vocabulary.countries().items()):
        for language in told.languages:
            named = _named(concepts, language)
            own = [entity for entity in named if entity.country == country]
            others = [entity for entity in named if entity.country != country]
            if own and len(others) >= _NUM_OPTIONS - 1:
                # Another place among the options in each row, and other concepts.
                shown = own[number % len(own)]
                options = [others[(number + step * 7) % len(others)] for step in range(_NUM_OPTIONS - 1)]
                yield _row(shown, options, number % _NUM_OPTIONS, language, told.name)
                break


def _row(shown: Entity, others: Sequence[Entity], place: int, language: str, country: str) -> Row:
    options = [*others[:place], shown, *others[place:]]
    return {
        "image": {"bytes": _picture(shown), "path": None},
        "ID": f"sample-{shown.id}",
        "Subset": str((vocabulary.languages()[language].name, country.replace(" ", "_"))),
        "Question": _question(language),
        "Translated Question": _question("en"),
        "Options": [_label(entity, language) for entity in options],
        "Translated Options": [_label(entity, "en") for entity in options],
        "Label": place,
        "Category": "Sample",
        "Image Type": "Drawing",
        "Image Source": "drawn by a program",
        "License": "CC0",
    }


def _named(concepts: Sequence[Entity], language: str) -> list[Entity]:
    """Those with a drawing and a label in a language, whose labels are not alike."""
    found = {
        _label(entity, language).casefold(): entity
        for entity in concepts
        if entity.drawing is not None and _label(entity, language) and _label(entity, "en")
    }
    return list(found.values())


def _label(entity: Entity, language: str) -> str:
    codes = vocabulary.languages()[language].wikidata
    return next((entity.labels[code] for code in codes if code in entity.labels), "")


def _question(language: str) -> str:
    """A wording of the catalogue that asks what is shown and does not name it."""
    return next(
        wording.text
        for wording in shipped_catalogue().languages[language].wordings["name"].by_kind["choice"]
        if "{" not in wording.text
    )


def _picture(entity: Entity) -> bytes:
    assert entity.drawing is not None
    picture = draw(entity.drawing, int(entity.id[1:])).convert("RGB")
    picture.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
