from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.scoring.captions import caption_scores
from eval.scoring.overlap import cider_d, rouge_l
from eval.tasks.task import Replied

SAID = ["a dog runs on the red mat", "a man sits by the sea", "the house by a tree"]
REFERENCES = [
    ["a dog runs on a mat", "the dog is on the red mat"],
    ["a man is sitting by the sea"],
    ["a red house near the tree", "the house by the sea"],
]
captions = st.lists(st.sampled_from("abcd"), min_size=1, max_size=8)


def replied(said: list[str]) -> list[Replied]:
    return [Replied("en", of_one, reply, "") for of_one, reply in zip(REFERENCES, said, strict=True)]


def split(texts: list[str]) -> list[list[str]]:
    return [text.split() for text in texts]


def test_scores_are_those_of_pycocoevalcap() -> None:
    """Figures of pycocoevalcap 1.2 for these captions."""
    ciders = cider_d(split(SAID), [split(of_one) for of_one in REFERENCES])
    assert ciders == pytest.approx([5.29773691, 2.27319845, 3.13697603])
    rouges = [rouge_l(said.split(), split(of_one)) for said, of_one in zip(SAID, REFERENCES, strict=True)]
    assert rouges == pytest.approx([0.7800511508951408, 0.7587064676616916, 0.6])


@given(captions, st.lists(captions, min_size=1, max_size=3))
def test_rouge_is_that_of_the_longest_common_subsequence(said: list[str], references: list[list[str]]) -> None:
    def common(one: list[str], other: list[str]) -> int:
        held = {""}
        for word in one:
            held |= {part + word for part in held}
        return max(len(part) for part in held if _stands_in(part, other))

    precision = max(common(said, reference) / len(said) for reference in references)
    recall = max(common(said, reference) / len(reference) for reference in references)
    wanted = 2.44 * precision * recall / (recall + 1.44 * precision) if precision and recall else 0
    assert rouge_l(said, references) == pytest.approx(wanted)


def _stands_in(part: str, words: list[str]) -> bool:
    left = iter(words)
    return all(letter in left for letter in part)


@given(st.lists(captions, min_size=2, max_size=6))
def test_a_reference_itself_has_the_highest_cider(references: list[list[str]]) -> None:
    """10 for each length of n-gram that some weight falls on, and a wrong one never more."""
    best = cider_d(references, [[reference] for reference in references])
    turned = cider_d(references[1:] + references[:1], [[reference] for reference in references])
    assert all(0 <= other <= one + 1e-9 <= 10 + 1e-8 for one, other in zip(best, turned, strict=True))


def test_scores_of_a_corpus_are_the_mean_of_its_languages() -> None:
    english = replied(SAID)
    japanese = [Replied("ja", ["犬が走る"], "犬がいる", ""), Replied("ja", ["赤い家"], "赤い家", "")]
    each = caption_scores(english), caption_scores(japanese)
    both = caption_scores([*japanese, *english])
    assert both == pytest.approx({name: (each[0][name] + each[1][name]) / 2 for name in both})
    assert set(both) == {"bleu", "rouge_l", "cider"}


def test_bleu_of_the_references_is_all_and_of_nothing_none() -> None:
    assert caption_scores(replied([of_one[0] for of_one in REFERENCES]))["bleu"] == pytest.approx(1)
    empty = caption_scores(replied(["", "", ""]))
    assert empty == {"bleu": 0, "rouge_l": 0, "cider": 0}
    assert not any(math.isnan(value) for value in empty.values())


def test_no_captions_are_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        caption_scores([])
