"""All values of a sequence in an order that a number decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import gcd
from typing import TypeVar

from pipeline.questions.qa_id import pick

T = TypeVar("T")


def permuted(values: Sequence[T], item: int) -> Iterator[T]:
    """Each value once, in an order that depends on the number of values and on the item; it takes no memory."""
    size = len(values)
    if size == 0:
        return
    stride = 1 + pick(item, "stride", size)
    while gcd(stride, size) != 1:
        stride += 1
    start = pick(item, "start", size)
    for step in range(size):
        yield values[(start + step * stride) % size]
