"""Real entities and real photographs, where the data for them lies beside the checkout."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import xxhash

from pipeline.commons.picture_properties import photograph_properties
from pipeline.stage import StageOutput
from sample.commons_files import CommonsFile, write_files

SHARED = Path(__file__).parents[3] / "shared" / "data"
DUMPS = {"gz": SHARED / "wikidata" / "entities.json.gz", "bz2": SHARED / "wikidata" / "entities.json.bz2"}
ABSENT = "needs ../shared/data beside the checkout: real entities and photographs"


def picture_titles(select: StageOutput) -> list[str]:
    """Every file that a statement of a concept names as a picture, sorted."""
    return sorted(
        {
            statement["text"]
            for concept in select.read("concepts", ["statements"]).to_pylist()
            for statement in concept["statements"]
            if statement["property"] in photograph_properties() and statement["text"]
        }
    )


def photographs() -> Iterator[tuple[Path, str, str]]:
    """The photographs that are there, with licence and author as their table gives them."""
    for folder in (SHARED / "images" / "commons", SHARED / "images" / "landmarks"):
        with (folder / "ATTRIBUTION.tsv").open(encoding="utf-8", newline="") as table:
            for row in csv.DictReader(table, delimiter="\t"):
                path = folder / row["file"]
                if path.exists():
                    yield path, row.get("licence") or "", row.get("attribution") or row.get("author") or ""


def write_real_commons(folder: Path, titles: list[str]) -> None:
    """A Commons that has a real photograph under every title, the same one for the same title.

    The entities' own photographs are not at hand; the bytes are real, which is what fetching and decoding need.
    """
    stock = list(photographs())
    files = []
    for title in titles:
        path, licence, author = stock[xxhash.xxh3_64_intdigest(title.encode()) % len(stock)]
        files.append(
            CommonsFile(
                title=title, data=path.read_bytes(), artist=author, licence_short_name=licence, credit=path.name
            )
        )
    write_files(folder, files)
