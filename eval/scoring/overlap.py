"""ROUGE-L and CIDEr-D of captions in words, as the COCO caption evaluation computes them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

Words = Sequence[str]
Ngrams = Mapping[tuple[str, ...], int]

_BETA = 1.2
_LONGEST = 4
_SIGMA = 6.0


def rouge_l(said: Words, references: Sequence[Words]) -> float:
    """F-measure of the longest common subsequence, recall weighted by 1.2 (Lin 2004), from 0 to 1.

    Over several references the best precision and the best recall are taken, each by itself, as COCO does.
    """
    if not said:
        return 0.0
    common = [(_common(said, reference), len(reference)) for reference in references if reference]
    precision = max((length / len(said) for length, _ in common), default=0.0)
    recall = max((length / of for length, of in common), default=0.0)
    if not precision or not recall:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _common(one: Words, other: Words) -> int:
    """Length of the longest common subsequence: O(len(one) · len(other)) time, O(len(other)) memory."""
    lengths = [0] * (len(other) + 1)
    for word in one:
        before = 0
        for place, against in enumerate(other, 1):
            above = lengths[place]
            lengths[place] = before + 1 if word == against else max(above, lengths[place - 1])
            before = above
    return lengths[-1]


def cider_d(said: Sequence[Words], references: Sequence[Sequence[Words]]) -> list[float]:
    """CIDEr-D of each caption (Vedantam et al. 2015), from 0 to 10, by the references of all as the corpus.

    The corpus should be of one language. As in COCO's code, lengths are compared in bigrams.

    Args:
        said: captions in words.
        references: of each, one or more.
    """
    corpus = [[_ngrams(reference) for reference in of_one] for of_one in references]
    documents = Counter(ngram for of_one in corpus for ngram in set().union(*of_one))
    weights = {ngram: math.log(len(corpus)) - math.log(number) for ngram, number in documents.items()}
    unseen = math.log(len(corpus)) if corpus else 0.0
    scores = []
    for caption, of_one in zip(said, corpus, strict=True):
        mine = _ngrams(caption)
        alike = [_likeness(mine, reference, weights, unseen) for reference in of_one]
        scores.append(10 * math.fsum(alike) / len(alike))
    return scores


def _ngrams(words: Words) -> Ngrams:
    return Counter(
        tuple(words[start : start + length])
        for length in range(1, _LONGEST + 1)
        for start in range(len(words) - length + 1)
    )


def _likeness(mine: Ngrams, reference: Ngrams, weights: Mapping[tuple[str, ...], float], unseen: float) -> float:
    """Mean over n of the clipped cosine of weighted n-grams, less for captions of another length."""
    total = 0.0
    for length in range(1, _LONGEST + 1):
        ours = {ngram: count * weights.get(ngram, unseen) for ngram, count in mine.items() if len(ngram) == length}
        theirs = {
            ngram: count * weights.get(ngram, unseen) for ngram, count in reference.items() if len(ngram) == length
        }
        norm = math.sqrt(_square(ours) * _square(theirs))
        product = math.fsum(
            min(weight, theirs.get(ngram, 0.0)) * theirs.get(ngram, 0.0) for ngram, weight in ours.items()
        )
        total += product / norm if norm else 0.0
    difference = _bigrams(mine) - _bigrams(reference)
    return total / _LONGEST * math.exp(-(difference**2) / (2 * _SIGMA**2))


def _square(weights: Mapping[tuple[str, ...], float]) -> float:
    return math.fsum(weight**2 for weight in weights.values())


def _bigrams(ngrams: Ngrams) -> int:
    return sum(count for ngram, count in ngrams.items() if len(ngram) == 2)
