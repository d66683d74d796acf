"""What generation takes: items, replies and tokens by language, and the engine's time shared out over languages.

A reply that was generated now and one that an earlier attempt paid for are counted apart (`stored_…`), so that over the
commits of a stage each reply stands once, however often the run was killed. Nothing here reaches a table: what a
partition took depends on what the store had.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.commit import sorted_counts
from pipeline.generation.request import Reply

STORED = "stored_"
KEY = "accounts"


@dataclass(frozen=True)
class Accounts:
    """Figures by language.

    Attributes:
        by_language: of each code, what was counted: `items` asked about; replies `generated`, `from_store` and
            `failed`; `prompt_tokens` of what was generated, `cached_tokens` those of them that the engine had computed
            before, `output_tokens`; and the same three as `stored_…` for replies from the store.
    """

    by_language: dict[str, Counter[str]] = field(default_factory=dict)

    @staticmethod
    def of_items(languages: Iterable[str]) -> Accounts:
        """Of items asked about, in these languages."""
        return Accounts({code: Counter(items=number) for code, number in Counter(languages).items()})

    @staticmethod
    def of_replies(replies: Iterable[tuple[str, Reply, bool]]) -> Accounts:
        """Of replies: the language of each, what came, and whether the store had it."""
        found: dict[str, Counter[str]] = {}
        for language, reply, was_stored in replies:
            found.setdefault(language, Counter()).update(_figures(reply, was_stored))
        return Accounts(found)

    def update(self, other: Accounts) -> None:
        """Count what others counted, too."""
        for language, counts in other.by_language.items():
            self.by_language.setdefault(language, Counter()).update(counts)

    def __add__(self, other: Accounts) -> Accounts:
        both = Accounts()
        both.update(self)
        both.update(other)
        return both

    def __getitem__(self, figure: str) -> int:
        """A figure over all languages."""
        return sum(counts[figure] for counts in self.by_language.values())

    def log(self) -> dict[str, Any]:
        """What a commit's log has of them: figures over all languages, and by language below `accounts`."""
        by_language = {code: sorted_counts(counts) for code, counts in sorted(self.by_language.items())}
        if not any(by_language.values()):
            return {}
        total: Counter[str] = sum(self.by_language.values(), Counter())
        return {**sorted_counts(total), KEY: by_language}


def computed_tokens(figures: Mapping[str, float], prefix: str = "") -> float:
    """Tokens that an engine had to compute: of prompts what it did not have in its cache, and of replies all."""
    prompt, cached, output = (figures.get(f"{prefix}{name}_tokens", 0) for name in ("prompt", "cached", "output"))
    return prompt - cached + output


def cache_rates(
    accounts: Mapping[str, Mapping[str, float]], caches: Mapping[str, int]
) -> dict[str, tuple[float, float]]:
    """What a stage's engines took from their caches: what was counted -> how many of how many, where any were.

    Args:
        accounts: language -> figures, as `Manifest.accounts` has them. Tokens are those of replies made for this stage,
            which endpoints tell too.
        caches: as `Manifest.caches` has them, counters of `HasStatistics`. A picture that was encoded for a request
            that failed counts as one for those that did not.
    """
    prompt, cached = (sum(each.get(f"{name}_tokens", 0) for each in accounts.values()) for name in ("prompt", "cached"))
    pictures = caches.get("pictures", 0)
    found = {
        "prompt tokens": (cached, prompt),
        "encoded pictures": (max(0, pictures - caches.get("pictures_encoded", 0)), pictures),
        "processed pictures": (caches.get("pictures_ready", 0), caches.get("pictures_processed", 0)),
    }
    return {what: rate for what, rate in found.items() if rate[1]}


def charged(log: Mapping[str, Any], seconds: float, num_gpus: float) -> Mapping[str, Any]:
    """A partition's log with its time on the languages' accounts, as `seconds` and `gpu_seconds`.

    They are shared in proportion to the tokens that were computed. Where none was, because the store had all or the
    engine failed, items stand for them.

    Args:
        log: as `Accounts.log` makes it.
        seconds: that a worker was held for this partition.
        num_gpus: of the worker.
    """
    if KEY not in log:
        return log
    accounts: Mapping[str, Mapping[str, int]] = log[KEY]
    weights = {code: computed_tokens(figures) for code, figures in accounts.items()}
    if not any(weights.values()):
        weights = {code: float(figures.get("items", 0)) for code, figures in accounts.items()}
    total = sum(weights.values()) or 1.0
    shared = {
        code: {**figures, "seconds": seconds * part, "gpu_seconds": seconds * num_gpus * part}
        for code, figures in accounts.items()
        for part in [weights[code] / total]
    }
    return {**log, KEY: shared}


def _figures(reply: Reply, was_stored: bool) -> dict[str, int]:
    tokens = {
        "prompt_tokens": reply.num_prompt_tokens,
        "cached_tokens": reply.num_cached_tokens,
        "output_tokens": reply.num_output_tokens,
    }
    if was_stored:
        return {"from_store": 1, **{f"{STORED}{name}": number for name, number in tokens.items()}}
    return {"failed" if reply.finish_reason == "error" else "generated": 1, **tokens}
