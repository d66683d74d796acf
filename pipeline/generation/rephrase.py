"""Rewording the questions about one picture; the answers stay what the statements ground."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import vocabulary
from pipeline.generation.asking import Row, Scope, Tally, ask
from pipeline.generation.checks import Reason, check
from pipeline.generation.draw import seed
from pipeline.generation.prompt_file import Prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Reply, Request

SLOTS = frozenset({"language", "question"})
KEYS = frozenset({"question"})
REPHRASED = "rephrased"


@dataclass(frozen=True)
class Rephrasing:
    """Which items are reworded, and with what prompt (slots `SLOTS`)."""

    scope: Scope
    prompt: Prompt


async def rephrase_group(
    group: Row, image: bytes | None, engine: Engine, store: ReplyStore, settings: Rephrasing
) -> tuple[Row, Tally]:
    """A row of `questions` as a row of `rephrased`: the same items, each with its wording and its status.

    Args:
        group: a row of `schema.QUESTIONS`.
        image: the picture's bytes, or None to reword from the text alone.
        engine: answers what is not in the store.
        store: of this stage.
        settings: what is asked, and about which items.

    Raises:
        EngineDied: the engine must be replaced.
        UserError: storage or the engine refuse.
    """
    # Side by side, requests in one language share the longest beginning.
    asked = sorted(settings.scope.asked(group), key=lambda item: str(item["language"]))
    requests = {item["qa_id"]: request_of(item, image, group["sha256"], settings.prompt) for item in asked}
    replies, work = await ask(requests, group["sha256"], engine, store)
    tally = Tally(work=work)
    items: list[Row] = []
    for item in group["items"]:
        reason = settings.scope.reason_against(item)
        if reason is None:
            items.append(reworded(item, replies[item["qa_id"]], f"{engine.model}@{engine.revision}"))
        else:
            items.append({**item, "rephrase_status": f"kept:{reason}"})
        tally.items[items[-1]["rephrase_status"]] += 1
    return {**group, "items": items}, tally


def request_of(item: Row, image: bytes | None, sha256: str, prompt: Prompt) -> Request:
    """What the model is asked about one item. The answer is not told, so that it cannot slip into the question."""
    language = vocabulary.languages()[item["language"]].name
    return Request(
        prompt.system,
        prompt.render({"language": language, "question": item["original_question"]}),
        image,
        None if image is None else sha256,
        prompt.schema,
        prompt.max_tokens,
        prompt.temperature,
        seed(item["qa_id"], "rephrase"),
    )


def reworded(item: Row, reply: Reply, model: str) -> Row:
    """The item with the wording in a reply, or with its template and the reason why it kept that."""
    if reply.finish_reason == "error":
        return {**item, "rephrase_status": "kept:engine_error", "rephrase_model": model}
    wording = check(reply, item["original_question"], item["original_answer"], item["language"])
    if isinstance(wording, Reason):
        return {**item, "rephrase_status": f"kept:{wording.value}", "rephrase_model": model}
    return {**item, "question": wording, "rephrase_status": REPHRASED, "rephrase_model": model}
