"""Captions: BLEU, ROUGE-L and CIDEr in the words of each language, and ROUGE-L as published for XM100."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from itertools import zip_longest

import regex  # type: ignore[import-untyped]
from sacrebleu.metrics.bleu import BLEU

from eval.scoring.overlap import cider_d, rouge_l
from eval.scoring.segment import words
from eval.tasks.task import Item, Replied, Score

_PENN_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*|n't|'\p{L}+")


def paper_caption(item: Item, reply: str) -> Score:
    """ROUGE-L in words as an English tokenizer finds them: a Chinese, Japanese or Thai sentence is one word.

    Published with the Penn Treebank tokenizer in Java. Here are its lower case, its words and its dropping of
    punctuation, not its every rule: scores differ slightly where a text has abbreviations or clitics. As published, the
    reply alone is composed (NFC). That ROUGE-L is the measure of the published table is likely, not certain.
    """
    said = _english_words(unicodedata.normalize("NFC", reply))
    references = [_english_words(answer) for answer in item.answers]
    return Score(rouge_l(said, references), "scored", " ".join(said))


def strict_caption(item: Item, reply: str) -> Score:
    """ROUGE-L in words of the item's language; a reply without any is unparsed."""
    said = words(reply, item.language)
    if not said:
        return Score(None, "unparsed", "")
    return Score(rouge_l(said, [words(answer, item.language) for answer in item.answers]), "scored", " ".join(said))


def caption_scores(replied: Sequence[Replied]) -> dict[str, float]:
    """Scores of all replies: each measure by language, whose captions weight its n-grams, then the languages' mean.

    An empty reply counts as one without a word in common.

    Returns:
        `bleu` (sacreBLEU, corpus level) and `rouge_l` from 0 to 1, `cider` from 0 to 10.

    Raises:
        ValueError: there are no items.
    """
    if not replied:
        raise ValueError("captions need at least one item")
    by_language: dict[str, list[Replied]] = {}
    for each in replied:
        by_language.setdefault(each.language, []).append(each)
    of_languages = [_of_language(language, of_one) for language, of_one in sorted(by_language.items())]
    return {name: sum(scores[name] for scores in of_languages) / len(of_languages) for name in of_languages[0]}


def _of_language(language: str, replied: Sequence[Replied]) -> Mapping[str, float]:
    said = [words(each.reply, language) for each in replied]
    references = [[words(answer, language) for answer in each.answers] for each in replied]
    ciders = cider_d(said, references)
    rouges = [rouge_l(caption, of_one) for caption, of_one in zip(said, references, strict=True)]
    return {"bleu": _bleu(said, references), "rouge_l": sum(rouges) / len(replied), "cider": sum(ciders) / len(replied)}


def _bleu(said: Sequence[Sequence[str]], references: Sequence[Sequence[Sequence[str]]]) -> float:
    joined = [[" ".join(reference) for reference in of_one] for of_one in references]
    # It wants the first references of all captions, then the second ones; a caption with fewer has None.
    streams = [list(stream) for stream in zip_longest(*joined)]
    return (
        float(BLEU(tokenize="none", force=True).corpus_score([" ".join(caption) for caption in said], streams).score)
        / 100
    )


def _english_words(text: str) -> list[str]:
    return list(_PENN_WORD.findall(text.lower()))
