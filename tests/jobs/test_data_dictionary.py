from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from jobs.data_dictionary import markdown
from pipeline.schema import TABLES


def test_the_page_is_that_of_the_schemas() -> None:
    page = Path(__file__).parents[2] / "docs" / "data_dictionary.md"
    assert page.read_text(encoding="utf-8") == markdown(), (
        "run: python -m jobs.data_dictionary > docs/data_dictionary.md"
    )


def test_every_column_says_what_it_means() -> None:
    def meanings(field: pa.Field) -> list[str]:
        inner = field.type.value_type if pa.types.is_list(field.type) else field.type
        own = [] if field.metadata and field.metadata.get(b"meaning") else [field.name]
        return own + [name for child in (inner if pa.types.is_struct(inner) else ()) for name in meanings(child)]

    assert [name for schema in TABLES.values() for field in schema for name in meanings(field)] == []
