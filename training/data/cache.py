"""What was read last, held in memory up to so many bytes, for several threads that want the same things."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Values by key. Each is read once, however many threads ask for it meanwhile; those last used are held.

    Args:
        read: the value of a key, or its error, which goes to all who wait and is not held.
        size: of a value, bytes.
        max_bytes: held at most; the value that was read last is held whatever its size.
    """

    def __init__(self, read: Callable[[K], V], size: Callable[[V], int], max_bytes: int) -> None:
        self._read, self._size, self._max_bytes = read, size, max_bytes
        self._lock = Lock()
        self._values: OrderedDict[K, Future[V]] = OrderedDict()
        # Of the values that have arrived.
        self._sizes: dict[K, int] = {}

    def __call__(self, key: K) -> V:
        with self._lock:
            value = self._values.get(key)
            if is_new := value is None:
                value = self._values[key] = Future()
            self._values.move_to_end(key)
        if is_new:
            self._fill(key, value)
        return value.result()

    @property
    def num_bytes(self) -> int:
        """Held now."""
        with self._lock:
            return sum(self._sizes.values())

    def _fill(self, key: K, waited_for: Future[V]) -> None:
        try:
            value = self._read(key)
            size = self._size(value)
        except BaseException as error:  # noqa: BLE001 - other threads wait for this one, whatever became of it
            with self._lock:
                del self._values[key]
            waited_for.set_exception(error)
            return
        with self._lock:
            self._sizes[key] = size
            self._make_room(key)
        waited_for.set_result(value)

    def _make_room(self, newest: K) -> None:
        """Drop what was used longest ago, of what has arrived."""
        excess = sum(self._sizes.values()) - self._max_bytes
        for key in [key for key in self._values if key in self._sizes and key != newest]:
            if excess <= 0:
                return
            excess -= self._sizes.pop(key)
            del self._values[key]
