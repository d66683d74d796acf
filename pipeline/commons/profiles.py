"""The dated policies of picture sources, from `profiles.yaml`, and the check that a run keeps to them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from pipeline.errors import ConfigError

_CONTACT = re.compile(r"(?:https?://|[^\s@<>()]+@)((?:[\w-]+\.)+[\w-]{2,})", re.IGNORECASE)
# Names that RFC 2606 reserves for examples reach nobody.
_PLACEHOLDERS = re.compile(r"(?:^|\.)(?:example(?:\.(?:com|org|net))?|invalid|test|localhost)$", re.IGNORECASE)


@dataclass(frozen=True)
class Profile:
    """One operator's policy; `read` says when, `mbit_per_s` is 10^6 bits/s."""

    name: str
    read: str
    hosts: tuple[str, ...]
    contact_required: bool
    connections: int
    mbit_per_s: float
    widths_px: tuple[int, ...]

    def covers(self, url: str) -> bool:
        host = (urlsplit(url).hostname or "").lower().rstrip(".")
        return any(host == known or host.endswith(f".{known}") for known in self.hosts)


@cache
def profiles() -> tuple[Profile, ...]:
    """All known profiles, in the order of the file."""
    raw = yaml.safe_load((Path(__file__).parent / "profiles.yaml").read_text(encoding="utf-8"))
    return tuple(
        Profile(
            name,
            str(row["read"]),
            tuple(row["hosts"]),
            bool(row["contact_required"]),
            int(row["connections"]),
            float(row["mbit_per_s"]),
            tuple(row["widths_px"]),
        )
        for name, row in raw.items()
    )


def has_contact(user_agent: str) -> bool:
    """Whether a User-Agent names an e-mail or web address at which somebody may be reached."""
    return any(not _PLACEHOLDERS.search(host) for host in _CONTACT.findall(user_agent))


def check_contact(url: str, user_agent: str) -> None:
    """Refuse to ask a host whose policy wants to know who asks.

    Raises:
        ConfigError: names the setting.
    """
    for profile in profiles():
        if profile.covers(url) and profile.contact_required and not has_contact(user_agent):
            raise ConfigError(
                f"images.user_agent: {user_agent!r} names no contact, and {_policy(profile, url)} requires one; "
                "set it to a tool name with your e-mail or web address"
            )


def _policy(profile: Profile, url: str) -> str:
    return f"{urlsplit(url).hostname} (policy of {profile.name}, read {profile.read})"


def check_policy(url: str, *, user_agent: str, connections: int, bytes_per_s: float, width: int) -> None:
    """Refuse a run that would break the policy of the host behind `url`.

    Raises:
        ConfigError: names the setting of the `images` section, the limit and when it was read.
    """
    check_contact(url, user_agent)
    for profile in profiles():
        if not profile.covers(url):
            continue
        policy = _policy(profile, url)
        if connections > profile.connections:
            raise ConfigError(f"images.connections: {connections} is over the {profile.connections} of {policy}")
        if bytes_per_s * 8 > profile.mbit_per_s * 1e6:
            raise ConfigError(
                f"images.mbit_per_s: {bytes_per_s * 8 / 1e6:g} is over the {profile.mbit_per_s:g} of {policy}"
            )
        if width not in profile.widths_px:
            widths = ", ".join(str(known) for known in profile.widths_px)
            raise ConfigError(f"images.thumbnail_px: {width} is not a standard width of {policy}: {widths}")
