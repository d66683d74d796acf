"""Text for a prompt in which nothing is a command to the tokenizer.

A label, a question or an answer is data: where it holds `<|im_end|>` or `<image>`, a chat template would pass that on,
and the tokenizer would end the turn or look for a picture there. Such a mark gets a space after its first character; it
reads the same and is a mark no longer. Rows keep their text; a rewording that must repeat such a name falls back to its
template.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Marks that common models and vLLM itself use, for those whose tokenizer is not at hand:
# <|im_end|>, <｜User｜>, <image>, </s>, <start_of_turn>, <##IMAGE##>, <<SYS>>, [/INST], [IMG_BREAK].
_MARK = (
    r"<(?:[|｜][^<>]{1,64}[|｜]|/?[\w.:-]{1,64}|##\w{1,64}##|</?\w{1,64}>)>"
    r"|\[/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_(?:CALLS|RESULTS|CONTENT)|IMG(?:_BREAK|_END)?|AUDIO|THINK|PREFIX"
    r"|MIDDLE|SUFFIX|ARGS|CALL_ID|CLS|SEP|MASK|PAD|UNK|BOS|EOS|g?MASK)\]"
)
# Controls but for tab and line feed, halves of surrogate pairs (no encoding has them), and the invisible copies of
# ASCII by which text is hidden from readers.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\U000e0000-\U000e007f]")


class PlainText:
    """Makes text plain.

    Args:
        tokens: further texts that the model's tokenizer takes for one token each, special or added.
    """

    def __init__(self, tokens: Iterable[str] = ()) -> None:
        exact = sorted({token for token in tokens if _is_mark(token)}, key=lambda token: (-len(token), token))
        # Looked for without being consumed: marks may overlap.
        self._mark = re.compile(rf"(?=(?:{'|'.join([*map(re.escape, exact), _MARK])}))(?s:.)")

    def __call__(self, text: str) -> str:
        """The text with a space for every control character, and one in every mark."""
        return self._mark.sub(r"\g<0> ", _UNSEEN.sub(" ", text))


def _is_mark(token: str) -> bool:
    """Vocabularies were extended by words and by runs of spaces, too: those are text."""
    return len(token.strip()) > 1 and any(unicodedata.category(char)[0] in "PS" for char in token)
