"""Judging the items of one picture: scores by point with a reason, verdicts, and whether the picture is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline import vocabulary
from pipeline.generation.asking import Row, Scope, Tally, ask, first_error
from pipeline.generation.by_language import named
from pipeline.generation.draw import seed
from pipeline.generation.necessity import Necessity, answered_blind, blind_request
from pipeline.generation.prompt_file import Prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Request
from pipeline.generation.scores import PICTURE, POINTS, scored, verdicts
from pipeline.questions.subject import told_name

SLOTS = frozenset({"language", "original", "original_answer", "question", "options", "answer"})
KEYS = frozenset({"reason", *POINTS} - {PICTURE})
PICTURE_SLOTS = SLOTS | {"entity", "kind"}
PICTURE_KEYS = KEYS | {PICTURE}
_NAME_PROPERTY = 0
_JUDGE, _BLIND = "judge", "blind"


@dataclass(frozen=True)
class Judging:
    """How items are judged.

    Attributes:
        scope: which are.
        prompt: slots `SLOTS`, where there is no picture to show.
        picture_prompt: slots `PICTURE_SLOTS`, where there is.
        thresholds: language -> point -> least score of a verdict that is true.
        necessity: which are asked without their picture too, and how; None for no item.
    """

    scope: Scope
    prompt: Prompt
    picture_prompt: Prompt
    thresholds: Mapping[str, Mapping[str, int]]
    necessity: Necessity | None = None

    def asked_blind(self, group: Row) -> list[Row]:
        """Items of a row that are asked without their picture: only such as are judged."""
        if self.necessity is None:
            return []
        return [item for item in self.scope.asked(group) if self.necessity.scope.reason_against(item) is None]


async def judge_group(
    group: Row, image: bytes | None, engine: Engine, store: ReplyStore, settings: Judging
) -> tuple[Row, Tally]:
    """A row of `rephrased` as a row of `judged`: the same items, each with verdicts or the reason why it has none.

    Args:
        group: a row of `schema.REPHRASED`.
        image: the picture's bytes, or None to judge by the text alone.
        engine: answers what is not in the store.
        store: of this stage.
        settings: what is asked, and about which items.

    Raises:
        EngineDied: the engine must be replaced.
        UserError: storage or the engine refuse.
    """
    asked = sorted(settings.scope.asked(group), key=lambda item: str(item["language"]))
    requests = {(_JUDGE, item["qa_id"]): request_of(item, group, image, settings) for item in asked}
    if settings.necessity is not None:
        for item in settings.asked_blind(group):
            requests[_BLIND, item["qa_id"]] = blind_request(item, settings.necessity)
    replies, work = await ask(requests, group["sha256"], engine, store)
    tally = Tally(work=work, error=first_error(replies.values()))
    items: list[Row] = []
    for item in group["items"]:
        reason = settings.scope.reason_against(item)
        if reason is None:
            scores = scored(replies[_JUDGE, item["qa_id"]], image is not None)
            blind = replies.get((_BLIND, item["qa_id"]))
            items.append(
                {
                    **item,
                    **scores,
                    **verdicts(scores, settings.thresholds[item["language"]]),
                    "answered_blind": None if blind is None else answered_blind(blind, item, group),
                    "judge_model": named(engine, item["language"]),
                }
            )
        else:
            items.append({**item, "judge_status": reason})
        tally.items[items[-1]["judge_status"]] += 1
    return {**group, "items": items}, tally


def request_of(item: Row, group: Row, image: bytes | None, settings: Judging) -> Request:
    """What the model is asked about one item; with the picture where there is one."""
    prompt = settings.prompt if image is None else settings.picture_prompt
    values = {
        "language": vocabulary.languages()[item["language"]].name,
        "original": item["original_question"],
        "original_answer": item["original_answer"],
        "question": item["question"],
        "options": " | ".join(item["choices"] or ()) or "-",
        "answer": item["answer"],
        "entity": entity_name(group, item) or "-",
        "kind": vocabulary.domains()[group["domain"]],
    }
    return Request(
        prompt.system,
        prompt.render(values),
        image,
        None if image is None else group["sha256"],
        prompt.schema,
        prompt.max_tokens,
        prompt.temperature,
        seed(item["qa_id"], "judge"),
        item["language"],
    )


def entity_name(group: Row, item: Row) -> str | None:
    """What the thing is called: in the template's quotation marks, else as other items of the row tell.

    These answer what it is called, or have it in quotation marks; in the item's language, else in English, else in the
    first by code that has a name.
    """
    told = told_name(item)
    if told is not None:
        return told
    names = {each["language"]: each["original_answer"] for each in group["items"] if each["property"] == _NAME_PROPERTY}
    for each in group["items"]:
        name = told_name(each)
        if name is not None:
            names.setdefault(each["language"], name)
    return names.get(item["language"]) or names.get("en") or next((names[code] for code in sorted(names)), None)
