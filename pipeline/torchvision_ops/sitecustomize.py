"""Lets torchvision be imported where its compiled operators do not load.

The torchvision wheel of the general package index is built against CUDA. Beside a CPU build of torch its `_C.so` does
not load, and `import torchvision` then fails with "operator torchvision::nms does not exist": it registers shape
functions for `nms` and `qnms`, whose schemas `_C.so` would have defined. vLLM and transformers use only torchvision's
Python part, so declaring the two schemas is enough; calling either operator still fails, as it should.

The declaration has to be in place before the first import of torchvision in every process of the engine. vLLM spawns
children, and its plug-in entry points are loaded after torchvision, so the directory of this file goes on `PYTHONPATH`
in the environment that the engine's processes inherit; Python imports `sitecustomize` when it starts. Only the engine's
processes get that path. Where the operators load (a CUDA machine, a CPU build of torchvision), nothing is declared.
"""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
OPERATORS = ("torchvision::nms", "torchvision::qnms")


def define_missing_operators(library: Path) -> bool:
    """Declares `OPERATORS` if `library`, the compiled part of torchvision, cannot be loaded into this torch.

    Returns:
        Whether the operators were declared.
    """
    import torch

    try:
        torch.ops.load_library(str(library))
    except OSError:
        for name in OPERATORS:
            torch.library.define(name, SCHEMA)
        return True
    return False


class TorchvisionLoader(SourceFileLoader):
    """Runs torchvision's `__init__.py` after the operators it expects exist."""

    def exec_module(self, module: ModuleType) -> None:
        """Declares what is missing, then executes `module`."""
        define_missing_operators(Path(self.path).with_name("_C.so"))
        super().exec_module(module)


class TorchvisionFinder:
    """Finds torchvision where Python would and hands it to `TorchvisionLoader`; leaves every other module alone."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Returns a spec for the top-level package torchvision, None for all else."""
        if name != "torchvision":
            return None
        found = PathFinder.find_spec(name, path, target)
        if found is None or found.origin is None:
            return None
        return spec_from_file_location(
            name,
            found.origin,
            loader=TorchvisionLoader(name, found.origin),
            submodule_search_locations=found.submodule_search_locations,
        )


sys.meta_path.insert(0, TorchvisionFinder)
