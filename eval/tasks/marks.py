"""Where pictures stand in a prompt: at its marks, else all before it."""

from __future__ import annotations

from collections.abc import Sequence

MARK = "<image>"


def fitted(prompt: str, pictures: Sequence[bytes]) -> tuple[str, tuple[bytes, ...]]:
    """A prompt and its pictures with as many marks as pictures, or none.

    LLaVA reads no more pictures than there are marks: pictures beyond the last mark go; so do marks beyond the last
    picture, at which it would stop.
    """
    marks = prompt.count(MARK)
    if not marks:
        return prompt, tuple(pictures)
    pieces = prompt.split(MARK)
    kept = min(marks, len(pictures))
    return MARK.join(pieces[: kept + 1]) + "".join(pieces[kept + 1 :]), tuple(pictures[:kept])
