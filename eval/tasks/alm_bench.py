"""ALM-Bench: questions of four types in a hundred languages, scored from 0 to 10 by a large model.

What is asked depends on the type, and is in English but for the question. Of a multiple choice the published answer is
"right one (all of them)", with ASCII or full-width brackets; what is inside is shown as options. A row without
brackets, at which the published code fails and passes on, is asked here without options. The published scorer makes
errors of its judge a nought; ours is a state of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from eval.scoring.judged import awaiting_judge, paper_judged, strict_judged
from eval.tasks.judging import Judging, filled, wording
from eval.tasks.places import language_of_name
from eval.tasks.reading import PICTURE, TEXT, cluster_of, picture, rows
from eval.tasks.task import Item, Source, Task

COLUMNS = {
    "file_name": PICTURE,
    "ID": TEXT,
    "Language": TEXT,
    "Category": TEXT,
    "Question_Type": TEXT,
    "English_Question": TEXT,
    "English_Answer": TEXT,
    "Translated_Question": TEXT,
    "Translated_Answer": TEXT,
}
CHOICE, TRUTH, LONG, SHORT = "choice", "true or false", "long", "short"
_TYPES = {"Multiple Choice Questions": CHOICE, "True False Question": TRUTH, "Long Question": LONG}
# A judge's words for each type, see `judging.wording`: {question}, {answer} and {language} in them are filled.
JUDGES = {CHOICE: "judge-choice.yaml", TRUTH: "judge-truth.yaml", LONG: "judge-long.yaml", SHORT: "judge-short.yaml"}
_CHOICE = (
    "For the given Multiple Choice Question, analyze the question and answer strictly from one of the options below. "
    "Strictly answer the choice only. No additional text."
)
_AFTER = {
    TRUTH: "The above question is a True/False question. Please provide the answer as one word in {language}",
    LONG: "Answer the question in detail in {language} language.",
    SHORT: "Please provide brief, clear responses in {language} language.",
}


def prompt(question: str, kind: str, options: str, language: str) -> str:
    """As published.

    Args:
        question: in the language.
        kind: one of the four.
        options: of a choice, as the file has them.
        language: its English name, as the file has it.
    """
    if kind == CHOICE:
        return f"{_CHOICE}\n{question}\n{options}"
    return f"{question}\n{_AFTER[kind].format(language=language)}"


def answer_and_options(answer: str) -> tuple[str, str]:
    """The right one and what is in brackets after it; all of the answer and "" where there are none."""
    opening, closing = ("（", "）") if "（" in answer else ("(", ")")
    right, _, rest = answer.partition(opening)
    # Up to another opening bracket, as the published code cuts it.
    return right, rest.partition(opening)[0].partition(closing)[0]


def read(folder: Path) -> Iterator[Item]:
    """The items. Types beyond the three that the published code names are short questions, as there."""
    words = {kind: wording(folder, file) for kind, file in JUDGES.items()}
    for place, row in rows(folder, COLUMNS):
        kind = _TYPES.get(row["Question_Type"], SHORT)
        question, answer, options = row["Translated_Question"], row["Translated_Answer"], ""
        if kind == CHOICE:
            answer, options = answer_and_options(answer)
        pictures = (picture(row["file_name"], folder, place),)
        item_id = f"{row['Language']}-{row['ID'].strip()}"
        yield Item(
            item_id=item_id,
            language=language_of_name(row["Language"]),
            country=None,
            pictures=pictures,
            prompt=prompt(question, kind, options, row["Language"]),
            kind="judged",
            choices=(),
            answers=(answer,),
            answer_index=None,
            groups={"category": row["Category"], "type": kind, "variety": row["Language"]},
            cluster=cluster_of(pictures, item_id),
            meta={
                "question": question,
                "type": kind,
                "options": options,
                "English": (row["English_Question"], row["English_Answer"]),
                **_judge(folder / JUDGES[kind], words[kind], question, answer, row["Language"]),
            },
        )


def _judge(
    file: Path, words: Mapping[str, str] | None, question: str, answer: str, language: str
) -> Mapping[str, Judging]:
    if words is None:
        return {}
    before, after = (
        filled(file, words[name], question=question, answer=answer, language=language) for name in ("before", "after")
    )
    return {"judge": Judging(words["system"], before, after)}


TASKS = (
    Task(
        name="alm_bench",
        title="ALM-Bench",
        source=Source(
            name="MBZUAI/ALM-Bench",
            revision=None,
            split="test",
            num_items=22_763,
            megabytes=2_000,
            licence="CC BY-NC 4.0 (CC BY-NC-SA in its repository)",
            fetch="hf download MBZUAI/ALM-Bench --repo-type dataset --local-dir FOLDER/alm_bench; "
            "its judge's words as FOLDER/alm_bench/judge-choice.yaml, -truth, -long and -short",
        ),
        columns=COLUMNS,
        read=read,
        paper=awaiting_judge,
        strict=awaiting_judge,
        judged=(paper_judged, strict_judged),
        max_tokens=2048,
    ),
)
