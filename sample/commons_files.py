"""The pictures that a local stand-in for Commons holds, on disk: their bytes, and what their pages say.

Layout of the folder:

    files.json               a list of objects, one per title, with the keys of `CommonsFile` besides `data`
    files/<File_name.jpg>    the bytes; the name is the title with underscores (absent for redirects)

Size, px and SHA-1 are taken from the bytes. SVG is not drawn: its size is that of its root element, and renderings of
it are grey.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from pipeline.commons.urls import file_name, normalise_title
from pipeline.errors import InputError

_SVG_SIDE = r'<svg[^>]*?\s{}="(\d+)'
_SVG_FALLBACK_PX = 512
_GREY = (119, 119, 119)


@dataclass(frozen=True)
class CommonsFile:
    """One title. `artist` and `credit` are HTML; `restrictions` are words; `redirect_to` is another title.

    `categories`, without `Category:`, and `galleries` are the pages that have the file. Empty texts stand for what a
    page does not state.
    """

    title: str
    data: bytes = b""
    mime: str = "image/jpeg"
    artist: str = ""
    licence_short_name: str = ""
    licence_url: str = ""
    credit: str = ""
    attribution_required: bool = False
    restrictions: tuple[str, ...] = ()
    timestamp: str = "2020-01-01T00:00:00Z"
    redirect_to: str | None = None
    categories: tuple[str, ...] = ()
    galleries: tuple[str, ...] = ()

    @cached_property
    def sha1(self) -> str:
        return hashlib.sha1(self.data, usedforsecurity=False).hexdigest()

    @cached_property
    def size_px(self) -> tuple[int, int]:
        """Width and height as the picture is looked at; (0, 0) where the bytes are no picture."""
        if self.mime == "image/svg+xml":
            return _svg_size(self.data.decode("utf-8", "replace"))
        try:
            with Image.open(io.BytesIO(self.data)) as image:
                width, height = image.size
                return (height, width) if image.getexif().get(0x0112, 1) >= 5 else (width, height)
        except (UnidentifiedImageError, Image.DecompressionBombError):
            return 0, 0

    def rendering(self, width: int, extension: str) -> bytes:
        """The picture at `width` px, upright, as JPEG (`jpg`), PNG or GIF.

        Raises:
            OSError: the bytes cannot be decoded.
        """
        height = max(1, round(self.size_px[1] * width / self.size_px[0]))
        if self.mime == "image/svg+xml":
            picture = Image.new("RGB", (width, height), _GREY)
        else:
            with Image.open(io.BytesIO(self.data)) as image:
                picture = ImageOps.exif_transpose(image).convert("RGB" if extension == "jpg" else "RGBA")
            picture = picture.resize((width, height), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        picture.save(buffer, {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[extension])
        return buffer.getvalue()


def _svg_size(text: str) -> tuple[int, int]:
    width, height = (re.search(_SVG_SIDE.format(side), text) for side in ("width", "height"))
    if width is None or height is None:
        return _SVG_FALLBACK_PX, _SVG_FALLBACK_PX
    return int(width[1]), int(height[1])


def write_files(folder: Path, files: Iterable[CommonsFile]) -> None:
    """Write the layout described above, replacing `files.json`."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    entries = []
    for file in files:
        entries.append({key: value for key, value in asdict(file).items() if key != "data"})
        if file.redirect_to is None:
            (folder / "files" / file_name(normalise_title(file.title))).write_bytes(file.data)
    text = json.dumps(entries, indent=1, ensure_ascii=False)
    (folder / "files.json").write_text(text + "\n", encoding="utf-8")


def read_files(folder: Path) -> dict[str, CommonsFile]:
    """All files by their normalised title.

    Raises:
        InputError: `files.json` or the bytes of a title are not there.
    """
    try:
        entries = json.loads((folder / "files.json").read_text(encoding="utf-8"))
        return {normalise_title(entry["title"]): _read(folder, entry) for entry in entries}
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: there is no such file; write the folder anew with write_files") from error


def _read(folder: Path, entry: dict[str, Any]) -> CommonsFile:
    entry = entry | {key: tuple(entry.get(key, ())) for key in ("restrictions", "categories", "galleries")}
    if entry.get("redirect_to") is not None:
        return CommonsFile(**entry)
    return CommonsFile(data=(folder / "files" / file_name(normalise_title(entry["title"]))).read_bytes(), **entry)
