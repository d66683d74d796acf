"""What a hub's refusals mean to the user, and which of them pass if one waits."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import httpx2
from huggingface_hub.errors import HfHubHTTPError, LocalTokenNotFoundError, OfflineModeIsEnabled
from huggingface_hub.utils import parse_ratelimit_headers

from pipeline.errors import UserError

T = TypeVar("T")

TOKEN_ADVICE = "set HF_TOKEN to one of the hub's access tokens that may write, or store one with `hf auth login`"
_GOES_ON = "the same command goes on from there"
# As many as the client makes of the requests that it repeats by itself.
_ATTEMPTS = 6
_LONGEST_WAIT_S = 300.0
# 409 and 412 are what a branch answers that another commit has moved in between.
_PASSING = {408, 409, 412, 429, 500, 502, 503, 504}


def patiently(call: Callable[[], T]) -> T:
    """Make a call, again if it fails in a way that passes: the client repeats uploads and listings, but no commits.

    Args:
        call: must do no harm if an earlier one took effect and only its answer was lost.
    """
    for attempt in itertools.count(1):
        wait_s = float(2 ** (attempt - 1))
        try:
            return call()
        except HfHubHTTPError as error:
            asked_s = _asked_wait_s(error)
            wait_s = wait_s if asked_s is None else asked_s
            if error.response.status_code not in _PASSING or attempt == _ATTEMPTS or wait_s > _LONGEST_WAIT_S:
                raise
        except httpx2.TransportError:
            if attempt == _ATTEMPTS:
                raise
        time.sleep(wait_s)
    raise AssertionError("the loop ends by its last attempt")


@contextmanager
def explained(uri: str) -> Iterator[None]:
    """Turn what the client raises into one sentence.

    Raises:
        UserError: the hub refuses, or cannot be reached.
    """
    try:
        yield
    except LocalTokenNotFoundError as error:
        raise UserError(f"--to {uri}: there is no token; {TOKEN_ADVICE}") from error
    except OfflineModeIsEnabled as error:
        raise UserError(f"--to {uri}: HF_HUB_OFFLINE is set; unset it to publish") from error
    except HfHubHTTPError as error:
        raise UserError(f"--to {uri}: {_sentence(error)}") from error
    except httpx2.TransportError as error:
        raise UserError(f"--to {uri}: {_no_answer(error)}") from error
    except RuntimeError as error:
        # The client wraps what ended the upload of a file.
        match error.__cause__:
            case UserError() as cause:
                raise cause from error
            case HfHubHTTPError() as cause:
                raise UserError(f"--to {uri}: {error} {_sentence(cause)}") from error
            case httpx2.TransportError() as cause:
                raise UserError(f"--to {uri}: {error} {_no_answer(cause)}") from error
            case ValueError() as cause:
                raise UserError(f"--to {uri}: {error} {_squeezed(cause)}") from error
        raise
    except ValueError as error:
        # Objects that the hub refuses, and answers that are none.
        raise UserError(f"--to {uri}: {_squeezed(error)}; when that is mended, {_GOES_ON}") from error


def _sentence(error: HfHubHTTPError) -> str:
    status = error.response.status_code
    said = _squeezed(error.server_message) if error.server_message else "no reason given"
    match status:
        case 401:
            return f"the hub does not accept the token ({said}); {TOKEN_ADVICE}"
        case 402 | 507:
            return f"the owner's storage is used up ({said}); free or buy some, then {_GOES_ON}"
        case 403:
            return f"the token may not write there ({said}); take one with write access to this owner, or another owner"
        case 404:
            return f"not found ({said}); check owner, name and branch"
        case 413:
            return f"the hub takes nothing of that size ({said}); export in smaller shards (assemble.shard_mb)"
        case 429:
            asked_s = _asked_wait_s(error)
            wait = "some minutes" if asked_s is None else f"{asked_s:,.0f} s"
            return f"the hub limits how often it may be asked; wait {wait}, then {_GOES_ON}"
        case 409 | 412:
            return f"the commit was refused ({said}); if nobody else publishes there now, {_GOES_ON}"
    if status >= 500:
        return f"the hub answers {status} again and again ({said}); later {_GOES_ON}"
    return f"the hub answers {status} ({said})"


def _no_answer(error: httpx2.TransportError) -> str:
    return f"the connection was lost ({_squeezed(error) or type(error).__name__}); {_GOES_ON}"


def _asked_wait_s(error: HfHubHTTPError) -> float | None:
    """Seconds that the answer asks to wait."""
    limit = parse_ratelimit_headers(error.response.headers)
    if limit is not None and limit.remaining == 0:
        return float(limit.reset_in_seconds)
    text = error.response.headers.get("Retry-After", "").strip()
    return float(text) if text.isdigit() else None


def _squeezed(error: Exception | str) -> str:
    return " ".join(str(error).split())
