"""Columns as Hugging Face `datasets` types them, without that library: it is a reader's, not ours."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

# `datasets` decodes a column of this type to a PIL image.
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_NAMES = {pa.float32(): "float32", pa.float64(): "float64"}


def hub_schema(fields: dict[str, pa.DataType]) -> pa.Schema:
    """A schema that `load_dataset` takes as it stands: its metadata name the features.

    Every field may be null: features whose Arrow type has required fields are passed over by `datasets`.

    Args:
        fields: column -> type; a column of type `IMAGE` becomes a feature `Image`.
    """
    schema = pa.schema([(name, nullable(dtype)) for name, dtype in fields.items()])
    features = {field.name: feature(field.type) for field in schema}
    return schema.with_metadata({"huggingface": json.dumps({"info": {"features": features}})})


def feature(dtype: pa.DataType) -> Any:
    """The JSON of one feature.

    A list is written as a JSON list of one feature: every release of `datasets` reads that, whatever it calls it.
    """
    if dtype == IMAGE:
        return {"_type": "Image"}
    if pa.types.is_struct(dtype):
        return {field.name: feature(field.type) for field in dtype}
    if pa.types.is_list(dtype):
        return [feature(dtype.value_type)]
    return {"dtype": _NAMES.get(dtype, str(dtype)), "_type": "Value"}


def nullable(dtype: pa.DataType) -> pa.DataType:
    """The same type without required fields and without metadata."""
    if pa.types.is_struct(dtype):
        return pa.struct([(field.name, nullable(field.type)) for field in dtype])
    if pa.types.is_list(dtype):
        return pa.list_(nullable(dtype.value_type))
    return dtype
