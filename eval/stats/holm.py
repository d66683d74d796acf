"""Many comparisons at once, as of all languages: p-values that hold for all of them together."""

from __future__ import annotations

from collections.abc import Mapping


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's adjusted p-values (1979): calling those below 5 % different errs on any of them in at most 5 % of cases.

    They hold whatever the comparisons have to do with each other, such as the same pictures in every language.

    Raises:
        ValueError: a p-value is not from 0 to 1.
    """
    for name, value in p_values.items():
        if not 0 <= value <= 1:
            raise ValueError(f"the p-value of {name} is {value}, which is not from 0 to 1")
    adjusted: dict[str, float] = {}
    highest = 0.0
    for number, (name, value) in enumerate(sorted(p_values.items(), key=lambda pair: (pair[1], pair[0]))):
        highest = max(highest, min(1.0, (len(p_values) - number) * value))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}
