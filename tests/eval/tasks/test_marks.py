from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eval.tasks.marks import MARK, fitted

PICTURES = st.lists(st.binary(min_size=1, max_size=2), max_size=4)
WORDS = st.lists(st.sampled_from([MARK, "a", "\n", "<image 1>"]), max_size=6).map("".join)


@given(WORDS, PICTURES)
def test_a_prompt_has_as_many_marks_as_pictures_or_none(prompt: str, pictures: list[bytes]) -> None:
    text, shown = fitted(prompt, pictures)
    assert text.count(MARK) in (0, len(shown))
    assert text.replace(MARK, "") == prompt.replace(MARK, "")
    assert list(shown) == pictures[: len(shown)]
    assert fitted(text, shown) == (text, shown)
