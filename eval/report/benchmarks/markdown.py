"""The page's tables in Markdown, without pictures: for a pull request or a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from eval.report.benchmarks.cards import ErrorCard, Said
from eval.report.benchmarks.charts import Chart
from eval.report.benchmarks.data import Row
from eval.report.benchmarks.lines import Line, Panel
from eval.report.benchmarks.numbers import Gain, number
from eval.report.benchmarks.views import Benchmark, View
from eval.report.wording import percent

_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")
# Those that do not break stay, such as that before a percent sign.
_SPACES = re.compile(r"[ \t\r\n\v\f\x1c-\x1f\x85\u2028\u2029]+")
# With a space behind it a bracket opens no element.
_OPENING = re.compile(r"<(?!\s)")
_VERDICTS = {"up": "▲", "down": "▼", "open": "not resolved", "flat": "not resolved, no spread"}


def markdown(
    name: str,
    baseline: str | None,
    view: View,
    cards: Sequence[ErrorCard],
    overlaps: Sequence[tuple[str, str, str, str]],
    notes: Sequence[str],
) -> str:
    """The document. Words from outside are escaped, so that they stay words."""
    blocks = [f"# {escaped(name)}: benchmarks", *(f"- {escaped(note)}" for note in notes)]
    blocks += ["## All benchmarks", _table(*_overview(view))]
    if view.gains:
        blocks += [f"## Gains over {escaped(baseline or '')}", *_gains("Benchmark", view.gains)]
    for benchmark in view.benchmarks:
        blocks += _benchmark(benchmark, view.models)
    if cards:
        blocks += ["## Worst errors", *(_card(card) for card in cards)]
    if overlaps:
        head = ("Task", "Items", "Entity trained on", "Picture trained on")
        blocks += ["## Overlap with the training data", _table(head, overlaps)]
    return "\n\n".join(blocks) + "\n"


def escaped(text: str) -> str:
    """Words as Markdown shows them untouched, in one line."""
    plain = _OPENING.sub("&lt;", text.replace("&", "&amp;").replace(">", "&gt;"))
    return _SPACES.sub(" ", _SPECIAL.sub(r"\\\1", plain)).strip()


def _overview(view: View) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    head = ("Benchmark", "Items", *view.models, "Pangea-7B, published")
    rows = [
        (
            each.title,
            each.overall.items,
            *(_scores(each.overall.scores.get(model, ())) for model in view.models),
            f"{percent(each.published.english)} English, {percent(each.published.multilingual)} other languages, "
            f"of {each.published_items} items"
            if each.published
            else "",
        )
        for each in view.benchmarks
        if each.overall
    ]
    return head, rows


def _benchmark(benchmark: Benchmark, models: Sequence[str]) -> Iterator[str]:
    yield f"## {escaped(benchmark.title)}"
    for statement in benchmark.statements:
        yield f"By the rule `{statement.rule}`: {escaped(statement.sentence)}"
    for each in benchmark.panels:
        yield f"### {escaped(each.panel.title)}"
        yield _table(*_lines(each.panel, models))
        if each.gains:
            yield from _gains(each.panel.title, each.gains)


def _lines(panel: Panel, models: Sequence[str]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    classed = panel.by == "language"
    head = ("Group", *(["Class"] if classed else []), "Items", *models)
    rows = [
        (
            line.heading.label,
            *([_level(line)] if classed else []),
            line.items,
            *(_scores(line.scores.get(model, ())) for model in models),
        )
        for line in panel.lines
        if line.scores
    ]
    return head, rows


def _level(line: Line) -> str:
    return "" if line.level is None else str(line.level)


def _scores(rows: Sequence[Row]) -> str:
    found = [number(row) for row in rows]
    return "; ".join(
        f"{each.rule} {each.value}"
        + (f" ({each.ends})" if each.ends else "")
        + (f", {each.counts}" if each.counts else "")
        for each in found
    )


def _gains(what: str, chart: Chart) -> Iterator[str]:
    head = (what, "Items", "Model", "Rule", "Points", "95 % interval", "p", "Found in 4 of 5", "")
    yield _table(
        head,
        [
            (row.heading.label, row.items, result.model, *_gain(gain))
            for row in chart.rows
            for result in row.results
            for gain in result.gains
        ],
    )


def _gain(gain: Gain) -> tuple[str, ...]:
    return gain.rule, gain.value, gain.ends, gain.p_value, gain.smallest, _VERDICTS[gain.verdict]


def _card(card: ErrorCard) -> str:
    place = ", ".join(part for part in (card.title, card.item_id, card.language, card.country) if part)
    lines = [f"- **{escaped(place)}**" + (f" [Q{card.qid}]({card.item_url})" if card.item_url else "")]
    lines.append(f"  - asked: {escaped(card.question.text)}")
    lines.append(f"  - right: {escaped('; '.join(answer.text for answer in card.answers))}")
    for said in card.replies:
        lines.append(f"  - {escaped(said.model)}: {escaped(said.reply.text)} ({_read(said)})")
        if said.judgement is not None:
            lines.append(f"    - judge {escaped(said.judge or '')}: {escaped(said.judgement)}")
    for sample in card.samples:
        asked = f"{sample.language}: {sample.question.text} {sample.answer.text}"
        guids = ", ".join(guid for guid, _ in sample.statements)
        lines.append(f"  - trained on {escaped(asked)} ({escaped(guids)}): `culturalground trace {sample.qa_id}`")
    return "\n".join(lines)


def _read(said: Said) -> str:
    return f"read as {escaped(said.parsed)}: {said.decided}" if said.parsed else said.decided


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [[escaped(cell) for cell in head], ["---"] * len(head), *([escaped(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
