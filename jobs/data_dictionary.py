"""Prints docs/data_dictionary.md from the schemas: `python -m jobs.data_dictionary > docs/data_dictionary.md`."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from pipeline.schema import SCHEMA_VERSION, TABLES


def markdown() -> str:
    """Every table with its columns, nested ones indented: type, whether it may be null, meaning."""
    lines = [
        "# Data dictionary",
        "",
        f"Schema version {SCHEMA_VERSION}, made from `pipeline/schema.py`. Tables are parquet; a column that a later",
        "stage fills is null until then. `?` marks columns that may be null.",
    ]
    for name, schema in TABLES.items():
        lines += ["", f"## {name}", "", "| column | type | meaning |", "| --- | --- | --- |"]
        lines += [row for field in schema for row in _rows(field, 0)]
    return "\n".join(lines) + "\n"


def _rows(field: pa.Field, depth: int) -> Iterator[str]:
    inner, wrapped = field.type, "{}"
    if pa.types.is_list(inner):
        inner, wrapped = inner.value_type, "list of {}"
    shown = wrapped.format("struct" if pa.types.is_struct(inner) else inner)
    meaning = (field.metadata or {}).get(b"meaning", b"").decode()
    yield f"| {'&emsp;' * depth}`{field.name}`{'?' if field.nullable else ''} | {shown} | {meaning} |"
    if pa.types.is_struct(inner):
        for child in inner:
            yield from _rows(child, depth + 1)


if __name__ == "__main__":
    print(markdown(), end="")
