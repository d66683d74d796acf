"""A question as the gallery shows it: in its own language and direction, linked to the statement that grounds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline import vocabulary

NAME = 0
_WIKIDATA = "https://www.wikidata.org/wiki/"


@dataclass(frozen=True)
class Text:
    """Words with the language and direction that a browser needs to set them; an empty language is an unknown one."""

    text: str
    lang: str
    dir: str


@dataclass(frozen=True)
class Source:
    """Where an answer stands: the link's text and address, and the GUIDs of the statements."""

    text: str
    url: str
    guids: str


@dataclass(frozen=True)
class Question:
    """One item of a picture.

    Attributes:
        language: English name and own name.
        kind: open or choice.
        family: what is asked for, as the catalogue calls it.
        question: as it is now.
        original: the template's wording, where a model reworded it.
        answer: right answer, as it is now.
        label: the statement's, where a model put it into a phrase.
        choices: options with whether each is right; none for an open question.
        fallback: code of the language that lent the answer's label, where it is another one.
        verdicts: what the judge said of it; none where it was not judged.
        source: statement.
    """

    language: str
    own_name: Text
    kind: str
    family: str
    question: Text
    original: Text | None
    answer: Text
    label: Text | None
    choices: tuple[tuple[Text, bool], ...]
    fallback: str | None
    verdicts: tuple[tuple[str, bool | None], ...]
    source: Source


def question(item: Mapping[str, Any]) -> Question:
    """A `schema.QA_ITEM` to be shown."""
    language = vocabulary.languages()[item["language"]]

    def text(words: str) -> Text:
        return Text(words, language.wikidata[0], language.direction)

    answer, code = text(item["answer"]), item["answer_label_language"]
    fallback = None if code in language.wikidata else code
    # A sentence is in the question's language, whoever lent the label in it.
    if fallback is not None and item["answer"] == item["original_answer"]:
        answer = Text(item["answer"], "" if code == "mul" else code, "auto")
    reworded = item["question"] != item["original_question"]
    return Question(
        language=language.name,
        own_name=text(language.own_name),
        kind=item["kind"],
        family=item["template_id"].split("/")[0],
        question=text(item["question"]),
        original=text(item["original_question"]) if reworded else None,
        answer=answer,
        label=text(item["original_answer"]) if item["answer"] != item["original_answer"] else None,
        choices=tuple(
            (text(choice), number == item["answer_index"]) for number, choice in enumerate(item["choices"] or ())
        ),
        fallback=fallback,
        verdicts=_verdicts(item),
        source=_source(item),
    )


def item_url(qid: int) -> str:
    """The page of a Wikidata item."""
    return f"{_WIKIDATA}Q{qid}"


def property_url(number: int) -> str:
    """The page of a Wikidata property."""
    return f"{_WIKIDATA}Property:P{number}"


def _source(item: Mapping[str, Any]) -> Source:
    # What a thing is called is grounded in the statement that gives it this picture.
    number = 18 if item["property"] == NAME else item["property"]
    text = f"Q{item['qid']} " + ("picture" if item["property"] == NAME else f"P{number}")
    return Source(text, f"{item_url(item['qid'])}#P{number}", ", ".join(item["statement_ids"]))


def _verdicts(item: Mapping[str, Any]) -> tuple[tuple[str, bool | None], ...]:
    if item["judge_status"] != "judged":
        return ()
    return (
        ("picture shows it", item["picture_shows_entity"]),
        ("can be answered", item["answerable"]),
        ("answer is supported", item["answer_supported"]),
        ("text is fluent", item["fluent"]),
    )
