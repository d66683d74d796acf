"""`culturalground review`: sheets for native speakers, and what comes back of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jobs.chain import survey
from jobs.run_config import RunConfig
from pipeline import vocabulary
from pipeline.errors import InputError, UserError
from pipeline.questions.switched_off import templates
from pipeline.questions.templates import shipped_catalogue
from pipeline.review.acceptance import Acceptance, by_language, by_template, current, switched_off
from pipeline.review.reading import known_items, newest, sample
from pipeline.review.sheet_csv import read_sheet, refuse, sheet_csv
from pipeline.review.sheet_html import sheet_html
from pipeline.review.templates import Templates, parse_template
from pipeline.review.verdict import Verdict
from pipeline.review.verdict_file import digest_of, fold, read_history, valid_verdicts, write_history
from pipeline.storage import open_object, open_storage

FOLDER, VERDICTS = "reviews", "verdicts.csv"
# A page of more pictures would be too large for a phone, and nobody judges as many in one go.
MOST = 1000

Sheets = dict[str, tuple[str, list[tuple[int, Verdict]]]]


def review(config: RunConfig, options: argparse.Namespace) -> int:
    """Make a sheet, or take verdicts in.

    Raises:
        UserError: the run has no questions yet, or a sheet is faulty; then nothing is imported.
    """
    if (options.language is None) == (not options.sheets):
        raise UserError("review: give --language for a new sheet, or --import with sheets that came back")
    for line in _take_in(config, options) if options.sheets else _make(config, options):
        print(line)
    return 0


def _make(config: RunConfig, options: argparse.Namespace) -> Iterator[str]:
    if not 1 <= options.num <= MOST:
        raise UserError(f"--n {options.num}: a sheet has 1 to {MOST} questions; make another with another --seed")
    if options.language not in config.questions.languages:
        raise UserError(f"--language {options.language}: this run asks no questions in it (questions.languages)")
    outputs = {stage.name: stage.output for stage in survey(config) if stage.output is not None}
    items = newest(outputs)
    if items is None:
        raise UserError("review: `questions` is not complete for this config; run it first")
    storage, known = open_storage(config.output), templates(shipped_catalogue())
    drawn = sample(items, outputs["images"], storage, options.language, options.num, options.seed, known)
    if not drawn:
        raise UserError(f"review: this run made no questions in {options.language}")
    name = f"{config.name}-{options.language}-{options.num}-seed{options.seed}"
    folder = Path(options.into or FOLDER)
    page, table = folder / f"{name}.html", folder / f"{name}.csv"
    data = sheet_csv(drawn)
    if table.exists() and table.read_bytes() != data:
        raise UserError(f"{table}: is there already and differs; somebody may have judged in it: move it away first")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        page.write_text(sheet_html(name, config.name, options.language, drawn), encoding="utf-8")
        table.write_bytes(data)
    except OSError as error:
        raise UserError(f"--into {folder}: cannot be written ({error.strerror})") from error
    num_pictures = len({item.image["sha256"] for item in drawn})
    num_templates = len({item.item["template_id"] for item in drawn})
    yield f"{len(drawn)} questions, {num_pictures} pictures, {num_templates} wordings, of stage {items.manifest.stage}"
    yield f"{page}: for a browser, also on a phone; its button saves the verdicts as a file"
    yield f"{table}: the same as a table, for those who prefer one"


def _take_in(config: RunConfig, options: argparse.Namespace) -> Iterator[str]:
    uri = options.into or config.questions.verdicts or f"{FOLDER}/{VERDICTS}"
    known = templates(shipped_catalogue())
    sheets: Sheets = {}
    for path in options.sheets:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise InputError(f"{path}: cannot be read ({error.strerror})") from error
        sheets[str(path)] = (digest_of(data), read_sheet(data, str(path)))
    _check(config, sheets, known)
    storage, name = open_object(uri)
    history = read_history(storage.read(name), uri) if storage.stat(name) is not None else []
    verdicts = {path: (digest, [verdict for _, verdict in rows]) for path, (digest, rows) in sheets.items()}
    folded = fold(history, verdicts)
    if folded.num_added:
        storage.write(name, write_history(folded.history))
    for path in folded.known:
        yield f"{path}: was imported before"
    yield (
        f"{uri}: {folded.num_added} new verdicts; {folded.num_replaced} replaced an earlier one of the same reviewer, "
        f"{folded.num_empty} rows were empty"
    )
    valid = current(valid_verdicts(folded.history), known)
    off = switched_off(valid, config.questions.min_acceptance)
    yield from _accepted("language", by_language(valid), frozenset())
    yield from _accepted("template", by_template(valid), off)
    if off and config.questions.verdicts is None:
        yield f"the next run leaves {len(off)} wordings out if it has questions.verdicts={uri}"


def _check(config: RunConfig, sheets: Sheets, known: Templates) -> None:
    """Refuse verdicts on what is not in any run with this output.

    Raises:
        InputError: names file and row.
    """
    wanted = {verdict.qa_id for _, rows in sheets.values() for _, verdict in rows}
    there = known_items(open_storage(config.output), wanted)
    for path, (_, rows) in sheets.items():
        faults: list[tuple[int, str]] = []
        for number, verdict in rows:
            fault = known.fault(verdict.template_id)
            template, found = parse_template(verdict.template_id), there.get(verdict.qa_id)
            if fault is None and found is None:
                fault = f"no run with output {config.output} has the item {verdict.qa_id}; give the sheet's own config"
            elif fault is None and template is not None and found is not None and template.asked != found.asked:
                fault = f"item {verdict.qa_id} has a template of {'/'.join(found.asked)}, not {verdict.template_id}"
            if fault is not None:
                faults.append((number, fault))
        refuse(path, faults)


def _accepted(what: str, found: Mapping[str, Acceptance], off: frozenset[str]) -> Iterator[str]:
    if found:
        yield from _columns([(what, "question good (95 %)", "can be answered", "answer right", "picture fits", "")])
    rows = [
        (
            _named(name),
            str(said.questions),
            str(said.answerable),
            str(said.answers),
            str(said.pictures),
            "switched off" if name in off else "",
        )
        for name, said in found.items()
    ]
    yield from _columns(rows)


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for name, *cells in rows:
        yield f"  {name:<34}" + "".join(f"{cell:<32}" for cell in cells).rstrip()


def _named(name: str) -> str:
    return vocabulary.languages()[name].name if name in vocabulary.languages() else name
