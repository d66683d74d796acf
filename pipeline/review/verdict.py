"""What a speaker says of a question, its answer and its picture."""

from __future__ import annotations

from dataclasses import dataclass

# What may be said, the best first.
QUESTION = ("good", "odd", "wrong")
ANSWER = ("right", "wrong", "cannot tell")
PICTURE = ("yes", "no")
ANSWERABLE = ("yes", "no")
# Sheets and files of verdicts that were made before this was asked have no column for it.
ASKED_LATER = "answerable"


@dataclass(frozen=True)
class Verdict:
    """One judgement of one item.

    Attributes:
        qa_id: the item.
        template_id: the wording that it had.
        reworded: whether a model had reworded it, so that the verdict is not about the template.
        reviewer: name or handle; may be empty.
        question: of QUESTION, or empty where it was not judged.
        answerable: whether it can be answered, of ANSWERABLE, or empty; sheets did not always ask this.
        answer: of ANSWER, or empty.
        picture: whether it fits, of PICTURE, or empty.
        comment: free text.
    """

    qa_id: int
    template_id: str
    reworded: bool
    reviewer: str
    question: str = ""
    answerable: str = ""
    answer: str = ""
    picture: str = ""
    comment: str = ""

    @property
    def key(self) -> tuple[str, int, str, bool]:
        """Whose judgement of what: of two with one key the later counts.

        The wording is part of it: a good word for the new wording of an item takes nothing back of what was said of
        the old one.
        """
        return self.reviewer, self.qa_id, self.template_id, self.reworded

    @property
    def is_empty(self) -> bool:
        return not (self.question or self.answerable or self.answer or self.picture or self.comment)
