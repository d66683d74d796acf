"""A model's reply to an item with what both rules make of it: a row of `schema.PREDICTIONS`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eval.tasks.stored import groups
from eval.tasks.task import Item, Reading, Rule, Score
from pipeline.generation.request import Reply

_NOT_ANSWERED = Score(None, "unparsed", "")


def prediction(
    task: str, model: str, item: Item, rules: tuple[Rule, Rule], reply: Reply, prompt_sha256: str
) -> dict[str, Any]:
    """The row.

    Args:
        task: the benchmark's name.
        model: its name in the run.
        item: what was asked.
        rules: the published one and ours.
        reply: what came back; one that failed is unparsed by both rules.
        prompt_sha256: key of the request.
    """
    paper, strict = (rule(item, reply.text) if reply.error is None else _NOT_ANSWERED for rule in rules)
    return {
        "task": task,
        "model": model,
        "item_id": item.item_id,
        "qid": item.qid,
        "cluster": item.cluster,
        "country": item.country,
        "language": item.language,
        "kind": item.kind,
        "groups": groups(item.groups),
        "question": item.prompt,
        "answers": list(item.answers),
        "prompt_sha256": prompt_sha256,
        "reply": reply.text,
        "status": "answered" if reply.error is None else f"failed: {reply.error}",
        "finish_reason": reply.finish_reason,
        "judge": None,
        "judgement": None,
        **_scored(paper, strict),
    }


def judged(
    row: Mapping[str, Any], judge: str, judgement: str | None, readings: tuple[Reading, Reading]
) -> dict[str, Any]:
    """The row once its reply was judged.

    Args:
        row: of `schema.PREDICTIONS`.
        judge: model@revision.
        judgement: what it said; None where it could not be asked.
        readings: how its words are read, as published and by us.
    """
    paper, strict = (read(judgement) for read in readings)
    return {**row, "judge": judge, "judgement": judgement, **_scored(paper, strict)}


def _scored(paper: Score, strict: Score) -> dict[str, Any]:
    return {
        "paper": paper.value,
        "paper_state": paper.state,
        "guessed": paper.guessed,
        "strict": strict.value,
        "strict_state": strict.state,
        "parsed": strict.parsed,
    }
