"""A hub that is slow, busy, refuses or breaks off, and a publisher that is killed."""

from __future__ import annotations

import copy
import itertools
import os
import signal
from pathlib import Path

import httpx2
import pytest
from huggingface_hub import constants
from huggingface_hub.utils import get_session

from pipeline.dataset.publish import hub_answers
from pipeline.errors import UserError
from tests.dataset.publish.test_hub import REPO, published
from tests.kit.driver import started
from tests.kit.exported import contents, exported, some_files
from tests.kit.hub_server import READER, HubServer, Mood

TOO_MANY = {"RateLimit": '"api";r=0;t=7'}


@pytest.mark.parametrize(
    "moods",
    [
        [Mood("reset", "PUT", "/lfs/", times=2, after=10_000)],
        [Mood("refuse", "PUT", "/lfs/", times=3, status=500)],
        [Mood("lose_answer", "PUT", "/lfs/"), Mood("lose_answer", "POST", "verify")],
        [Mood("refuse", "POST", "/commit/", times=2, status=503), Mood("refuse", "POST", "/commit/", status=412)],
        [Mood("lose_answer", "POST", "/commit/", times=2)],
        [Mood("reset", "POST", "/commit/"), Mood("reset", "POST", "preupload")],
        [Mood("refuse", method, path, status=429, headers={"Retry-After": "3"})
         for method, path in [("GET", "whoami"), ("POST", "repos/create"), ("GET", "/tree/"), ("POST", "paths-info"),
                              ("POST", "objects/batch"), ("PUT", "/lfs/"), ("POST", "/commit/")]],
    ],
    ids=["reset", "500", "lost", "refused", "lost-commits", "reset-commits", "429"],
)  # fmt: skip
def test_what_passes_is_waited_for(hub: HubServer, tmp_path: Path, moods: list[Mood], waits: list[float]) -> None:
    published(hub, exported(tmp_path / "a", some_files(3, num_large=2)))
    hub.moods += moods
    source = exported(tmp_path / "b", some_files(num_large=4))
    published(hub, source)
    assert hub.files(REPO) == contents(source)
    assert not any(mood.times for mood in hub.moods), "each fault was met"
    assert waits


def test_the_wait_that_is_asked_for_is_waited(hub: HubServer, tmp_path: Path, waits: list[float]) -> None:
    hub.moods += [
        Mood("refuse", "POST", "/commit/", status=429, headers=TOO_MANY),
        Mood("refuse", "POST", "repos/create", status=429, headers={"Retry-After": "23"}),
    ]
    published(hub, exported(tmp_path, some_files()))
    assert {7.0, 23.0} <= set(waits)


@pytest.mark.parametrize(
    ("mood", "says"),
    [
        (Mood("refuse", "GET", "whoami", status=401), "does not accept the token .*; set HF_TOKEN"),
        (Mood("refuse", "GET", "whoami", status=429, headers={"Retry-After": "3600"}), "wait 3,600 s, then the same"),
        (Mood("refuse", "POST", "/commit/", 99, status=412, body={"error": "the branch has moved"}),
         r"the commit was refused \(the branch has moved\)"),
        (Mood("refuse", "POST", "/commit/", 99, status=503), "the hub answers 503 again and again"),
        (Mood("refuse", "POST", "/commit/", status=413, body={"error": "payload too large"}),
         r"takes nothing of that size \(payload too large\)"),
        (Mood("refuse", "PUT", "/lfs/", status=413), "Error while uploading '.*/train-.*' to the Hub. .*of that size"),
        (Mood("refuse", "PUT", "/lfs/", status=507, body={"error": "quota"}), r"storage is used up \(quota\)"),
        (Mood("refuse", "POST", "objects/batch", status=200, body={"objects": [
            {"oid": "0" * 64, "size": 1, "error": {"code": 403, "message": "Repository storage limit reached"}}]}),
         "Repository storage limit reached"),
        (Mood("reset", "PUT", "/lfs/", times=99, after=1), "the connection was lost .*; the same command goes on"),
        (Mood("refuse", "GET", "/tree/", status=403, body={"error": "gated"}), r"may not write there \(gated\)"),
    ],
)  # fmt: skip
def test_what_does_not_pass_is_told_in_a_sentence_and_the_next_call_goes_on(
    hub: HubServer, tmp_path: Path, mood: Mood, says: str, waits: list[float]
) -> None:
    source = exported(tmp_path, some_files(num_large=2))
    hub.moods.append(mood)
    with pytest.raises(UserError, match=f"^--to hub:datasets/lab/food: .*{says}") as caught:
        published(hub, source)
    assert "\n" not in str(caught.value)
    assert REPO not in hub.repos or "manifest.json" not in hub.files(REPO)
    hub.moods.clear()
    published(hub, source)
    assert hub.files(REPO) == contents(source)


