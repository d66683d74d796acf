"""Scores and errors for the layout alone, from formulas: three models, twelve tasks, every language and country."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import Any

from PIL import Image

from eval.report.benchmarks.data import BenchmarkData, Overlap, Sample, WorstError
from eval.tasks.listing import TASKS
from tests.eval.report.made_up import COUNTRIES, LANGUAGES, score

Row = dict[str, Any]
BASELINE = "Pangea-7B-hf"
MODELS = (BASELINE, "base", "CulturalPangea-7B")
LOCAL = ("cvqa", "world_cuisines", "alm_bench")
ASKED = (*LOCAL, "cvqa_en", "marvl", "xm100", "maxm", "xgqa", "merlin", "m3exam", "xmmmu")
QUESTIONS = {
    "ar": ("ما اسم هذا الطبق التقليدي الذي يُقدَّم في الأعياد؟", "الكبسة"),
    "ur": ("اس تصویر میں دکھائی گئی عمارت کس شہر میں واقع ہے؟", "لاہور"),
    "ta": ("இந்தப் படத்தில் காட்டப்பட்டுள்ள கோயில் எந்த மாவட்டத்தில் அமைந்துள்ளது?", "தஞ்சாவூர் மாவட்டம்"),
    "th": ("อาหารในภาพนี้มีชื่อว่าอะไรและมาจากจังหวัดใดของประเทศไทย", "ข้าวซอย จังหวัดเชียงใหม่"),
    "am": ("በዚህ ምስል ላይ የሚታየው ባህላዊ ምግብ ምን ይባላል?", "ዶሮ ወጥ"),
    "ja": ("この写真に写っている祭りはどの都市で行われますか。", "京都市"),
    "en": (
        "What is this building called?\nA. Casa Rosada\nB. Palacio de Bellas Artes\nC. None of these\nD. Louvre",
        "B",
    ),
    "my": ("ဤဓာတ်ပုံရှိ ပွဲတော်၏ အမည်မှာ အဘယ်နည်း။", "သင်္ကြန်"),
}


def scores() -> list[Row]:
    """Every task by both rules, all models, with gains over the baseline, and one measure of all replies."""
    rows: list[Row] = []
    for number, task in enumerate(("culturalground", *ASKED)):
        languages = LANGUAGES if task in ("culturalground", "alm_bench") else TASKS[task].source.languages
        kinds = ("choice", "open") if task == "culturalground" else ("judged" if task == "alm_bench" else "choice",)
        for kind in kinds:
            groups = [("all", "all", 6200 + number), ("macro", "language", 6200 + number)]
            groups += [("language", language, 20 + 17 * place) for place, language in enumerate(languages)]
            if task in (*LOCAL, "culturalground"):
                there = [country for place, country in enumerate(COUNTRIES) if (place + number) % 9 or number == 0]
                groups += [("country", country, 25 + 13 * place) for place, country in enumerate([*there, "Peru"])]
            groups += [("category", f"Plants and animals {place}", 90) for place in range(3)]
            for place, (by, group, num) in enumerate(groups):
                rows += _scored({"task": task, "kind": kind, "by": by, "group": group}, num, number + place)
    cider = {"task": "xm100", "kind": "choice", "metric": "cider", "low": None, "high": None}
    rows += [
        score(**cider, by=by, group=group, model=model, value=0.31, num_items=100)
        for by, group in (("all", "all"), ("language", "th"))
        for model in MODELS
    ]
    return rows


def _scored(place: Row, num: int, wave: int) -> list[Row]:
    rows: list[Row] = []
    half = 0.9 / math.sqrt(num)
    for rule, more in (("strict", 0.0), ("paper", 0.03)):
        levels = [0.45 + 0.2 * math.sin(wave) + more, 0.42 + 0.2 * math.sin(wave) + more, 0.5 + 0.2 * math.cos(wave)]
        for model, level in zip(MODELS, levels, strict=True):
            counts = {
                "num_unparsed": num // 40,
                "num_unjudged": num // 90,
                "num_guessed": num // 60 * (rule == "paper"),
            }
            told = {**place, "rule": rule, "model": model, "num_items": num, **counts}
            rows.append(score(**told, value=level, low=level - half, high=min(1.0, level + half)))
            if model != BASELINE:
                gain = level - levels[0]
                smallest = None if num < 40 else 2.8 / math.sqrt(num)
                p_value = math.exp(-abs(gain) * math.sqrt(num))
                ends = {"value": gain, "low": gain - half, "high": gain + half}
                rows.append(score(**told, **ends, baseline=BASELINE, p_value=p_value, smallest=smallest))
    return rows


def prediction(model: str, number: int, language: str = "en", **changes: object) -> Row:
    """A row of `schema.PREDICTIONS`, wrong by our rule."""
    question, answer = QUESTIONS.get(language, (f"Question {number}?", "right"))
    return {
        "task": "cvqa", "model": model, "item_id": f"item-{number}", "qid": number, "cluster": f"{number:064x}",
        "country": COUNTRIES[number % len(COUNTRIES)], "language": language, "kind": "open", "groups": [],
        "question": question, "answers": [answer], "prompt_sha256": "0" * 64, "reply": "I cannot tell from this one.",
        "status": "answered", "finish_reason": "stop", "judge": None, "judgement": None, "paper": 0.0,
        "paper_state": "scored", "guessed": False, "strict": 0.0, "strict_state": "scored", "parsed": "cannot tell",
        **changes,
    }  # fmt: skip


def picture(width: int, height: int) -> bytes:
    """A PNG with a gradient."""
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def errors() -> list[WorstError]:
    """One of each script, with and without picture, judge, baseline and samples."""
    found = []
    for number, (language, (question, answer)) in enumerate(QUESTIONS.items()):
        judged = {"judge": "judge-7B@main", "judgement": '{"score": 2, "why": "names another dish"}'}
        right = prediction(BASELINE, number, language, reply=answer, strict=1.0, parsed=answer)
        sample = Sample(
            10**9 + number, language, question, answer, (f"Q{number}$4c2f8a50-0000-4000-8000-00000000000a",)
        )
        found.append(
            WorstError(
                prediction(MODELS[2], number, language, **(judged if number % 2 else {})),
                right if number % 3 else None,
                picture(640, 300 + 60 * number) if number % 4 else None,
                (sample,) * (number % 3),
            )
        )
    return found


def overlaps() -> list[Overlap]:
    return [Overlap("merlin", 7159, 812, None), Overlap("cvqa", 10374, None, 37), Overlap("alm_bench", 0, 0, 0)]


def data(**changes: Any) -> BenchmarkData:
    """Everything."""
    full: Row = {
        "name": "made-up", "scores": scores(), "baseline": BASELINE, "errors": errors(), "overlaps": overlaps(),
        "notes": ("Every number here is made up.",),
    }  # fmt: skip
    return BenchmarkData(**{**full, **changes})


def small(rows: Sequence[Row], **changes: Any) -> BenchmarkData:
    """Some scores and nothing else."""
    return BenchmarkData("small", rows, **changes)
