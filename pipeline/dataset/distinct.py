"""The different values of more arrays than memory would hold at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

# Values that wait before they are merged in: merging each small array by itself would sort the rest again each time.
_WAITING = 1 << 20


def distinct(arrays: Iterable[npt.NDArray[Any]], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Each value once, in order; held are some three times what comes out, and `_WAITING` values."""
    found = np.empty(0, dtype)
    waiting: list[npt.NDArray[Any]] = []
    held = 0
    for array in arrays:
        waiting.append(np.unique(array))
        held += len(waiting[-1])
        if held > max(len(found), _WAITING):
            found, waiting, held = np.unique(np.concatenate([found, *waiting])), [], 0
    return np.unique(np.concatenate([found, *waiting]))
