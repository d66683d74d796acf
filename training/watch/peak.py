"""Peak arithmetic of the devices that ranks run on, from the table `gpus.yaml`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import msgspec
import yaml


class Gpu(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of the table: pattern of the device's name, dense bf16 FLOP/s, and where that is written."""

    name: str
    pattern: str
    flops_per_s: float
    source: str


@cache
def gpus() -> tuple[Gpu, ...]:
    """The table."""
    raw = yaml.safe_load(Path(__file__).with_name("gpus.yaml").read_text(encoding="utf-8"))
    return tuple(msgspec.convert(raw, list[Gpu]))


def peak_flops_per_s(device_name: str | None, num_devices: int) -> float | None:
    """Dense bf16 FLOP/s of all devices together.

    Args:
        device_name: as torch.cuda.get_device_name says; None on CPUs.
        num_devices: alike.

    Returns:
        None on CPUs and for a device that the table does not have.
    """
    found = [each for each in gpus() if device_name is not None and re.fullmatch(each.pattern, device_name)]
    return found[0].flops_per_s * num_devices if found else None
