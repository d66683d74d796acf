"""Published rules on made replies: decisions of lmms-eval's scorers and of ours. Run by lmms-eval's own interpreter.

Replies are drawn from `asked/pieces.txt`: what these rules trip over, such as letters in brackets and in words, number
words, contractions, marks beside spaces and digits, full-width letters. Where the published rule of MMMU draws an
option at random there is nothing to compare.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipeline.torchvision_remedy import ensure

ensure()

from lmms_eval.tasks.mmmu import utils as mmmu  # noqa: E402 - the remedy must come before
from lmms_eval.tasks.ocrbench.utils import ocrbench_process_results  # noqa: E402
from lmms_eval.tasks.textvqa.utils import textvqa_process_results  # noqa: E402
from lmms_eval.tasks.vqav2.utils import vqav2_process_results_val  # noqa: E402

from eval.scoring.mmmu import paper_mmmu  # noqa: E402
from eval.scoring.substring import paper_ocr  # noqa: E402
from eval.scoring.vqa import paper_textvqa, paper_vqa  # noqa: E402
from eval.tasks.task import Item, Kind, Score  # noqa: E402

NUM_REPLIES = 5000
PIECES = (Path(__file__).parent / "asked" / "pieces.txt").read_text(encoding="utf-8").splitlines()
BETWEEN = (" ", " ", " ", "  ", "", "-", ". ", ", ", "\n", "\t", "\u3000")

# Their score and ours of one reply.
Pair = tuple[float, Score]


def text(draw: random.Random, most: int) -> str:
    """Some pieces, none perhaps."""
    return "".join(draw.choice(PIECES) + draw.choice(BETWEEN) for _ in range(draw.randrange(most + 1)))


def item(answers: list[str], kind: Kind = "open", options: tuple[str, ...] = (), **meta: str) -> Item:
    """An item whose right option, if it has any, is its one answer."""
    index = options.index(answers[0]) if options else None
    return Item("validation_Art_1", "en", None, (), "", kind, options, tuple(answers), index, {}, "", meta=meta)


def people(draw: random.Random) -> tuple[list[str], str]:
    """Ten answers with repeats, and a reply that mostly is one of them."""
    said = [text(draw, 4) for _ in range(3)]
    reply = draw.choice([*said, said[0].upper(), text(draw, 4)])
    return [draw.choice(said) for _ in range(10)], reply


def vqav2(draw: random.Random) -> Pair:
    """Agreement with ten people."""
    answers, reply = people(draw)
    rows = [{"answer": answer, "answer_id": number} for number, answer in enumerate(answers)]
    theirs = vqav2_process_results_val({"question_id": 1, "answers": rows}, [reply])
    return theirs["exact_match"], paper_vqa(item(answers), reply)


def textvqa(draw: random.Random) -> Pair:
    """The same after another normalisation."""
    answers, reply = people(draw)
    theirs = textvqa_process_results({"question_id": 1, "answers": list(answers)}, [reply])
    return theirs["exact_match"], paper_textvqa(item(answers), reply)


def ocrbench(draw: random.Random) -> Pair:
    """An answer anywhere in the reply."""
    answers, reply = [text(draw, 2) or "cat" for _ in range(2)], text(draw, 8)
    dataset = draw.choice(["HME100k", "FUNSD"])
    theirs = ocrbench_process_results({"answer": answers, "dataset": dataset, "question_type": ""}, [reply])
    return theirs["ocrbench_accuracy"]["score"], paper_ocr(item(answers, dataset=dataset), reply)


def mmmu_choice(draw: random.Random) -> Pair:
    """A letter, or an option's words."""
    options = draw.sample(["cat", "dog", "red", "blue", "the answer", "42"], 4)
    right, reply = draw.randrange(4), text(draw, 8)
    theirs = _mmmu("multiple-choice", str(options), "ABCD"[right], reply, mmmu.eval_multi_choice)
    return theirs, paper_mmmu(item([options[right]], "choice", tuple(options)), reply)


def mmmu_open(draw: random.Random) -> Pair:
    """Words or a number told anywhere."""
    answers = draw.choice([["cat"], ["42"], ["3.14"], ["a"], ["1,200"], ["dog", "red dog"], ["-5"], ["2000"]])
    reply = text(draw, 8)
    theirs = _mmmu("open", "[]", answers if len(answers) > 1 else answers[0], reply, mmmu.eval_open)
    return theirs, paper_mmmu(item(answers), reply)


def _mmmu(kind: str, options: str, answer: Any, reply: str, right: Callable[[Any, Any], bool]) -> float:
    row = {"id": "validation_Art_1", "question_type": kind, "options": options, "answer": answer}
    return float(right(answer, mmmu.mmmu_process_results(row, [reply])["mmmu_acc"]["parsed_pred"][0]))


def compared() -> Iterator[dict[str, Any]]:
    """Of each rule how many replies there were, how many it scores above nought, and where ours differs."""
    for rule in (vqav2, textvqa, ocrbench, mmmu_choice, mmmu_open):
        draw = random.Random(0)
        pairs = [pair for pair in (rule(draw) for _ in range(NUM_REPLIES)) if not pair[1].guessed]
        right = sum(theirs > 0 for theirs, _ in pairs)
        same = sum(ours.value is not None and abs(theirs - ours.value) < 1e-9 for theirs, ours in pairs)
        yield {"rule": rule.__name__, "replies": len(pairs), "right": right, "same": same}


if __name__ == "__main__":
    for told in compared():
        print(json.dumps(told))
