"""Wrong options for choice questions: of the same kind as the right one, plausible, and not also true."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from pipeline.questions.concept import Concept
from pipeline.questions.distractor_pool import DistractorPool, Name
from pipeline.questions.families import Family
from pipeline.questions.labels import MUL
from pipeline.questions.likeness import look_of
from pipeline.questions.values import Answer, Fact
from pipeline.reading import comparable

Related = Callable[[int, int], bool]


class Option(NamedTuple):
    """A wrong option. `qid` is None for a date, a quantity and a text."""

    text: str
    qid: int | None


class Candidates:
    """What may stand beside an answer about one concept, in every language: the costly part, done once.

    No value that a statement of the concept makes true, nor one that is kin to such a value.

    Args:
        pool: what there is.
        family: what is asked.
        concept: of whom.
        fact: what is true.
        related: whether one item is an ancestor, descendant or part of the other, in either direction.
        text_language: Wikidata's code, where texts in a language of their own are asked for.
    """

    def __init__(
        self, pool: DistractorPool, family: Family, concept: Concept, fact: Fact, related: Related,
        text_language: str = "",
    ) -> None:  # fmt: skip
        self._pool, self._family, self._related = pool, family, related
        self._text_language = text_language
        # A text stands under the concept that it names.
        self._true = {concept.qid} if text_language else fact.true_qids
        true = () if text_language else fact.true_labels
        self._true_names = concept.labels.names.union(*(labels.names for labels in true))
        self._kin = frozenset() if text_language else fact.kin_qids
        self._found: list[int] = []
        self._rest = self._admissible(pool.walk(family, concept, text_language))

    def pick(self, answer: Answer, language: str, count: int) -> list[Option]:
        """At most `count` wrong options, the most plausible ones, the same each time.

        None reads like the answer, another option, or a name that something true has in any language; no two are kin,
        which would tell that neither is the answer: Islam beside Sunni Islam; and none differs from the answer by what
        the eye sees, or by being a label of `mul` where the answer is one of the language.

        Args:
            answer: the right option.
            language: the data set's code.
            count: wrong options wanted.
        """
        look, is_fallback = look_of(answer.text), answer.label_language == MUL
        names = self._names(language)
        taken = {comparable(answer.text)}
        options: list[Option] = []
        chosen: list[int] = []
        at = 0
        while len(options) < count:
            # Those found for other languages first, then more. A generator of them would cost as much as all the rest.
            if at == len(self._found):
                more = next(self._rest, None)
                if more is None:
                    break
                self._found.append(more)
            qid = self._found[at]
            at += 1
            name = names(qid)
            if name is None or name.is_fallback != is_fallback or name.comparable in taken:
                continue
            if name.comparable in self._true_names:
                continue
            if not name.look.is_like(look) or self._is_kin(qid, chosen):
                continue
            taken.add(name.comparable)
            chosen.append(qid)
            options.append(Option(name.text, None if self._text_language else qid))
        return options

    def _names(self, language: str) -> Callable[[int], Name | None]:
        if self._text_language:
            return self._pool.texts(self._family, self._text_language)
        return self._pool.names(language)

    def _is_kin(self, qid: int, others: Collection[int]) -> bool:
        if self._text_language:
            return False
        for other in others:  # noqa: SIM110 - a generator would cost as much as all that is in it
            if self._related(qid, other):
                return True
        return False

    def _admissible(self, walk: Iterator[int]) -> Iterator[int]:
        seen: set[int] = set()
        for qid in walk:
            if qid in seen or qid in self._true:
                continue
            seen.add(qid)
            if not self._is_kin(qid, self._kin):
                yield qid