def test_a_token_that_may_only_read(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(UserError, match="the token may only read"):
        published(hub, exported(tmp_path, some_files()))
    assert not hub.repos


def test_no_token(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "none"))
    with pytest.raises(UserError, match="there is no token; set HF_TOKEN to one of the hub's access tokens"):
        published(hub, exported(tmp_path / "a", some_files()))


def test_the_owner_is_somebody_else(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.dataset.publish.test_hub.REPO", "stranger/food")
    with pytest.raises(UserError, match=r'the token may not write there .*under the namespace "stranger"'):
        published(hub, exported(tmp_path, some_files()))


def test_private_is_refused_where_all_can_read(hub: HubServer, tmp_path: Path) -> None:
    source = exported(tmp_path, some_files())
    published(hub, source)
    with pytest.raises(UserError, match="is public; make it private on the hub, or leave --private out"):
        published(hub, source, private=True)


def test_a_hub_that_falls_silent_is_asked_again(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, waits: list[float]
) -> None:
    published(hub, exported(tmp_path / "a", some_files(3, num_large=1)))
    assert get_session().timeout.read, "seconds, not for ever"
    monkeypatch.setattr(get_session(), "timeout", httpx2.Timeout(0.3))
    hub.moods += [Mood("hold", "PUT", "/lfs/"), Mood("hold", "POST", "/commit/")]
    source = exported(tmp_path / "b", some_files(num_large=2))
    published(hub, source)
    assert hub.files(REPO) == contents(source)
    assert all(mood.holding.is_set() for mood in hub.moods)


def test_a_process_that_is_to_stay_offline(hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match="HF_HUB_OFFLINE is set; unset it to publish"):
        published(hub, exported(tmp_path, some_files()))
    assert not hub.asked


def test_a_hub_that_is_not_there(tmp_path: Path, hub: HubServer, waits: list[float]) -> None:
    gone = HubServer()
    gone.url = "http://127.0.0.1:9"
    with pytest.raises(UserError, match="the connection was lost"):
        published(gone, exported(tmp_path, some_files()))
    assert len(waits) == hub_answers._ATTEMPTS - 1


@pytest.mark.slow
def test_stopped_at_any_request_the_next_publication_ends_right(hub: HubServer, tmp_path: Path) -> None:
    """An earlier publication stands; a second is cut off after n requests; a third, of other files, is to be alone."""
    first, second, third = (
        exported(tmp_path / str(seed), some_files(seed, num_large=number, size=6000))
        for seed, number in ((0, 1), (1, 2), (2, 1))
    )
    published(hub, first)
    repos, objects = copy.deepcopy(hub.repos), dict(hub.objects)
    for number in itertools.count():
        hub.repos, hub.objects = copy.deepcopy(repos), dict(objects)
        hub.moods = [Mood("refuse", "", "", times=1000, skip=number, status=418)]
        try:
            published(hub, second)
            break
        except UserError:
            there = hub.files(REPO)
            if "manifest.json" in there:
                whole = contents(first if there["manifest.json"] == contents(first)["manifest.json"] else second)
                assert there.items() >= whole.items(), "a manifest stands only beside all its files"
        hub.moods.clear()
        source = second if number % 2 else third
        published(hub, source)
        assert hub.files(REPO) == contents(source), f"cut off after {number} requests"
    assert number > 20


@pytest.mark.slow
def test_killed_in_the_middle_it_goes_on_and_sends_nothing_twice(hub: HubServer, tmp_path: Path) -> None:
    size = 400_000
    source = exported(tmp_path, some_files(num_large=12, size=size))
    command = ["--from", str(tmp_path), "--to", f"hub:datasets/{REPO}"]
    held = Mood("hold", "PUT", "/lfs/", skip=7)
    hub.moods.append(held)
    with started(command, module="tests.kit.publish_alone") as publisher:
        assert held.holding.wait(60)
        whole = dict(hub.objects)
        os.kill(publisher.pid, signal.SIGKILL)
        assert publisher.wait()[0] == -signal.SIGKILL
    held.release.set()
    assert "manifest.json" not in hub.files(REPO)
    assert len(whole) >= 4, "seven had begun before it, at most three of them beside it"
    came = hub.came.copy()
    with started(command, module="tests.kit.publish_alone") as publisher:
        code, output = publisher.wait()
    assert code == 0, output
    assert "all verified" in output
    assert hub.files(REPO) == contents(source)
    assert not set(hub.came - came) & set(whole), "what had come whole came again"


@pytest.mark.slow
def test_memory_does_not_grow_with_files(hub: HubServer, tmp_path: Path) -> None:
    exported(tmp_path, {"images/a.tar": b"0123456789" * 10_000_000, **some_files(num_large=1)})
    command = ["--growth", "--from", str(tmp_path), "--to", f"hub:datasets/{REPO}"]
    with started(command, module="tests.kit.publish_alone") as publisher:
        code, output = publisher.wait()
    assert code == 0, output
    assert int(output.rpartition("grew by ")[2].split()[0]) < 60, "MB, of which the file has 100"
