"""Data for the layout alone: rows, losses and scores from formulas, in all languages and countries."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from PIL import Image

from eval.report.data import ReportData, Timing
from pipeline import vocabulary
from pipeline.commit import Counts
from pipeline.interval import wilson

Row = dict[str, Any]
LANGUAGES = tuple(vocabulary.languages())
COUNTRIES = tuple(vocabulary.countries())


def jpeg(number: int) -> bytes:
    """A small picture in a colour of its own."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), (37 * number % 256, 91 * number % 256, 53 * number % 256)).save(buffer, "JPEG")
    return buffer.getvalue()


def item(qid: int, language: str, kind: str = "open", number: int = 31, **changes: Any) -> Row:
    """A `schema.QA_ITEM` about a property, whose words are the own name of its language."""
    spoken = vocabulary.languages()[language]
    choices = [f"{spoken.own_name} {number}" for number in range(4)] if kind == "choice" else None
    question, answer = f"{spoken.own_name}?", choices[2] if choices else spoken.own_name
    return {
        "qa_id": 10**6 * qid + 100 * number + 2 * LANGUAGES.index(language) + (kind == "choice"), "qid": qid,
        "property": number,
        "statement_ids": [f"Q{qid}$made-up"], "rank": "normal", "dump_date": "2026-11-01",
        "template_id": f"class/{language}/{kind}/1/r1", "language": language, "kind": kind, "question": question,
        "answer": answer, "value_qid": None, "choices": choices, "choice_qids": None,
        "answer_index": 2 if choices else None, "answer_label_language": spoken.wikidata[0],
        "original_question": question, "original_answer": answer, "rephrase_status": None, "answer_status": None,
        "rephrase_model": None,
        "judge_status": None, "judge_model": None, "judge_reason": None, "picture_shows_entity": None,
        "answerable": None, "answer_supported": None, "fluent": None, **changes,
    }  # fmt: skip


def shard(qid: int, items: Sequence[Row], **changes: Any) -> Row:
    """A row of `schema.SHARDS`."""
    return {
        "qid": qid, "sha256": f"{qid:064x}", "country": COUNTRIES[qid % len(COUNTRIES)], "domain": "food",
        "num_sitelinks": 1, "items": list(items), "split": "train", "image": jpeg(qid), "width": 40, "height": 30,
        "title": f"Picture {qid}.jpg", "page_url": f"https://commons.wikimedia.org/wiki/File:Picture_{qid}.jpg",
        "author": "unknown", "licence": "CC0", "licence_url": "https://creativecommons.org/publicdomain/zero/1.0/",
        "attribution": f"Picture {qid}.jpg, unknown, CC0", **changes,
    }  # fmt: skip


def gallery(num: int = 24) -> list[Row]:
    """Pictures with both kinds of question in all languages."""
    return [
        shard(qid, [item(qid, language, kind) for language in LANGUAGES for kind in ("open", "choice")])
        for qid in range(1, num + 1)
    ]


