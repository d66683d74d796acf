"""One query at a time to a SPARQL service that limits its clients, as the Wikidata Query Service does.

Its rules (https://www.wikidata.org/wiki/Wikidata:SPARQL_query_service/query_limits): 60 s for a query, a User-Agent
that says whom to ask, 429 with Retry-After for those who ask too much.
"""

from __future__ import annotations

import email.utils
import hashlib
import json
import socket
import time
import urllib.error
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from SPARQLWrapper import JSON, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, SPARQLWrapperException

from pipeline.errors import InputError

# One solution: variable -> {"type": uri | literal | bnode, "value": ..., "xml:lang": ..., "datatype": ...}.
Binding = Mapping[str, Mapping[str, str]]

_MAX_WAIT_S = 120.0
_BUSY = (429, 502, 503, 504)
# How Blazegraph, which answers at Wikidata, says that a query took longer than it may.
_TIMEOUT_WORDS = (b"TimeoutException", b"timeout", b"time limit")


class TooMuchError(Exception):
    """The service did not answer the query in its time; half of it may be answered."""


@dataclass(frozen=True)
class Service:
    """A SPARQL service.

    Attributes:
        endpoint: its address.
        user_agent: who asks, with a way to reach them.
        timeout_s: to wait for one answer.
        max_attempts: at one query, while the service is busy or cannot be reached.
        kept: a folder for answers, so that who is stopped half-way need not ask again; None keeps none.
        sleep: waits so many seconds.
    """

    endpoint: str
    user_agent: str
    timeout_s: int = 65
    max_attempts: int = 6
    kept: Path | None = None
    sleep: Callable[[float], None] = time.sleep

    def ask(self, query: str) -> list[Binding]:
        """The solutions of a SELECT query, from the folder of answers if they are there.

        Raises:
            TooMuchError: it takes longer than the service allows, or its answer was cut off.
            InputError: the service refuses it, or is not there after all attempts.
        """
        if self.kept is None:
            return self._ask(query)
        path = self.kept / f"{hashlib.sha256(f'{self.endpoint} {query}'.encode()).hexdigest()}.json"
        if path.exists():
            known: list[Binding] = json.loads(path.read_bytes())
            return known
        solutions = self._ask(query)
        self.kept.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(solutions), encoding="utf-8")
        partial.replace(path)
        return solutions

    def _ask(self, query: str) -> list[Binding]:
        for attempt in range(1, self.max_attempts + 1):
            try:
                return self._ask_once(query)
            except EndPointInternalError as error:
                if any(word in str(error).encode() for word in _TIMEOUT_WORDS):
                    raise TooMuchError(str(error)[:200]) from error
                reason, wait_s = f"it failed: {str(error)[:200]}", _backoff_s(attempt)
            except SPARQLWrapperException as error:
                raise InputError(f"{self.endpoint}: refuses the query: {str(error)[:300]}\n{query}") from error
            except urllib.error.HTTPError as error:
                if error.code not in _BUSY:
                    raise InputError(f"{self.endpoint}: answers {error.code} {error.reason}") from error
                if error.code == 504:
                    raise TooMuchError(f"{error.code} {error.reason}") from error
                reason = f"it answers {error.code} {error.reason}"
                wait_s = _retry_after_s(error.headers.get("Retry-After")) or _backoff_s(attempt)
            except TimeoutError as error:
                raise TooMuchError(f"no answer in {self.timeout_s} s") from error
            except (OSError, urllib.error.URLError) as error:
                if isinstance(getattr(error, "reason", None), socket.timeout):
                    raise TooMuchError(f"no answer in {self.timeout_s} s") from error
                reason, wait_s = f"it cannot be reached: {error}", _backoff_s(attempt)
            if attempt < self.max_attempts:
                self.sleep(min(wait_s, _MAX_WAIT_S))
        raise InputError(f"{self.endpoint}: after {self.max_attempts} attempts {reason}")

    def _ask_once(self, query: str) -> list[Binding]:
        wrapper = SPARQLWrapper(self.endpoint, agent=self.user_agent, returnFormat=JSON)
        wrapper.setMethod(POST)
        wrapper.setTimeout(self.timeout_s)
        wrapper.setQuery(query)
        try:
            answer: dict[str, Any] = json.loads(wrapper.query().response.read())
            solutions: list[Binding] = answer["results"]["bindings"]
        except (ValueError, KeyError, TypeError) as error:
            # A service that runs out of time while it answers breaks off in the middle of the JSON.
            raise TooMuchError(f"the answer was cut off: {error}") from error
        return solutions


def _backoff_s(attempt: int) -> float:
    return float(2**attempt)


def _retry_after_s(header: str | None) -> float | None:
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except ValueError:
        return None
