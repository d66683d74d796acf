"""Rewording the questions about one picture and their answers; what they mean stays what the statements ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.generation.accounts import Accounts
from pipeline.generation.answers import AnswerReason, check_answer
from pipeline.generation.asking import Row, Scope, Tally, ask, first_error
from pipeline.generation.batch import Batch, Part, batches
from pipeline.generation.by_language import named
from pipeline.generation.checks import Reason, check_question
from pipeline.generation.prompt_file import Prompt
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Reply, Request
from pipeline.generation.retry import Retry
from pipeline.reading import comparable

SLOTS = frozenset({"language", "examples", "items"})
KEYS = frozenset({"question", "reply"})
REPHRASED, RETRIED = "rephrased", "rephrased:retry"


@dataclass(frozen=True)
class Rephrasing:
    """What is asked, and about which items.

    Attributes:
        scope: which items.
        prompt: with the slots `SLOTS`, the schema and the length of one item's part of a reply.
        retry: what is said at a second try, if there is one.
        items_per_request: at most.
        answers: whether the answers of open items are reworded too.
        examples: of a language, as its prompts show them.
    """

    scope: Scope
    prompt: Prompt
    retry: Retry | None = None
    items_per_request: int = 1
    answers: bool = True
    examples: Mapping[str, str] = field(default_factory=dict)

    def first(self, group: Row) -> list[Batch]:
        """What is asked about a row of `schema.QUESTIONS` at the first try."""
        return batches(self.scope.asked(group), self.items_per_request, self.answers)

    def request(self, batch: Batch, image: bytes | None, sha256: str) -> Request:
        """A batch as a request; `image` None rewords from the text alone."""
        return batch.request(self.prompt, self.examples.get(batch.language, ""), image, sha256)

    def second(self, batch: Batch, reply: Reply, tried: Mapping[int, Tried]) -> list[Batch]:
        """What is asked at the second try, a function of the first reply alone.

        What was refused goes into one request again. Where the whole reply was of no use, each item goes alone: the
        batch may have been what was too much for the model. An item that was cut off alone will be so again.

        Args:
            batch: of the first try.
            reply: to it.
            tried: what came of its items, by `qa_id`.
        """
        if self.retry is None or (reply.finish_reason == "length" and len(batch.items) == 1):
            return []
        came = {qa_id: self.retry.note(each.question, each.answer) for qa_id, each in tried.items()}
        notes = {qa_id: note for qa_id, note in came.items() if note is not None}
        again = [item for item in batch.items if item["qa_id"] in notes]
        size = 1 if isinstance(batch.parts(reply), Reason) else self.items_per_request
        return batches(again, size, self.answers, notes)


@dataclass(frozen=True)
class Tried:
    """What came of one try at an item: words, or why they may not be used. An answer is None where none was asked."""

    question: str | Reason
    answer: str | Reason | AnswerReason | None


async def rephrase_group(
    group: Row, image: bytes | None, engine: Engine, store: ReplyStore, settings: Rephrasing
) -> tuple[Row, Tally]:
    """A row of `questions` as a row of `rephrased`: the same items, each with its words and its statuses.

    The first replies are stored before anything is asked a second time, and a second request is a function of one first
    reply: who is stopped between the two asks nothing twice.

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
    sha256 = group["sha256"]

    async def replies_to(asked: Sequence[Batch]) -> tuple[list[tuple[Batch, Reply]], Accounts]:
        """Items that have no room in the model's window together are asked about one by one."""
        requests = {number: settings.request(batch, image, sha256) for number, batch in enumerate(asked)}
        replies, work = await ask(requests, sha256, engine, store)
        found, alone = list[tuple[Batch, Reply]](), list[Batch]()
        for number, batch in enumerate(asked):
            if replies[number].has_no_room and len(batch.items) > 1:
                alone += batch.apart()
            else:
                found.append((batch, replies[number]))
        if not alone:
            return found, work
        more, more_work = await replies_to(alone)
        return found + more, work + more_work

    first, second = dict[int, Tried](), dict[int, Tried]()
    replied, work = await replies_to(settings.first(group))
    again = list[Batch]()
    for batch, reply in replied:
        came = outcome(batch, reply, group)
        first |= came
        again += settings.second(batch, reply, came)
    replied_again, more = await replies_to(again)
    for batch, reply in replied_again:
        second |= outcome(batch, reply, group)
    tally = Tally(work=work + more, error=first_error(reply for _, reply in (*replied, *replied_again)))
    items: list[Row] = []
    for item in group["items"]:
        reason, qa_id = settings.scope.reason_against(item), item["qa_id"]
        if reason is None:
            items.append(reworded(item, first[qa_id], second.get(qa_id), named(engine, item["language"])))
        else:
            items.append({**item, "rephrase_status": f"kept:{reason}"})
        tally.items[items[-1]["rephrase_status"]] += 1
    return {**group, "items": items}, tally


def outcome(batch: Batch, reply: Reply, group: Row) -> dict[int, Tried]:
    """What came of each item of a batch, by `qa_id`.

    Args:
        batch: what was asked.
        reply: to it.
        group: the row that the items are of. What the batch told of the other items must not be in an item's words;
            all that any batch might tell is looked for, so that it does not matter how they are grouped.
    """
    parts = batch.parts(reply)
    each = [parts] * len(batch.items) if isinstance(parts, Reason) else parts
    told = [item["original_answer"] for item in group["items"] if _in(item, batch.language) and batch.wants_reply(item)]
    return {
        item["qa_id"]: _tried(part, item, batch.wants_reply(item), told)
        for item, part in zip(batch.items, each, strict=True)
    }


def _in(item: Row, language: str) -> bool:
    return bool(item["language"] == language)


def _tried(part: Part | Reason, item: Row, wants_reply: bool, told: Sequence[str]) -> Tried:
    if isinstance(part, Reason):
        return Tried(part, part if wants_reply else None)
    template, label, language = item["original_question"], item["original_answer"], item["language"]
    others = [answer for answer in told if comparable(answer) != comparable(label)]
    question = check_question(part.question, template, label, language, others)
    if not wants_reply:
        return Tried(question, None)
    if part.reply is None:
        return Tried(question, Reason.NOT_JSON)
    return Tried(question, check_answer(part.reply, label, template, language, others))


def reworded(item: Row, first: Tried, second: Tried | None, model: str) -> Row:
    """The item with the first words that may be used, or with what it had and the reason of the last try.

    Args:
        item: of `schema.QA_ITEM`.
        first: what came of the first try.
        second: what came of the second, or None if there was none.
        model: and its revision.
    """
    question, status = _last(first.question, None if second is None else second.question)
    changed = {"rephrase_status": status, "rephrase_model": model}
    if question is not None:
        changed["question"] = question
    if first.answer is not None:
        answer, changed["answer_status"] = _last(first.answer, None if second is None else second.answer)
        if answer is not None:
            changed["answer"] = answer
    return {**item, **changed}


def _last(first: str | Reason | AnswerReason, second: str | Reason | AnswerReason | None) -> tuple[str | None, str]:
    """Words and status."""
    if isinstance(first, str):
        return first, REPHRASED
    if isinstance(second, str):
        return second, RETRIED
    return None, f"kept:{(first if second is None else second).value}"
