from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from pipeline.generation.draw import chosen, seed
from pipeline.generation.request import Request, failed, request_key

REQUEST = Request("be brief", "What is it?", b"jpeg", "ab" * 32, {"type": "object"}, 64, 0.5, 7)
IDS = st.integers(-(2**63), 2**63 - 1)


def test_the_key_covers_all_that_decides_a_reply() -> None:
    others = [
        replace(REQUEST, system="be long"),
        replace(REQUEST, user="What is that?"),
        replace(REQUEST, image_sha256="cd" * 32),
        replace(REQUEST, image_sha256=None),
        replace(REQUEST, json_schema={"type": "string"}),
        replace(REQUEST, json_schema=None),
        replace(REQUEST, max_tokens=65),
        replace(REQUEST, temperature=0.6),
        replace(REQUEST, seed=8),
    ]
    keys = [request_key(request, "model", "1") for request in (REQUEST, *others)]
    keys += [request_key(REQUEST, "model", "2"), request_key(REQUEST, "other", "1")]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 64 for key in keys)


def test_text_does_not_slip_from_one_turn_into_the_other() -> None:
    assert request_key(Request("a b", "c"), "m", "1") != request_key(Request("a", "b c"), "m", "1")


def test_the_key_is_the_same_in_every_process_and_version() -> None:
    # Stored replies are found by it: a change here orphans what was paid for.
    expected = "bc471e4884ee8d2e8b3549a8d1bd8e3ecb48f9a76ffe8198c1d455a3ec911290"
    assert request_key(Request("system", "user", max_tokens=8), "model", "1") == expected


def test_a_picture_is_known_by_its_hash_and_kept_out_of_logs() -> None:
    assert request_key(replace(REQUEST, image=b"other bytes"), "m", "1") == request_key(REQUEST, "m", "1")
    assert "jpeg" not in repr(REQUEST)


def test_a_failure_is_one_line_of_bounded_length() -> None:
    reply = failed(ValueError("first\nsecond " + "x" * 10_000))
    assert (reply.text, reply.finish_reason) == ("", "error")
    assert reply.error is not None
    assert reply.error.startswith("ValueError: first second")
    assert len(reply.error) <= 500


@given(IDS, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_share_contains_a_smaller_one(item: int, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert chosen(item, "purpose", smaller) <= chosen(item, "purpose", larger)


@given(IDS)
def test_a_share_of_one_is_all_and_of_zero_none(item: int) -> None:
    assert chosen(item, "purpose", 1.0)
    assert not chosen(item, "purpose", 0.0)


def test_shares_are_kept_and_purposes_are_independent() -> None:
    ids = range(20_000)
    one = {item for item in ids if chosen(item, "one", 0.3)}
    other = {item for item in ids if chosen(item, "other", 0.3)}
    assert abs(len(one) / 20_000 - 0.3) < 0.02
    assert abs(len(one & other) / 20_000 - 0.09) < 0.02


@given(IDS)
def test_seeds_fit_every_engine(item: int) -> None:
    assert 0 <= seed(item, "purpose") < 2**31
    assert seed(item, "purpose") == seed(item, "purpose")
