"""A page as a tree of elements, read by the standard library's parser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "circle", "hr", "img", "input", "line", "link", "meta", "path", "polygon", "polyline", "rect"}


@dataclass
class Element:
    """An element with its attributes and what it holds: elements and texts."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    def all(self) -> Iterator[Element]:
        """Every element below, in the order of the page."""
        for child in self.children:
            if isinstance(child, Element):
                yield child
                yield from child.all()

    def find(self, tag: str | None = None, cls: str | None = None, id: str | None = None) -> list[Element]:
        return [
            element
            for element in self.all()
            if (tag is None or element.tag == tag)
            and (cls is None or cls in element.attributes.get("class", "").split())
            and (id is None or element.attributes.get("id") == id)
        ]

    def one(self, tag: str | None = None, cls: str | None = None, id: str | None = None) -> Element:
        (element,) = self.find(tag, cls, id)
        return element

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags and names of attributes, without any content."""
        return [(element.tag, tuple(sorted(element.attributes))) for element in self.all()]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("page", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"{tag} has an attribute twice"
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, f"{tag} is closed as if it were empty"
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"{self.open[-1].tag} is closed by {tag}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The tree; fails where elements are not closed in their order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"{reader.open[-1].tag} is not closed"
    return reader.root


def number(text: str) -> int:
    """1,234 as a number."""
    return int(text.replace(",", ""))
