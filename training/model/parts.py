"""The three parts of a LlavaNext, which of them learn, and how fast."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from pipeline.errors import ConfigError

Part = Literal["tower", "connector", "language_model"]
PARTS: tuple[Part, ...] = ("tower", "connector", "language_model")
_CONNECTOR = ("model.multi_modal_projector.", "model.image_newline")


@dataclass(frozen=True)
class Rates:
    """Peak learning rate of each part; a part without one stays as it is.

    Attributes:
        tower: the vision tower; frozen where nothing is said, as CulturalPangea is trained.
        connector: projector and the vector that ends a row of patches.
        language_model: embeddings, decoder and head.

    Raises:
        ConfigError: nothing learns.
    """

    tower: float | None = None
    connector: float | None = None
    language_model: float | None = None

    def __post_init__(self) -> None:
        if not any(asdict(self).values()):
            raise ConfigError("train: tower, connector and language model are all frozen; give one a learning rate")

    def of(self, part: Part) -> float | None:
        rate: float | None = getattr(self, part)
        return rate or None


def part_of(name: str) -> Part:
    """The part that a parameter belongs to, by its name in a LlavaNextForConditionalGeneration."""
    if name.startswith("model.vision_tower."):
        return "tower"
    return "connector" if name.startswith(_CONNECTOR) else "language_model"


def freeze(model: Any, rates: Rates) -> None:
    """Let exactly the parts with a rate learn; a frozen tower is in evaluation mode.

    Args:
        model: a LlavaNextForConditionalGeneration, before `lora.add_lora` and `parallel.shard`.
        rates: of its parts.
    """
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(rates.of(part_of(name)) is not None)
    if rates.tower is None:
        model.model.vision_tower.eval()


def parameter_groups(model: Any, rates: Rates, weight_decay: float) -> list[dict[str, Any]]:
    """What an optimizer takes: a group for each part that learns, in the order of `PARTS`.

    Args:
        model: after `freeze`, `lora.add_lora` and `parallel.shard`.
        rates: those that `freeze` had.
        weight_decay: of every parameter that learns.

    Returns:
        Groups with `name`, `params`, `lr` and `peak_lr`, which is what a schedule multiplies, and `weight_decay`.
    """
    parameters: dict[Part, list[Any]] = {part: [] for part in PARTS}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameters[part_of(name)].append(parameter)
    return [
        {"name": part, "params": found, "lr": rates.of(part), "peak_lr": rates.of(part), "weight_decay": weight_decay}
        for part, found in parameters.items()
        if found
    ]
