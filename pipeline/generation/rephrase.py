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
from pipeline.generation.retry import Retry

SLOTS = frozenset({"language", "question"})
KEYS = frozenset({"question"})
REPHRASED, RETRIED = "rephrased", "rephrased:retry"


@dataclass(frozen=True)
class Rephrasing:
    """Which items are reworded, with what prompt (slots `SLOTS`), and what is said at a second try, if there is one."""

    scope: Scope
    prompt: Prompt
    retry: Retry | None = None


async def rephrase_group(
    group: Row, image: bytes | None, engine: Engine, store: ReplyStore, settings: Rephrasing
) -> tuple[Row, Tally]:
    """A row of `questions` as a row of `rephrased`: the same items, each with its wording and its status.

    The first replies are stored before anything is asked a second time, and the second request is a function of the
    first reply: who is stopped between the two asks nothing twice.

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
    first = {item["qa_id"]: wording_in(replies[item["qa_id"]], item) for item in asked}
    again = {
        qa_id: second
        for qa_id, request in requests.items()
        if (second := second_request(request, first[qa_id], qa_id, settings.retry)) is not None
    }
    second_replies, more = await ask(again, group["sha256"], engine, store)
    tally = Tally(work=work + more)
    items: list[Row] = []
    for item in group["items"]:
        reason, qa_id = settings.scope.reason_against(item), item["qa_id"]
        if reason is None:
            mended = wording_in(second_replies[qa_id], item) if qa_id in second_replies else None
            items.append(reworded(item, first[qa_id], mended, f"{engine.model}@{engine.revision}"))
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
        item["language"],
    )


def second_request(request: Request, first: str | Reason, qa_id: int, retry: Retry | None) -> Request | None:
    """What the model is asked after the first try, if anything: only where that may mend what failed."""
    return retry.request(request, first, qa_id) if retry is not None and isinstance(first, Reason) else None


def wording_in(reply: Reply, item: Row) -> str | Reason:
    """The rewording in a reply about an item, or why it may not be used."""
    return check(reply, item["original_question"], item["original_answer"], item["language"])


def reworded(item: Row, first: str | Reason, second: str | Reason | None, model: str) -> Row:
    """The item with the wording of the last try, or with its template and the reason why it kept that.

    Args:
        item: of `schema.QA_ITEM`.
        first: what came of the first try.
        second: what came of the second, or None if there was none.
        model: and its revision.
    """
    wording = first if second is None else second
    if isinstance(wording, Reason):
        return {**item, "rephrase_status": f"kept:{wording.value}", "rephrase_model": model}
    status = REPHRASED if second is None else RETRIED
    return {**item, "question": wording, "rephrase_status": status, "rephrase_model": model}
