"""A page to look at: some pictures with their questions, in their own scripts and directions."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable
from typing import Any

from pipeline import vocabulary
from pipeline.dataset.page import page

_STYLE = """
article { display: grid; grid-template-columns: 20rem 1fr; gap: 1.5rem; margin: 2rem 0; padding: 1rem;
  background: #fff; border: 1px solid #e4dfd5; border-radius: .5rem }
img { width: 100%; border-radius: .25rem }
figure { margin: 0 } figcaption, .meta { font-size: .8rem; color: #5d584f; overflow-wrap: anywhere }
dl { margin: 0 } dt { margin-top: .6rem } dd { margin: 0 0 0 1.2rem; font-weight: 600 }
dd li { font-weight: 400 } dd li.right { font-weight: 700 } ol { margin: 0; padding-inline-start: 1.6rem }
.tag { font-size: .7rem; background: #efe9dc; border-radius: .25rem; padding: 0 .35rem; margin-inline-end: .4rem }
@media (max-width: 50rem) { article { grid-template-columns: 1fr } }
"""


def preview(name: str, rows: Iterable[dict[str, Any]], items_per_row: int = 12) -> str:
    """HTML that stands alone.

    Args:
        name: of the run.
        rows: rows of `shards`.
        items_per_row: questions shown for each picture, spread over its languages and kinds.
    """
    articles = "\n".join(_article(row, items_per_row) for row in rows)
    return page(html.escape(name), _STYLE, articles)


def _article(row: dict[str, Any], limit: int) -> str:
    picture = base64.b64encode(row["image"]).decode()
    step = max(1, len(row["items"]) // limit)
    shown = row["items"][::step][:limit]
    country = vocabulary.countries()[row["country"]].name
    link = html.escape(row["page_url"], quote=True)
    return (
        f'<article><figure><img alt="{html.escape(row["title"], quote=True)}" '
        f'src="data:image/jpeg;base64,{picture}">'
        f'<figcaption><a href="{link}">{html.escape(row["title"])}</a>: {html.escape(row["attribution"])}</figcaption>'
        f'<p class="meta">Q{row["qid"]}, {html.escape(country)}, {html.escape(row["domain"])}, '
        f"{row['split']}; {len(shown)} of {len(row['items'])} questions</p></figure>"
        f"<dl>{''.join(map(_item, shown))}</dl></article>"
    )


def _item(item: dict[str, Any]) -> str:
    language = vocabulary.languages()[item["language"]]
    where = f'lang="{language.wikidata[0]}" dir="{language.direction}"'
    if item["choices"]:
        options = "".join(
            f"<li{' class=right' if number == item['answer_index'] else ''}>{html.escape(choice)}</li>"
            for number, choice in enumerate(item["choices"])
        )
        answer = f'<ol type="A">{options}</ol>'
    else:
        answer = html.escape(item["answer"])
    tag = f'<span class="tag">{html.escape(language.name)}</span>'
    return f"<dt {where}>{tag}{html.escape(item['question'])}</dt><dd {where}>{answer}</dd>"
