"""Judging the items of one picture: does the answer hold, is the language right, does the picture show the thing."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from pipeline import vocabulary
from pipeline.generation.asking import Row, Scope, Tally, ask
from pipeline.generation.draw import seed
from pipeline.generation.prompt_file import Prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Reply, Request
from pipeline.generation.text import quoted_name

SLOTS = frozenset({"language", "original", "question", "options", "answer"})
KEYS = frozenset({"answer_supported", "language_right"})
PICTURE_SLOTS = SLOTS | {"entity"}
PICTURE_KEYS = KEYS | {"picture_shows_entity"}
JUDGED = "judged"
_NAME_PROPERTY = 0


@dataclass(frozen=True)
class Judging:
    """Which items are judged; `picture_prompt` (slots `PICTURE_SLOTS`) where the picture is shown, else `prompt`."""

    scope: Scope
    prompt: Prompt
    picture_prompt: Prompt


class _Verdicts(msgspec.Struct, forbid_unknown_fields=True):
    answer_supported: bool
    language_right: bool
    picture_shows_entity: bool | None = None


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
    requests = {item["qa_id"]: request_of(item, group, image, settings) for item in asked}
    replies, work = await ask(requests, group["sha256"], engine, store)
    tally = Tally(work=work)
    items: list[Row] = []
    for item in group["items"]:
        reason = settings.scope.reason_against(item)
        if reason is None:
            request, reply = requests[item["qa_id"]], replies[item["qa_id"]]
            verdicts = judged(reply, request.image is not None)
            items.append({**item, **verdicts, "judge_model": f"{engine.model}@{engine.revision}"})
        else:
            items.append({**item, "judge_status": reason})
        tally.items[items[-1]["judge_status"]] += 1
    return {**group, "items": items}, tally


def request_of(item: Row, group: Row, image: bytes | None, settings: Judging) -> Request:
    """What the model is asked about one item; with the picture only where there is a name to compare it with."""
    name = None if image is None else entity_name(group, item)
    prompt = settings.prompt if name is None else settings.picture_prompt
    values = {
        "language": vocabulary.languages()[item["language"]].name,
        "original": item["original_question"],
        "question": item["question"],
        "options": " | ".join(item["choices"] or ()) or "-",
        "answer": item["answer"],
        "entity": name or "",
    }
    return Request(
        prompt.system,
        prompt.render(values),
        None if name is None else image,
        None if name is None else group["sha256"],
        prompt.schema,
        prompt.max_tokens,
        prompt.temperature,
        seed(item["qa_id"], "judge"),
        item["language"],
    )


def entity_name(group: Row, item: Row) -> str | None:
    """What the thing is called: in the template's quotation marks, else as the row's questions for its name answer."""
    quoted = quoted_name(item["original_question"])
    if quoted is not None:
        return quoted
    names = {each["language"]: each["original_answer"] for each in group["items"] if each["property"] == _NAME_PROPERTY}
    return names.get(item["language"]) or names.get("en") or next((names[code] for code in sorted(names)), None)


def judged(reply: Reply, saw_picture: bool) -> Row:
    """Status and verdicts of an item."""
    if reply.finish_reason == "error":
        return {"judge_status": "engine_error"}
    if reply.finish_reason == "length":
        return {"judge_status": "cut_off"}
    try:
        verdicts = msgspec.json.decode(reply.text.encode(), type=_Verdicts)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return {"judge_status": "not_json"}
    if (verdicts.picture_shows_entity is not None) != saw_picture:
        return {"judge_status": "not_json"}
    return {"judge_status": JUDGED, **msgspec.structs.asdict(verdicts)}
