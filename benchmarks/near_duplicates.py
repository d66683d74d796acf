"""Grouping near duplicates: seconds and memory from 10,000 hashes to 3 million, and against a BK-tree where one can.

The hashes are made up: three quarters uniform, a tenth 0 to 6 bits from one of these, a tenth one and the same (blank
pictures), the rest within 3 bits of that. The peer is pybktree's tree, asked for each hash, on the same hashes; both
must give as many groups. How far real pictures' hashes move when the picture is changed, and how far apart those of
different ones are, is printed first. Needs `make peers` and ../shared/data beside the checkout.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

# Scripts here are run by path, from any folder; what they measure lies beside this one.
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from PIL import Image, ImageEnhance

from benchmarks.claims import Claim, claim, main
from pipeline.commons.hash_buckets import Longs
from pipeline.commons.normalise import perceptual_hash
from tests.kit.real_input import ABSENT, SHARED, photographs

DISTANCE = 6
PEER = Path(__file__).parents[1] / ".peers/pybktree/bin/python"
# Ours: a stage of minutes for the whole data set, on a machine that has other work.
SECONDS_BAR, MIB_BAR = 120.0, 1024.0

# Both are run with the file of hashes and the distance, and print CPU seconds, the most memory in MiB, and the groups.
_MEMORY = "int(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]) / 1024"
_OURS = f"""
import sys, time
import numpy as np
from pipeline.commons.near_duplicates import group_near_duplicates
hashes, distance = np.load(sys.argv[1]), int(sys.argv[2])
group_near_duplicates(np.arange(10_000) * 2**50 // 3, distance)
start, before = time.process_time(), {_MEMORY}
groups = group_near_duplicates(hashes, distance)
print(time.process_time() - start, {_MEMORY} - before, len(set(groups.tolist())))
"""
_PEER = f"""
import sys, time
import pybktree
hashes, distance = [int(line) for line in open(sys.argv[1])], int(sys.argv[2])
start, before = time.process_time(), {_MEMORY}
unique = sorted(set(hashes))
tree = pybktree.BKTree(pybktree.hamming_distance, unique)
groups = {{}}
for first in unique:
    waiting = [] if first in groups else [first]
    groups.setdefault(first, first)
    while waiting:
        for _, near in tree.find(waiting.pop(), distance):
            if near not in groups:
                groups[near] = first
                waiting.append(near)
print(time.process_time() - start, {_MEMORY} - before, len(set(groups.values())))
"""
CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half the size": lambda image: image.resize((image.width // 2, image.height // 2)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "a third brighter": lambda image: ImageEnhance.Brightness(image).enhance(1.33),
    "more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.3),
    "2 % cut off each side": lambda image: _cropped(image, 0.02),
    "5 % cut off each side": lambda image: _cropped(image, 0.05),
}


def measure(quick: bool) -> Sequence[Claim]:
    """The distances of real pictures, the cost curve, and the ratio to the peer."""
    if not PEER.exists():
        sys.exit("needs the peers: make peers")
    if not SHARED.is_dir():
        sys.exit(ABSENT)
    _print_distances()
    made = []
    sizes = [10_000, 100_000] if quick else [10_000, 100_000, 1_000_000, 3_000_000]
    for number in sizes:
        seconds, mebibytes, groups = _ours(made_up(number))
        print(json.dumps({"hashes": number, "CPU s": seconds, "MiB": mebibytes, "groups": groups}), flush=True)
    made.append(claim(f"seconds for {number} hashes, against the bar", seconds, SECONDS_BAR, "CPU s", 1.0,
                      less_is_better=True))  # fmt: skip
    made.append(claim(f"memory for {number} hashes, against the bar", mebibytes, MIB_BAR, "MiB", 1.0,
                      less_is_better=True))  # fmt: skip
    for number in [2000 if quick else 10_000]:
        hashes = made_up(number)
        ours, peer = _ours(hashes), _peer(hashes)
        assert ours[2] == peer[2], (ours, peer)
        made.append(claim(f"{number} hashes, against pybktree", ours[0], peer[0], "CPU s", 10.0, less_is_better=True))
    return made


def made_up(number: int) -> Longs:
    """The hashes that the module's docstring describes, in random order."""
    chance = np.random.default_rng(number)
    tenth = number // 10
    uniform = chance.integers(-(2**63), 2**63, number * 3 // 4)
    planted = flipped(uniform[:tenth], chance.integers(0, DISTANCE + 1, tenth), chance)
    blank = np.full(number - len(uniform) - tenth, 0x55AA)
    blank[tenth:] = flipped(blank[tenth:], chance.integers(0, 4, len(blank) - tenth), chance)
    return chance.permutation(np.concatenate([uniform, planted, blank]))


def flipped(hashes: Longs, num_bits: Longs, chance: np.random.Generator) -> Longs:
    """Each with so many different bits of its own changed."""
    changed = hashes.view(np.uint64).copy()
    for index, number in enumerate(num_bits):
        for bit in chance.choice(64, number, replace=False):
            changed[index] ^= np.uint64(1 << int(bit))
    return changed.view(np.int64)


def _ours(hashes: Longs) -> tuple[float, float, int]:
    with tempfile.NamedTemporaryFile(suffix=".npy") as file:
        np.save(file.name, hashes)
        return _run(sys.executable, _OURS, file.name)


def _peer(hashes: Longs) -> tuple[float, float, int]:
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(f"{each}\n" for each in hashes.view(np.uint64).tolist())
        file.flush()
        return _run(str(PEER), _PEER, file.name)


def _run(python: str, script: str, path: str) -> tuple[float, float, int]:
    command = [python, "-c", script, path, str(DISTANCE)]
    root = Path(__file__).parents[1]
    seconds, mebibytes, groups = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=root
    ).stdout.split()
    return round(float(seconds), 3), round(float(mebibytes), 1), int(groups)


def _print_distances() -> None:
    pictures = [_opened(path) for path, _, _ in photographs()]
    hashes = [_hash(picture) for picture in pictures]
    for name, change in {**CHANGES, "JPEG of quality 40": lambda image: image}.items():
        quality = 40 if "JPEG" in name else 90
        moved = [_apart(one, _hash(change(picture), quality)) for one, picture in zip(hashes, pictures, strict=True)]
        within = {f"within {bits}": sum(each <= bits for each in moved) for bits in (2, 4, 6, 8, 10)}
        print(json.dumps({"change": name, "pictures": len(pictures), **within}))
    apart = sorted(_apart(one, other) for one, other in combinations(hashes, 2))
    print(json.dumps({"pairs of different pictures": len(apart), "closest": apart[:5]}), flush=True)


def _opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def _cropped(image: Image.Image, share: float) -> Image.Image:
    across, down = round(image.width * share), round(image.height * share)
    return image.crop((across, down, image.width - across, image.height - down))


def _hash(image: Image.Image, quality: int = 90) -> int:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return perceptual_hash(buffer.getvalue())


def _apart(one: int, other: int) -> int:
    return ((one ^ other) & (2**64 - 1)).bit_count()


if __name__ == "__main__":
    main(measure, __doc__)
