"""The README of an exported folder: the data set's card, with the front matter and the instructions of this form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import yaml

from pipeline.schema import QA_ITEM, SHARDS

_FENCE = "---\n"
# They describe the shards, not the files here.
_OF_THE_SHARDS = ("configs", "dataset_info")


def readme(card: str, configs: Sequence[dict[str, Any]], usage: str) -> str:
    """Markdown with a block of YAML in front, as model hubs read it.

    Args:
        card: of the data set, with or without such a block.
        configs: the block's entry `configs`; none if empty.
        usage: Markdown that follows the card.
    """
    front, body = _split(card)
    kept = {key: value for key, value in front.items() if key not in _OF_THE_SHARDS}
    if configs:
        kept["configs"] = list(configs)
    block = f"{_FENCE}{yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)}{_FENCE}\n" if kept else ""
    return f"{block}{_without_fields(body).rstrip()}\n\n{usage}\n{_columns()}"


def _split(card: str) -> tuple[dict[str, Any], str]:
    if not card.startswith(_FENCE):
        return {}, card
    block, _, body = card.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    return yaml.safe_load(block), body.lstrip("\n")


def _without_fields(body: str) -> str:
    """The card without its section on the columns of shards: what an export's files have stands at the end."""
    return re.sub(r"^## Fields\n.*?(?=^## |\Z)", "", body, flags=re.MULTILINE | re.DOTALL)


def _columns() -> str:
    rest = [field for field in SHARDS if field.name not in ("items", "image")]
    of_item = [QA_ITEM.field(number) for number in range(QA_ITEM.num_fields)]
    return "\n".join(["## Columns", "", *_table("Picture", rest), "", *_table("Question", of_item), ""])


def _table(title: str, fields: Sequence[pa.Field]) -> list[str]:
    rows = [f"| `{field.name}` | {field.type} | {field.metadata[b'meaning'].decode()} |" for field in fields]
    return [f"| {title} | type | meaning |", "| --- | --- | --- |", *rows]
