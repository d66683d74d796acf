"""Settings of the spine and of the first stages, each section a typed value; `jobs/run_config.py` makes a run of them.

Keys in a section's `OPERATIONAL` do not decide what a stage produces (endpoints, worker counts, limits that stop a
run); they stay out of fingerprints, so changing one never starts a stage anew.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from string import Formatter
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline import vocabulary


def suggest(word: str, allowed: Iterable[str]) -> str:
    """What a wrong word may have been meant to be, and what is allowed."""
    names = sorted(allowed)
    close = difflib.get_close_matches(word, names, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}Allowed: {', '.join(names)}"


def _known(what: str, allowed: Sequence[str]) -> AfterValidator:
    def check(value: tuple[str, ...]) -> tuple[str, ...]:
        for word in value:
            if word not in allowed:
                raise ValueError(f"unknown {what} {word!r}: {suggest(word, allowed)}")
        if len(set(value)) != len(value):
            raise ValueError(f"a {what} is named twice")
        if not value:
            raise ValueError(f"at least one {what} is needed")
        return value

    return AfterValidator(check)


COUNTRY_KEYS = tuple(vocabulary.countries())
LANGUAGE_CODES = tuple(vocabulary.languages())
DOMAIN_KEYS = tuple(vocabulary.domains())

Countries = Annotated[tuple[str, ...], _known("country", COUNTRY_KEYS)]
Languages = Annotated[tuple[str, ...], _known("language", LANGUAGE_CODES)]
Domains = Annotated[tuple[str, ...], _known("domain", DOMAIN_KEYS)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Section(BaseModel):
    """A part of the config: frozen, extra keys forbidden."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    OPERATIONAL: ClassVar[frozenset[str]] = frozenset()

    def deciding(self) -> dict[str, Any]:
        """The settings that decide a result, ready for a fingerprint."""
        return self.model_dump(mode="json", exclude=set(self.OPERATIONAL))


class Budget(Section):
    """Caps for the whole run; a stage does not start, or stops, when one is passed."""

    gpu_hours: float = Field(0.0, ge=0, description="GPU-hours over all stages and attempts")
    fetched_gb: float = Field(1.0, ge=0, description="GB (1e9 bytes) of pictures fetched, over all attempts")
    money: float | None = Field(
        None, ge=0, description="for nodes, over all stages and attempts, in the currency of the prices; null: no cap"
    )
    stored_gb: float | None = Field(
        None, ge=0, description="GB that the output holds, replies of models left out; null: no cap"
    )
    prices: str | None = Field(None, description="a file like pipeline/prices.yaml, which null takes")


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


QualityRefusal = Literal["blurred", "blank", "extreme_aspect", "text_page"]


class Respect(Section):
    """Pictures that are left out for the sake of whom or what they show; docs/respect.md has the reasons."""

    private_persons: Literal["leave_out", "strict", "keep"] = Field(
        "leave_out", description="who could be recognised; strict spares no domain whose things people do"
    )
    nudity: Literal["leave_out", "keep"] = Field(
        "leave_out", description="what its page says shows people unclothed, and with a detector what that finds"
    )
    sacred: Literal["leave_out", "strict", "keep"] = Field(
        "leave_out", description="what communities ask not to show; strict takes the doubtful for asked too"
    )
    detector: Literal["none", "nudenet"] = Field("none", description="looks at each picture; needs the extra people")
    face_share: Share = Field(0.03, description="share of the picture that a face must fill to count")
    face_score: Share = Field(0.6, description="how sure the detector must be of a face")
    exposed_score: Share = Field(0.6, description="how sure it must be of a bare part")


class Mirror(Section):
    """A copy of Commons' files elsewhere, asked before Commons, under limits of its own."""

    OPERATIONAL = frozenset({"connections", "requests_per_s", "mbit_per_s"})

    url: str = Field(min_length=1, description="s3://bucket/prefix, a folder, or the address of a web server's folder")
    path: str = Field(
        "{a}/{ab}/{file}",
        description="where a file lies below it: {file} and {thumbnail} are its names, {a}, {ab} the folders of "
        "Commons, {sha1} the original's digest, {width} is thumbnail_px",
    )
    holds: Literal["originals", "thumbnails"] = Field(
        "originals", description="originals are checked by their SHA-1; for thumbnails you vouch"
    )
    connections: int = Field(16, gt=0, description="at once, for the whole run")
    requests_per_s: float = Field(200.0, gt=0, description="of the whole run")
    mbit_per_s: float = Field(1000.0, gt=0, description="1e6 bits a second, of the whole run")

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        scheme = urlsplit(url).scheme
        if scheme not in ("", "file", "s3", "http", "https"):
            raise ValueError(f"{url}: unknown kind of mirror {scheme!r}; use a folder, s3:// or https://")
        return url

    @field_validator("path")
    @classmethod
    def _names_a_file(cls, path: str) -> str:
        known = ("a", "ab", "file", "thumbnail", "sha1", "width")
        try:
            fields = [field for _, field, _, _ in Formatter().parse(path) if field is not None]
            path.format(**dict.fromkeys(known, ""))
        except (ValueError, KeyError, IndexError, AttributeError) as error:
            raise ValueError(f"{path!r} may hold only {', '.join(f'{{{name}}}' for name in known)}") from error
        if not {"file", "thumbnail", "sha1"} & set(fields):
            raise ValueError(f"{path!r} leads to the same place for all files; put {{file}} into it")
        return path


