"""Weights in safetensors files: read one tensor at a time, written in files of a bounded size."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from pipeline.errors import UserError

# Well below what object stores take in one piece, and what a rank can hold besides its share of the model.
MAX_FILE_BYTES = 2 * 2**30


@dataclass(frozen=True)
class Stored:
    """A tensor in a file: known by name and shape before it is read."""

    path: Path
    name: str
    shape: tuple[int, ...]

    def read(self) -> Tensor:
        with safe_open(self.path, "pt") as file:
            tensor: Tensor = file.get_tensor(self.name)
        return tensor


def stored(folder: Path) -> dict[str, Stored]:
    """Tensors of a model folder by name.

    Raises:
        UserError: it has no weights, or a file that its index names is missing.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise UserError(f"{folder}: holds no weights (no *.safetensors); older *.bin files must be converted first")
    index = folder / "model.safetensors.index.json"
    if index.exists():
        named = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
        if missing := sorted(named - {path.name for path in paths}):
            raise UserError(f"{folder}: {', '.join(missing)} missing, which the index of weights names; copy it again")
    return {tensor.name: tensor for path in paths for tensor in _of_file(path)}


def _of_file(path: Path) -> Iterator[Stored]:
    with safe_open(path, "pt") as file:
        for name in file.keys():  # noqa: SIM118 - not a dict
            yield Stored(path, name, tuple(file.get_slice(name).get_shape()))


def write(tensors: Iterable[tuple[str, Tensor]], folder: Path, max_bytes: int = MAX_FILE_BYTES) -> None:
    """Write tensors as they come, with an index where they fill more than one file.

    Args:
        tensors: names and values; no more than a file's worth is held at a time.
        folder: is there.
        max_bytes: of a file; a larger tensor has one to itself.
    """
    files: list[list[str]] = []
    held: dict[str, Tensor] = {}
    total = size = 0

    def flush() -> None:
        save_file(held, folder / f"{len(files)}.partial", metadata={"format": "pt"})
        files.append(list(held))
        held.clear()

    for name, tensor in tensors:
        if held and size + tensor.nbytes > max_bytes:
            flush()
            size = 0
        held[name] = tensor.contiguous()
        size, total = size + tensor.nbytes, total + tensor.nbytes
    flush()
    _name(files, total, folder)


def _name(files: list[list[str]], total: int, folder: Path) -> None:
    """Give files the names that readers look for, which tell how many there are."""
    if len(files) == 1:
        (folder / "0.partial").rename(folder / "model.safetensors")
        return
    weight_map = {}
    for number, names in enumerate(files):
        final = f"model-{number + 1:05}-of-{len(files):05}.safetensors"
        (folder / f"{number}.partial").rename(folder / final)
        weight_map.update(dict.fromkeys(names, final))
    index = json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=2, sort_keys=True)
    (folder / "model.safetensors.index.json").write_text(index, encoding="utf-8")
