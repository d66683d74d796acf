"""Settings of what is read from a dump of Wikidata, and of what is chosen from it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from pipeline.config import COUNTRY_KEYS, DOMAIN_KEYS, Countries, Domains, Section, Share


class Extract(Section):
    """Dump to entities, labels and edges."""

    OPERATIONAL = frozenset({"dump", "max_quarantined", "on_truncated", "sparql_endpoint"})

    dump: tuple[str, ...] = Field(min_length=1, description="files of one dump: paths or s3:// addresses")
    dump_date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="date of the dump, written into every row")
    range_mb: float = Field(48.0, gt=0, description="compressed MB (1e6 bytes) of one partition")
    max_partitions: int | None = Field(None, gt=0, description="read only so many ranges: for trying things out")
    on_truncated: Literal["stop", "keep"] = Field(
        "stop", description="a file that was cut off stops the run, or what is there is kept and the end counted"
    )
    sparql_endpoint: str = Field(
        "https://query.wikidata.org/sparql", description="what `culturalground sparql` asks instead of a whole dump"
    )
    picture_properties: tuple[int, ...] = Field(
        (18,), description="an entity needs one of them; which pictures are taken is commons/picture_properties.yaml"
    )
    country_properties: tuple[int, ...] = Field(
        (495, 17, 2341, 1532, 27, 1001, 131, 3842, 1071, 740, 159, 291, 276, 407, 364),
        description="what ties an entity to a country, the most trusted first; docs/selection.md has the reasons",
    )
    edge_properties: tuple[int, ...] = Field(
        (31, 279, 131, 361), description="kept of every entity: its classes, theirs, what it lies in and is part of"
    )
    max_quarantined: Share = Field(0.0, description="largest share of lines that may be set aside")


class Select(Section):
    """Entities to cultural concepts."""

    OPERATIONAL = frozenset({"label_memory_mb", "max_quarantined"})

    countries: Countries = Field(COUNTRY_KEYS, description="keys of pipeline/countries.yaml")
    domains: Domains = Field(
        tuple(domain for domain in DOMAIN_KEYS if domain != "figure"),
        description="keys of pipeline/domains.yaml: the kinds of things that are asked about",
    )
    max_class_depth: int = Field(12, gt=0, description="P279 steps from a P31 value to a domain's root at most")
    max_place_depth: int = Field(10, gt=0, description="P131 steps from a place to its country at most")
    head_sitelinks: int = Field(30, gt=0, description="wikis with a page on it that make an entity one of the head")
    torso_sitelinks: int = Field(6, gt=0, description="and of the torso; with fewer it is of the long tail")
    rows_per_partition: int = Field(512, gt=0, description="candidate entities")
    limit: int | None = Field(None, gt=0, description="keep only the first so many concepts: --limit")
    label_memory_mb: float = Field(
        2000.0,
        ge=0,
        description="MB (1e6 bytes) of labels that every node holds in memory; more are looked up in files",
    )
    max_quarantined: Share = Field(0.01, description="largest share of entities that may be set aside")