class Images(Section):
    """Concepts to pictures in the content-addressed store."""

    OPERATIONAL = frozenset(
        {
            "api_url", "upload_url", "user_agent", "timeout_s", "max_attempts", "connections", "requests_per_s",
            "mbit_per_s", "max_quarantined",
        }
    )  # fmt: skip

    api_url: str = Field("https://commons.wikimedia.org/w/api.php", description="what tells of licence and author")
    upload_url: str = Field("https://upload.wikimedia.org/wikipedia/commons", description="what pictures come from")
    mirrors: tuple[Mirror, ...] = Field((), description="asked before Commons, in this order")
    user_agent: str = Field("", description="tool name and a contact: Wikimedia refuses clients without one")
    thumbnail_px: Literal[20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840] = Field(
        500, description="width that is fetched, px: those that Wikimedia keeps"
    )
    max_side_px: int | None = Field(360, gt=0, description="px of the longer side as stored; null keeps what came")
    max_per_entity: int = Field(1, gt=0, description="pictures")
    max_per_category: int = Field(
        0,
        ge=0,
        le=500,
        description="files asked for of an entity's gallery and its category, where statements name too few pictures",
    )
    licence_families: tuple[str, ...] = Field(
        ("cc0", "pd", "cc-by", "cc-by-sa"), description="those of pipeline/commons/licences.yaml that are taken"
    )
    max_pixels: int = Field(100_000_000, gt=0, description="px; larger originals are not decoded")
    max_bytes: int = Field(30_000_000, gt=0, description="bytes of one download at most")
    min_side_px: int = Field(64, gt=0, description="px of the shorter side; smaller pictures are left out")
    jpeg_quality: int = Field(90, ge=50, le=95, description="of pictures as stored")
    refuse: tuple[QualityRefusal, ...] = Field(
        ("blurred", "blank", "extreme_aspect", "text_page"), description="kinds of poor pictures that are left out"
    )
    respect: Respect = Respect()
    near_duplicate_bits: int = Field(6, ge=0, le=10, description="bits of the hash in which near duplicates may differ")
    rows_per_partition: int = Field(256, gt=0, description="concepts")
    timeout_s: float = Field(30.0, gt=0, description="of one request")
    max_attempts: int = Field(5, gt=0, description="at one request")
    connections: int = Field(2, gt=0, description="at once, for the whole run")
    requests_per_s: float = Field(10.0, gt=0, description="of the whole run")
    mbit_per_s: float = Field(25.0, gt=0, description="1e6 bits a second, of the whole run")
    max_quarantined: Share = Field(0.1, description="largest share of pictures that may be set aside")

    def deciding(self) -> dict[str, Any]:
        """See `Section`. A mirror of originals gives another picture than a thumbnail does, its limits do not."""
        return {**super().deciding(), "mirrors": [mirror.deciding() for mirror in self.mirrors]}

    @model_validator(mode="after")
    def _fetches_what_it_stores(self) -> Images:
        if self.max_side_px is not None and self.max_side_px > self.thumbnail_px:
            raise ValueError(f"max_side_px: {self.max_side_px} is more than the {self.thumbnail_px} of thumbnail_px")
        return self


class Balancing(Section):
    """How many items are kept of those that could be made, and of what; docs/decisions/0016-balance.md."""

    open_items: int | None = Field(None, gt=0, description="open items aimed at in all; null makes all")
    choice_items: int | None = Field(None, gt=0, description="choice items aimed at in all; null makes all")
    temperature: Share = Field(
        1.0, description="shares of a country, language or family follow count^temperature: 1 as they are, 0 alike"
    )
    axes: tuple[Literal["country", "language", "family", "domain"], ...] = Field(
        ("country", "language", "family"),
        min_length=1,
        description="along which shares follow it; families are asked of some domains only, so that family and domain "
        "together are met less closely",
    )
    long_tail_boost: float = Field(
        1.0, ge=1, allow_inf_nan=False, description="how much likelier an item of the long tail stays than of the head"
    )
    long_tail_floor: Share = Field(
        0.0, description="least share of the items that are about the long tail, as far as it has so many"
    )
    max_per_entity: int | None = Field(None, gt=0, description="items of each kind, over all pictures of an entity")
    max_per_entity_and_language: int | None = Field(None, gt=0, description="items of each kind")
    max_per_entity_and_property: int | None = Field(None, gt=0, description="items of each kind")
    sample: int = Field(20_000, gt=0, description="concepts, about, that the balance is worked out from")

    @property
    def is_thinning(self) -> bool:
        """Whether fewer items may be wanted than can be made."""
        return self.open_items is not None or self.choice_items is not None

    @field_validator("axes")
    @classmethod
    def _named_once(cls, axes: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(axes)) < len(axes):
            raise ValueError("an axis is named twice")
        return axes

    @model_validator(mode="after")
    def _has_something_to_share_out(self) -> Balancing:
        if not self.is_thinning and (self.temperature, self.long_tail_boost, self.long_tail_floor) != (1.0, 1.0, 0.0):
            raise ValueError(
                "temperature, long_tail_boost and long_tail_floor share out a total: set open_items or choice_items too"
            )
        return self


