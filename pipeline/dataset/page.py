"""What the pages of the data set have in common: each stands alone, in one file."""

from __future__ import annotations

_STYLE = """
body { font: 16px/1.5 system-ui, 'Noto Sans', sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
  color: #1c1c1c; background: #faf8f4 }
"""


def page(title: str, style: str, body: str) -> str:
    """The whole page.

    Args:
        title: HTML, also the heading.
        style: CSS besides what all pages have.
        body: HTML below the heading.
    """
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}{style}</style></head>\n'
        f"<body><h1>{title}</h1>\n{body}\n</body></html>\n"
    )