def statistics(countries: Sequence[str] = COUNTRIES, languages: Sequence[str] = LANGUAGES) -> Row:
    """As `pipeline.dataset.statistics.statistics` gives it, for a data set of these countries and languages."""
    crossed = {
        country: {language: (7 * row + 11 * column) % 97 * row for column, language in enumerate(languages)}
        for row, country in enumerate(countries, start=1)
    }
    total = sum(sum(row.values()) for row in crossed.values())
    by_language = {language: sum(row[language] for row in crossed.values()) for language in languages}
    return {
        "num_samples": total, "num_pictures": 900, "num_entities": 800,
        "samples_by_split": {"test": total // 10, "train": total - total // 10},
        "samples_by_kind": {"choice": total // 3, "open": total - total // 3},
        "samples_by_country": {country: sum(row.values()) for country, row in crossed.items()},
        "samples_by_language": by_language, "samples_by_domain": {"food": total}, "samples_by_property": {"31": total},
        "samples_by_country_and_language": crossed,
    }  # fmt: skip


def losses(num_steps: int = 700) -> list[Row]:
    """A curve that falls and wobbles."""
    return [
        {
            "step": step, "loss": 0.9 + 2.6 * math.exp(-step / 90) + 0.12 * math.sin(1.7 * step), "num_tokens": 5200,
            "num_supervised_tokens": 640, "grad_norm": 1.2 + math.exp(-step / 40) + 0.3 * math.sin(2.3 * step),
            "learning_rate": 2e-5 * min(1.0, (step + 1) / 20) * (1 - step / num_steps), "fate": "learned",
        }
        for step in range(num_steps)
    ]  # fmt: skip


def validation_losses() -> list[Row]:
    """Looked at three times, in every language."""
    return [
        {"step": step, "language": language, "loss": 12.5 - step / 100 + number, "num_supervised_tokens": 90}
        for step in (200, 400, 700)
        for number, language in enumerate(LANGUAGES)
    ]


def scores() -> list[Row]:
    """Both kinds, every grouping, base and trained and their difference."""
    groups = [("all", "all", 4200)]
    groups += [("language", language, 20 + 9 * number) for number, language in enumerate(LANGUAGES)]
    groups += [("country", country, 30 + 5 * number) for number, country in enumerate(COUNTRIES)]
    groups += [("property", str(number), 300) for number in (0, 17, 31, 186, 571)]
    return [
        score(task="culturalground", kind=kind, by=by, group=group, **row)
        for kind, level in (("choice", 0.4), ("open", 0.12))
        for number, (by, group, num) in enumerate(groups)
        for row in _scored(num, level + 0.05 * math.sin(number), 0.12 + 0.12 * math.cos(2 * number))
    ]


def score(**changes: Any) -> Row:
    """A row of `schema.SCORES`."""
    return {
        "task": "t", "kind": "open", "rule": "strict", "metric": "accuracy", "by": "all", "group": "all",
        "model": "base", "baseline": None, "num_items": 9, "num_clusters": 9, "num_unparsed": 0, "num_unjudged": 0,
        "num_guessed": 0, "value": 0.5, "low": 0.4, "high": 0.6, "p_value": None, "smallest": None, **changes,
    }  # fmt: skip


def _scored(num: int, base: float, gain: float) -> list[Row]:
    rows: list[Row] = []
    for model, share in (("base", base), ("trained", base + gain)):
        found = wilson(round(num * share), num)
        rows.append(
            {
                "model": model, "num_items": num, "num_unparsed": num // 50, "value": found.estimate,
                "low": found.low, "high": found.high,
            }
        )  # fmt: skip
    difference, half = rows[1]["value"] - rows[0]["value"], 1.2 / math.sqrt(num)
    rows.append(
        {
            "model": "trained", "baseline": "base", "num_items": num, "value": difference,
            "low": difference - half, "high": difference + half, "p_value": 0.01, "smallest": 2.8 / math.sqrt(num),
        }
    )  # fmt: skip
    return rows


def funnel() -> list[tuple[str, Counts]]:
    """Stages with each way in which a row can go."""
    return [
        ("extract", Counts("lines", 1000, 700, {"no_picture": 250, "no_country": 48}, {"not_json": 2})),
        ("select", Counts("entities", 700, 500, {"not_cultural": 200})),
        ("questions", Counts("pictures", 500, 500, details={"items": 9000, "no_label": 300})),
        ("train", Counts("rows", 0, 0)),
    ]


def timings() -> list[Timing]:
    """One stage of seconds, one of days with GPUs."""
    return [Timing("extract", 40, 61.5, 118.0), Timing("train", 1, 190_000.0, 190_000.0, 1_520_000.0, 3_200_000_000)]


def report(**changes: Any) -> ReportData:
    """A full report."""
    full: Row = {
        "name": "made-up", "gallery": gallery(), "statistics": statistics(), "funnel": funnel(), "timings": timings(),
        "losses": losses(), "validation_losses": validation_losses(), "scores": scores(),
        "notes": ("Every number here is made up.",),
    }  # fmt: skip
    return ReportData(**{**full, **changes})
