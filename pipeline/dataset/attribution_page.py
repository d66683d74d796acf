"""Who made which picture, as a page that a person can read, search in and print beside the data set."""

from __future__ import annotations

import html
from typing import Any

from pipeline.dataset.attribution import Credits
from pipeline.dataset.page import page

# A browser still opens a page of so many rows; the table has all.
MOST_ROWS = 5000

_STYLE = """
table { border-collapse: collapse; width: 100%; background: #fff; font-size: .85rem }
th, td { text-align: start; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid #e4dfd5;
  overflow-wrap: anywhere }
th { position: sticky; top: 0; background: #efe9dc }
td:nth-child(2) { min-width: 7rem }
th:nth-child(3), td:nth-child(3) { white-space: nowrap }
@media (max-width: 40rem) { th:nth-child(4), td:nth-child(4) { display: none } }
"""


def attribution_page(name: str, credits: Credits) -> str:
    """HTML that stands alone: licences with how many pictures have them, then a line for each picture.

    Args:
        name: of the run.
        credits: of the data set, with the first MOST_ROWS rows.
    """
    rows = credits.first.to_pylist()
    licences = sorted(credits.licences.items(), key=lambda pair: (-pair[1], pair[0]))
    counts = "".join(f"<li>{html.escape(licence)}: {number:,}</li>" for licence, number in licences)
    rest = credits.num_rows - len(rows)
    note = f"<p>Another {rest:,} are in <code>ATTRIBUTION.parquet</code>.</p>" if rest else ""
    body = (
        f"<p>{credits.num_rows:,} pictures. Each keeps its own licence; "
        f"who shows one names its author and licence.</p><ul>{counts}</ul>\n"
        "<table><thead><tr><th>Picture</th><th>Author</th><th>Licence</th><th>Restrictions</th></tr></thead><tbody>\n"
        f"{chr(10).join(map(_row, rows))}\n</tbody></table>{note}"
    )
    return page(f"Pictures of {html.escape(name)}", _STYLE, body)


def _row(row: dict[str, Any]) -> str:
    licence = html.escape(row["licence"])
    restrictions = html.escape(", ".join(row["restrictions"] or []))
    return (
        f"<tr><td>{_link(row['page_url'], html.escape(row['title']))}</td><td>{html.escape(row['author'])}</td>"
        f"<td>{_link(row['licence_url'], licence)}</td><td>{restrictions}</td></tr>"
    )


def _link(address: str | None, text: str) -> str:
    """Only web addresses become links: what a page on Commons says may be anything."""
    if not (address or "").startswith(("https://", "http://")):
        return text
    return f'<a href="{html.escape(address or "", quote=True)}">{text}</a>'
