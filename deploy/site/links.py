"""What the site adds to `docs/`: README and CONTRIBUTING, and a page for every other file that a page links to.

The pages are written for a reader of the repository, whose links lead to code and settings; here these are pages too.
ProperDocs calls the functions whose names begin with `on_`.
"""

from __future__ import annotations

import os
import posixpath
import re
from pathlib import Path

from properdocs.config.defaults import MkDocsConfig
from properdocs.structure.files import File, Files
from properdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]
PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}
LINK = re.compile(r"(?<=\]\()(?![a-z]+:|#)([^)#\s]+)(?=[)#])")
# Page of the site -> path in the repository that it is made of.
sources: dict[str, str] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put all decisions into the navigation, in their order."""
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    config.nav[-1]["Decisions"] = [f"decisions/{path.name}" for path in decisions]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add every page that is reached from those of `docs/` and is not one of them."""
    sources.update({file.src_uri: f"docs/{file.src_uri}" for file in files})
    known = set(sources.values())
    files.append(File.generated(config, "site.css", abs_src_path=str(ROOT / "deploy/site/site.css")))
    waiting = [*PAGES, *(path for path in known if path.endswith(".md"))]
    while waiting:
        path = waiting.pop()
        if path not in known:
            known.add(path)
            sources[_place(path)] = path
            files.append(File.generated(config, _place(path), content=_content(path)))
        if path.endswith(".md") or (ROOT / path).is_dir():
            linked = {_from_root(path, target) for target in LINK.findall(_content(path))}
            waiting += [target for target in sorted(linked) if target not in known and (ROOT / target).exists()]
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to where `on_files` has put things. One that leads nowhere stays, and fails the build."""
    source = sources[page.file.src_uri]
    folder = posixpath.dirname(page.file.src_uri)

    def moved(match: re.Match[str]) -> str:
        target = _from_root(source, match[1])
        return posixpath.relpath(_place(target), folder or ".") if (ROOT / target).exists() else match[0]

    return LINK.sub(moved, markdown)


def _from_root(page: str, target: str) -> str:
    """A link of a page, as a path from the repository's root."""
    return os.path.normpath(posixpath.join(posixpath.dirname(page), target))


def _place(path: str) -> str:
    """Where a path of the repository is in the sources of the site."""
    if path in PAGES:
        return PAGES[path]
    place = path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path}"
    is_itself = path.endswith(".md") or (place != f"files/{path}" and not (ROOT / path).is_dir())
    return place if is_itself else f"{place}.md"


def _read(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _content(path: str) -> str:
    """Markdown as it is, of a folder a list, of any other file its text."""
    if path.endswith(".md"):
        return _read(path)
    if (ROOT / path).is_dir():
        names = sorted(entry.name for entry in (ROOT / path).iterdir() if entry.is_file() and entry.name[0] not in "._")
        return "\n".join([f"# {path}", "", *(f"- [{name}]({posixpath.basename(path)}/{name})" for name in names)])
    return f"# {path}\n\n````\n{_read(path)}\n````\n"
