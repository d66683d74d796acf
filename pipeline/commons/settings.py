"""Settings of the pictures: where they come from, how politely, and which are left out."""

from __future__ import annotations

from string import Formatter
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from pipeline.config import Section, Share

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
