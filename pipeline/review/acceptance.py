"""What verdicts come to: shares by language and template, and the wordings that are no longer used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.interval import Interval, wilson
from pipeline.review.templates import Templates, parse_template
from pipeline.review.verdict import ANSWER, ANSWERABLE, PICTURE, QUESTION, Verdict

# One speaker's one bad word must not do: its interval ends at 0.79, that of two at 0.66.
MIN_JUDGED = 5


@dataclass(frozen=True)
class Share:
    """How many of those that were judged were found good."""

    num: int = 0
    num_good: int = 0

    @property
    def interval(self) -> Interval | None:
        """The share with Wilson's interval, which takes verdicts as independent; None where nothing was judged."""
        return wilson(self.num_good, self.num) if self.num else None

    def __str__(self) -> str:
        found = self.interval
        if found is None:
            return "none judged"
        low, share, high = (f"{100 * value:.0f}" for value in (found.low, found.estimate, found.high))
        return f"{self.num_good:,} of {self.num:,} ({share} %, {low} to {high})"


@dataclass(frozen=True)
class Acceptance:
    """Verdicts on one language or template. Answers that nobody could tell are not counted."""

    questions: Share = Share()
    answerable: Share = Share()
    answers: Share = Share()
    pictures: Share = Share()


@dataclass(frozen=True)
class Reviewed:
    """What a run takes from its verdicts.

    Attributes:
        by_language: the data set's code -> what was said of its wordings as they are now.
        switched_off: template ids of wordings that are not used.
    """

    by_language: Mapping[str, Acceptance] = field(default_factory=dict)
    switched_off: frozenset[str] = frozenset()


def review_of(verdicts: Iterable[Verdict], templates: Templates, min_acceptance: float) -> Reviewed:
    """What counts now: verdicts on wordings that have changed since do not."""
    now = current(verdicts, templates)
    return Reviewed(by_language(now), switched_off(now, min_acceptance))


def current(verdicts: Iterable[Verdict], templates: Templates) -> list[Verdict]:
    """Verdicts on wordings that the catalogue still has."""
    return [verdict for verdict in verdicts if verdict.template_id in templates.means]


def by_language(verdicts: Iterable[Verdict]) -> dict[str, Acceptance]:
    """Language -> what was said of its questions."""
    return _counted(verdicts, _language)


def by_template(verdicts: Iterable[Verdict]) -> dict[str, Acceptance]:
    """Template id -> what was said of it; what a model reworded tells nothing of it."""
    return _counted((verdict for verdict in verdicts if not verdict.reworded), lambda said: said.template_id)


def _counted(verdicts: Iterable[Verdict], key: Callable[[Verdict], str]) -> dict[str, Acceptance]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        groups.setdefault(key(verdict), []).append(verdict)
    return {
        name: Acceptance(
            _share((said.question for said in group), QUESTION[0], QUESTION),
            _share((said.answerable for said in group), ANSWERABLE[0], ANSWERABLE),
            _share((said.answer for said in group), ANSWER[0], ANSWER[:2]),
            _share((said.picture for said in group), PICTURE[0], PICTURE),
        )
        for name, group in sorted(groups.items())
    }


def switched_off(verdicts: Iterable[Verdict], min_acceptance: float) -> frozenset[str]:
    """Template ids of wordings of which fewer than `min_acceptance` are good, with confidence.

    So it is where the upper end of the interval lies below it, of at least MIN_JUDGED verdicts.
    """
    shares = {template: found.questions for template, found in by_template(verdicts).items()}
    return frozenset(
        template
        for template, share in shares.items()
        if share.num >= MIN_JUDGED and (found := share.interval) is not None and found.high < min_acceptance
    )


def _share(words: Iterable[str], good: str, counted: tuple[str, ...]) -> Share:
    said = [word for word in words if word in counted]
    return Share(len(said), said.count(good))


def _language(verdict: Verdict) -> str:
    template = parse_template(verdict.template_id)
    return "" if template is None else template.language
