"""Croissant metadata of the data set: https://docs.mlcommons.org/croissant/docs/croissant-spec.html, version 1.0.

Data-set search and loaders read it: which files there are, with their SHA-256, and what the columns in them mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipeline import vocabulary
from pipeline.schema import QA_ITEM
from pipeline.tables import FileRecord

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_CONTEXT = Path(__file__).with_name("croissant_context.json")
_PAPER = "https://arxiv.org/abs/2508.07414"
_PARQUET = "application/x-parquet"
_ITEMS = "items"


@dataclass(frozen=True)
class RecordSet:
    """Files of one schema.

    Attributes:
        name: of the record set.
        about: what one record is.
        schema: columns, with their meaning.
        files: of the table; paths are below the folder in which a reader puts the metadata.
        pattern: which fits them all, and no other file of the folder.
        key: columns that tell records apart.
    """

    name: str
    about: str
    schema: pa.Schema
    files: Sequence[FileRecord]
    pattern: str
    key: tuple[str, ...]


def croissant(name: str, version: str, numbers: Mapping[str, Any], record_sets: Sequence[RecordSet]) -> dict[str, Any]:
    """The metadata as JSON-LD.

    Args:
        name: of the run.
        version: names the state of the data set.
        numbers: as `statistics.statistics` gives them.
        record_sets: the files, by what is in them.
    """
    metadata = {
        "@context": json.loads(_CONTEXT.read_text(encoding="utf-8")),
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": name,
        "description": (
            f"{numbers['num_samples']:,} questions with answers about {numbers['num_pictures']:,} pictures of "
            f"{numbers['num_entities']:,} cultural entities, in {len(numbers['samples_by_language'])} languages, of "
            f"{len(numbers['samples_by_country'])} countries; answers from Wikidata, pictures from Wikimedia Commons."
        ),
        "url": _PAPER,
        "version": version,
        "license": _licences(numbers["pictures_by_licence"]),
        "inLanguage": sorted(vocabulary.cldr_code(code) for code in numbers["samples_by_language"]),
        "keywords": ["culture", "visual question answering", "multilingual", "Wikidata", "Wikimedia Commons"],
        "isBasedOn": ["https://www.wikidata.org/", "https://commons.wikimedia.org/"],
        "citeAs": (
            "@inproceedings{nyandwi2025grounding, title={Grounding Multilingual Multimodal {LLM}s With Cultural "
            "Knowledge}, author={Nyandwi, Jean de Dieu and Song, Yueqi and Khanuja, Simran and Neubig, Graham}, "
            "booktitle={Proceedings of EMNLP}, year={2025}, note={arXiv:2508.07414}}"
        ),
    }
    return with_files(metadata, record_sets)


def with_files(metadata: Mapping[str, Any], record_sets: Sequence[RecordSet]) -> dict[str, Any]:
    """The same metadata about these files: the data set in another form."""
    return {
        **metadata,
        "distribution": [node for each in record_sets for node in _distribution(each)],
        "recordSet": [_record_set(each) for each in record_sets],
    }


def _licences(pictures: Mapping[str, int]) -> list[str]:
    """Questions are CC0; of the pictures every licence that occurs, by name."""
    return ["https://creativecommons.org/publicdomain/zero/1.0/", *sorted(pictures)]


def _distribution(given: RecordSet) -> Iterator[dict[str, Any]]:
    for file in given.files:
        yield {
            "@type": "cr:FileObject",
            "@id": file.path,
            "name": Path(file.path).name,
            "contentUrl": file.path,
            "contentSize": f"{file.size} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
        }
    yield {
        "@type": "cr:FileSet",
        "@id": _set(given),
        "name": _set(given),
        "description": given.about,
        "encodingFormat": _PARQUET,
        "includes": given.pattern,
    }


def _set(given: RecordSet) -> str:
    return f"{given.name}-files"


def _record_set(given: RecordSet) -> dict[str, Any]:
    fields = [node for field in given.schema for node in _fields(given, field)]
    return {
        "@type": "cr:RecordSet",
        "@id": given.name,
        "name": given.name,
        "description": given.about,
        "key": [{"@id": f"{given.name}/{column}"} for column in given.key],
        "field": fields,
    }


def _fields(given: RecordSet, field: pa.Field) -> Iterator[dict[str, Any]]:
    if field.name == _ITEMS:
        for number in range(QA_ITEM.num_fields):
            child = QA_ITEM.field(number)
            # Croissant has no list in a list.
            if not pa.types.is_list(child.type):
                yield _field(given, child, f"{_ITEMS}.{child.name}", child.name, repeated=True)
    elif pa.types.is_struct(field.type):
        yield _field(given, field, field.name, "bytes", repeated=False)
    else:
        yield _field(given, field, field.name, None, repeated=pa.types.is_list(field.type))


def _field(given: RecordSet, field: pa.Field, name: str, part: str | None, *, repeated: bool) -> dict[str, Any]:
    source: dict[str, Any] = {"fileSet": {"@id": _set(given)}, "extract": {"column": name.partition(".")[0]}}
    if part is not None:
        source["transform"] = [{"jsonPath": part}]
    return {
        "@type": "cr:Field",
        "@id": f"{given.name}/{name}",
        "name": name,
        "description": field.metadata[b"meaning"].decode(),
        "dataType": _data_type(field.type),
        **({"repeated": True} if repeated else {}),
        "source": source,
    }


def _data_type(dtype: pa.DataType) -> str:
    if pa.types.is_boolean(dtype):
        return "sc:Boolean"
    if pa.types.is_list(dtype):
        return _data_type(dtype.value_type)
    if pa.types.is_integer(dtype):
        return "sc:Integer"
    return "sc:ImageObject" if pa.types.is_binary(dtype) or pa.types.is_struct(dtype) else "sc:Text"
