"""Asking a model about the items of one picture: which of them, what the store has, and the rest from the engine."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pipeline.generation.accounts import Accounts
from pipeline.generation.by_language import answering
from pipeline.generation.draw import chosen
from pipeline.generation.replies import ReplyStore
from pipeline.generation.request import Engine, Reply, Request, request_key

Row = dict[str, Any]
T = TypeVar("T")
K = TypeVar("K")

# One purpose for all that models do, so that the items judged are those reworded as far as the shares go.
_PURPOSE = "generation"


@dataclass(frozen=True)
class Scope:
    """Which items a model is asked about.

    Attributes:
        off: none at all.
        share: of the items, by their ids.
        kinds: open, choice or both.
        languages: the data set's codes that the model speaks.
    """

    off: bool
    share: float
    kinds: frozenset[str]
    languages: frozenset[str]

    def reason_against(self, item: Row) -> str | None:
        """Why the model is not asked about an item of `schema.QA_ITEM`; None if it is."""
        if self.off:
            return "generation_off"
        if item["kind"] not in self.kinds:
            return "kind_not_asked"
        if item["language"] not in self.languages:
            return "language_unsupported_by_model"
        return None if chosen(item["qa_id"], _PURPOSE, self.share) else "not_sampled"

    def asked(self, group: Row) -> list[Row]:
        """Items of a row of `schema.QUESTIONS` that the model is asked about."""
        return [item for item in group["items"] if self.reason_against(item) is None]


@dataclass(frozen=True)
class Tally:
    """What came of the items (a function of rows and replies), and what it took (which depends on the store).

    `error` is one of those that the engine gave, for people.
    """

    items: Counter[str] = field(default_factory=Counter)
    work: Accounts = field(default_factory=Accounts)
    error: str | None = None

    @property
    def failed(self) -> int:
        """Items that the engine failed; a request may be about several."""
        return sum(count for status, count in self.items.items() if status.endswith("engine_error"))


async def ask(
    requests: Mapping[K, Request], sha256: str, engine: Engine, store: ReplyStore
) -> tuple[dict[K, Reply], Accounts]:
    """Replies to all requests about one picture, and what they took by the requests' languages.

    What is generated is stored before this returns; failures are not, so that they are tried again next time.

    Args:
        requests: by whatever tells them apart.
        sha256: of the picture that they are about, whether or not they carry it.
        engine: answers what is not in the store.
        store: of the stage.

    Raises:
        EngineDied: nothing of this picture is stored then.
        UserError: storage or the engine refuse.
    """
    if not requests:
        return {}, Accounts()
    keys = {}
    for name, request in requests.items():
        one = answering(engine, request.language)
        keys[name] = request_key(request, one.model, one.revision)
    stored = await asyncio.to_thread(store.load, sha256)
    missing = [name for name, key in keys.items() if key not in stored]
    made = dict(zip(missing, await all_of(engine.generate(requests[name]) for name in missing), strict=True))
    fresh = {keys[name]: reply for name, reply in made.items() if reply.finish_reason != "error"}
    if fresh:
        stored |= await asyncio.to_thread(store.add, sha256, fresh)
    # A reply that another worker stored first was paid for here all the same.
    work = Accounts.of_replies(
        (request.language, made[name] if name in made else stored[keys[name]], name not in made)
        for name, request in requests.items()
    )
    return {name: stored[key] if key in stored else made[name] for name, key in keys.items()}, work


def first_error(replies: Iterable[Reply]) -> str | None:
    """That of the first reply that has one."""
    return next((reply.error for reply in replies if reply.error is not None), None)


async def all_of(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all, in order. The first failure is raised as it is, once the others have been cancelled."""
    tasks = [asyncio.ensure_future(each) for each in work]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
