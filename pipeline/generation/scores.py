"""What the judge says of one item: scores in its reply, and the verdicts that thresholds make of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, get_args

import msgspec

from pipeline.generation.request import Reply
from pipeline.generation.settings import Point
from pipeline.generation.text import tidied

POINTS: tuple[str, ...] = get_args(Point)
PICTURE = POINTS[0]
JUDGED = "judged"
# Characters. An endpoint may know nothing of the limit in the prompt's schema.
MAX_REASON = 200

_Score = Annotated[int, msgspec.Meta(ge=1, le=5)]


class _Reply(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    answerable: _Score
    answer_supported: _Score
    fluent: _Score
    picture_shows_entity: _Score | None = None


def scored(reply: Reply, saw_picture: bool) -> dict[str, Any]:
    """Status of an item with its scores and their reason, or status alone; columns of `schema.QA_ITEM`.

    Args:
        reply: of a model, finished, cut off or failed.
        saw_picture: whether the request had the picture, so that there must be a score for it.
    """
    if reply.finish_reason == "error":
        return {"judge_status": "engine_error"}
    if reply.finish_reason == "length":
        return {"judge_status": "cut_off"}
    try:
        said = msgspec.json.decode(reply.text.encode(), type=_Reply)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return {"judge_status": "not_json"}
    if (said.picture_shows_entity is not None) != saw_picture:
        return {"judge_status": "not_json"}
    scores = {f"score_{point}": getattr(said, point) for point in POINTS}
    return {"judge_status": JUDGED, "judge_reason": tidied(said.reason)[:MAX_REASON] or None, **scores}


def verdicts(scores: Mapping[str, Any], thresholds: Mapping[str, int]) -> dict[str, bool | None]:
    """Verdict columns and `passes`, all None where there is no score.

    Args:
        scores: what `scored` gives.
        thresholds: by point, the least score of a verdict that is true.
    """
    found: dict[str, bool | None] = {}
    for point in POINTS:
        score = scores.get(f"score_{point}")
        found[point] = None if score is None else score >= thresholds[point]
    given = [verdict for verdict in found.values() if verdict is not None]
    return {**found, "passes": all(given) if given else None}
