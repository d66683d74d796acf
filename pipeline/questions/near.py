"""Wrong dates and quantities: near the right one, and true by no statement."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import TypeVar

from pipeline.questions.circa import circa_neighbours
from pipeline.questions.dates import YEARS_PER_UNIT, Date, write_date
from pipeline.questions.distractors import Option
from pipeline.questions.language_format import LanguageFormat
from pipeline.questions.permuted import permuted
from pipeline.questions.qa_id import pick
from pipeline.questions.quantities import Quantity, near_quantities, write_quantity
from pipeline.questions.values import Fact

T = TypeVar("T")

# How far wrong dates lie from the right one: an eighth of its age, within these bounds, in units of its precision.
_NEAREST_REACH = {1: 12, 10: 5, 100: 4}
_AGE_SHARE = 8


def near_options(quantity: Quantity, fact: Fact, style: LanguageFormat, item: int, count: int) -> list[Option]:
    """At most `count` wrong quantities, on either side of the right one as the item's hash has it.

    Args:
        quantity: the right option.
        fact: what is true of the entity.
        style: how the language writes quantities.
        item: the qa_id.
        count: wrong options wanted.
    """
    near = near_quantities(quantity, fact.true_quantities)
    below = sum(each.amount < quantity.amount for each in near)
    chosen = _on_both_sides(near[:below], near[below:], item, count)
    options = {text: Option(text, None) for text in (write_quantity(each, style) for each in chosen)}
    return [option for text, option in options.items() if text != write_quantity(quantity, style)]


def _on_both_sides(below: Sequence[T], above: Sequence[T], item: int, count: int) -> list[T]:
    # That the right one is the smallest or the largest must be as likely as that it is in between.
    smaller = min(pick(item, "smaller", count + 1), len(below))
    smaller = max(smaller, count - len(above))
    chosen = [below[at] for at in _some(len(below), smaller, item)]
    return chosen + [above[at] for at in _some(len(above), count - smaller, item)]


def _some(size: int, count: int, item: int) -> list[int]:
    return list(islice(permuted(range(size), item), count))


def near_dates(date: Date, fact: Fact, style: LanguageFormat, last_year: int, item: int, count: int) -> list[Option]:
    """At most `count` wrong dates of the same precision, none in a year that a statement of any rank allows.

    Where the right one is circa, so are all: otherwise it could be told.

    Args:
        date: the right option.
        fact: what is true of the entity.
        style: how the language writes dates.
        last_year: no option lies after this year CE, unless the answer does.
        item: the qa_id.
        count: wrong options wanted.
    """
    unit = YEARS_PER_UNIT[date.precision]
    latest = max(last_year - 1, date.years[1])
    if date.circa:
        below, above = circa_neighbours(date, fact.true_years, latest, count)
        return [Option(write_date(each, style), None) for each in _on_both_sides(below, above, item, count)]
    reach = max(_NEAREST_REACH[unit], (latest - date.years[0]) // unit // _AGE_SHARE)
    options: dict[str, Option] = {}
    for offset in permuted([offset for offset in range(-reach, reach + 1) if offset], item):
        candidate = Date(date.precision, date.index + offset)
        first, last = candidate.years
        if candidate.nameless or last > latest or any(first <= end and start <= last for start, end in fact.true_years):
            continue
        text = write_date(candidate, style)
        options.setdefault(text, Option(text, None))
        if len(options) == count:
            break
    return list(options.values())
