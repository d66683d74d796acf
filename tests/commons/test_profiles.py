from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.commons.fetch import CommonsClient, CommonsSettings
from pipeline.commons.profiles import check_policy, has_contact, profiles
from pipeline.commons.settings import Images
from pipeline.errors import ConfigError
from sample.commons_answers import STANDARD_WIDTHS_PX

WIKIMEDIA = CommonsSettings(
    api_url="https://commons.wikimedia.org/w/api.php",
    upload_url="https://upload.wikimedia.org/wikipedia/commons",
    user_agent="culturalground/0.1 (https://culturalground.org/contact)",
    width=500,
    max_bytes=10**7,
    timeout_s=30,
    max_attempts=5,
    connections=2,
    requests_per_s=10,
    bytes_per_s=25e6 / 8,
)


def test_settings_within_the_limits_are_accepted() -> None:
    WIKIMEDIA.check()


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"user_agent": ""}, "images.user_agent"),
        ({"user_agent": "culturalground/0.1"}, "images.user_agent"),
        ({"user_agent": "culturalground (mailto:somebody@example.org)"}, "images.user_agent"),
        ({"user_agent": "culturalground (http://localhost/)"}, "images.user_agent"),
        ({"connections": 3}, "images.connections"),
        ({"bytes_per_s": 25.1e6 / 8}, "images.mbit_per_s"),
        ({"width": 512}, "images.thumbnail_px"),
    ],
)
def test_wikimedia_is_not_asked_by_who_breaks_its_policy(changes: dict[str, Any], setting: str) -> None:
    broken = replace(WIKIMEDIA, **changes)
    with pytest.raises(
        ConfigError, match=rf"^{re.escape(setting)}: .*wikimedia\.org \(policy of wikimedia, read 2026\)"
    ):
        broken.check()
    with pytest.raises(ConfigError):
        CommonsClient(broken)
    for url in ("api_url", "upload_url"):
        elsewhere = replace(broken, api_url="http://127.0.0.1/w/api.php", upload_url="http://127.0.0.1/c")
        elsewhere.check()
        with pytest.raises(ConfigError):
            replace(elsewhere, **{url: getattr(WIKIMEDIA, url)}).check()


@given(st.text(), st.integers(1, 100), st.floats(1, 1e12), st.integers(1, 10**4))
def test_the_loopback_is_free(user_agent: str, connections: int, bytes_per_s: float, width: int) -> None:
    for url in ("http://127.0.0.1:8000/w/api.php", "http://[::1]/c", "https://mirror.internal/commons"):
        check_policy(url, user_agent=user_agent, connections=connections, bytes_per_s=bytes_per_s, width=width)


@pytest.mark.parametrize(
    "url",
    [
        "https://upload.wikimedia.org/x", "http://WIKIMEDIA.ORG/x", "https://en.wikipedia.org./x",
        "https://commons.wikimedia.org:8443/x",
    ],
)  # fmt: skip
def test_a_host_is_known_however_it_is_written(url: str) -> None:
    with pytest.raises(ConfigError):
        check_policy(url, user_agent="", connections=1, bytes_per_s=1, width=500)


@pytest.mark.parametrize(
    "url", ["https://notwikimedia.org/x", "https://wikimedia.org.mirror.net/x", "https://x.org/wikimedia.org"]
)
def test_a_host_that_only_looks_like_one_is_another(url: str) -> None:
    check_policy(url, user_agent="", connections=100, bytes_per_s=1e12, width=7)


@pytest.mark.parametrize(
    ("user_agent", "names_one"),
    [
        ("tool/1 (https://lab.university.edu/tool)", True),
        ("tool/1 (tool@lab.university.edu)", True),
        ("tool/1 (see lab.university.edu)", False),
        ("tool/1 (@somebody)", False),
        ("Mozilla/5.0 (X11; Linux x86_64)", False),
        ("tool/1 (a@example.com; https://lab.university.edu)", True),
    ],
)
def test_a_contact_is_an_address_that_reaches_somebody(user_agent: str, names_one: bool) -> None:
    assert has_contact(user_agent) is names_one


def test_defaults_of_the_config_keep_to_the_policy_but_for_the_contact() -> None:
    defaults = Images()
    for url in (defaults.api_url, defaults.upload_url):
        check_policy(
            url,
            user_agent=WIKIMEDIA.user_agent,
            connections=defaults.connections,
            bytes_per_s=defaults.mbit_per_s * 1e6 / 8,
            width=defaults.thumbnail_px,
        )


def test_config_profile_and_local_server_know_the_same_widths() -> None:
    (wikimedia,) = profiles()
    allowed = Images.model_json_schema()["properties"]["thumbnail_px"]["enum"]
    assert tuple(allowed) == wikimedia.widths_px == STANDARD_WIDTHS_PX