class Questions(Section):
    """Concepts and pictures to QA items."""

    # What is in the file and what follows from it decides, not where it lies.
    OPERATIONAL = frozenset({"max_quarantined", "verdicts", "min_acceptance"})

    languages: Languages = Field(LANGUAGE_CODES, description="keys of pipeline/languages.yaml")
    kinds: tuple[Literal["open", "choice"], ...] = Field(
        ("open", "choice"), description="answered freely, or one of several options"
    )
    num_choices: int = Field(4, ge=2, le=8, description="options of a choice item")
    max_items_per_picture: int | None = Field(None, gt=0, description="in all languages together; null: no limit")
    balance: Balancing = Balancing()
    fallbacks: tuple[Literal["variant", "mul"], ...] = Field(
        ("variant", "mul"),
        description="what may stand in for a label that a language lacks: a variant of it, or Wikidata's label for all "
        "languages; every item says in answer_label_language which one it has",
    )
    status: Literal["draft", "machine_checked", "reviewed"] = Field(
        "machine_checked", description="wordings that were looked at less are not used; reviewed is by native speakers"
    )
    verdicts: str | None = Field(
        None, description="what native speakers said, as `culturalground review --import` writes it: a path or s3://"
    )
    min_acceptance: Share = Field(
        0.8, description="wordings of which a smaller share is good, by the upper end of its interval, are not used"
    )
    max_quarantined: Share = Field(0.01, description="largest share of rows that may be set aside")


class Alike(Section):
    """Which questions that are alike are left out; docs/decisions/0023-alike-questions.md."""

    within_entity: int | None = Field(2, gt=0, description="alike questions of an entity that stay; null keeps all")
    across_entities: int | None = Field(1, gt=0, description="and of different entities; null keeps all")
    threshold: float = Field(0.9, gt=0, le=1, description="least similarity (Jaccard) of wordings that are alike")


class Assemble(Section):
    """Questions to training shards, index, card and attribution."""

    OPERATIONAL = frozenset({"max_quarantined"})

    validation: Share = Field(0.05, description="share of groups of entities held out for validation")
    test: Share = Field(0.05, description="share of groups of entities held out for test")
    seed: int = Field(0, ge=0, description="of the order of pictures in the shards")
    keep: Literal["all", "passing"] = Field("all", description="passing leaves out what the judge does not let pass")
    protected: tuple[str, ...] = Field(
        (), description="lists of what benchmarks hold, tables or folders of them, which is left out of all splits"
    )
    protected_bits: int = Field(8, ge=0, le=16, description="bits in which hashes of one picture may differ")
    alike: Alike | None = Field(Alike(), description="questions that are alike; null compares none")
    shard_mb: float = Field(128.0, gt=0, description="MB (1e6 bytes) of one shard, about")
    processor: str | None = Field(
        None,
        description="of a LlavaNext, whose tokens are counted: a folder, s3://, or MODEL@COMMIT; null counts none",
    )
    rows_per_partition: int = Field(16_384, gt=0, description="pictures that are brought into order at once")
    max_quarantined: Share = Field(0.0, description="largest share of rows that may be set aside")

    @model_validator(mode="after")
    def _leaves_training_rows(self) -> Assemble:
        if self.validation + self.test >= 1:
            raise ValueError("validation and test together must leave a share for train")
        return self


class Subclusters(Section):
    """Values of the label `ray-subcluster` of nodes, by the work they are for, as cluster.yaml gives them."""

    cpu: str = Field("cpu-spot", description="stages without GPUs")
    gpu: str = Field("gpu-spot", description="models that reword, judge and are evaluated")
    train: str = Field("train", description="ranks of training")


class Cluster(Section):
    """How the work is run; nothing here changes a result."""

    address: str | None = Field(None, description="Ray address; null starts Ray on this machine")
    num_cpus: int | None = Field(None, gt=0, description="cores for a Ray started here; null takes all")
    object_store_mb: int | None = Field(None, ge=80, description="object store of a Ray started here")
    max_workers: int | None = Field(None, gt=0, description="partitions at once; null lets Ray decide")
    subclusters: Subclusters | None = Field(
        None, description="which nodes of a cluster do what, by their label ray-subcluster; null: any that fit"
    )
    lease_s: float = Field(60.0, gt=1, description="a driver that has not renewed its lease for so long is dead")
