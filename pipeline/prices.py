"""What nodes cost by the hour, from a dated file, and what work on them comes to."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field, ValidationError, model_validator

from pipeline.commit import Spend
from pipeline.config import Section
from pipeline.errors import ConfigError

OWN = Path(__file__).with_name("prices.yaml")


class Node(Section):
    """A node type: its price by the hour, on spot where that is told, and between how many workers it is shared."""

    type: str = Field(min_length=1)
    hour: float = Field(ge=0, allow_inf_nan=False)
    spot: float | None = Field(None, ge=0, allow_inf_nan=False)
    cpus: float = Field(gt=0, allow_inf_nan=False)
    gpus: float = Field(0, ge=0, allow_inf_nan=False)


class Nodes(Section):
    """The node types that a run works on, by what they are used for; the head is there as long as the run."""

    cpu: Node
    gpu: Node
    train: Node
    head: Node | None = None

    @model_validator(mode="after")
    def _gpus_are_there(self) -> Nodes:
        for name in ("gpu", "train"):
            if not getattr(self, name).gpus:
                raise ValueError(f"nodes.{name}.gpus must be more than 0")
        return self


class Prices(Section):
    """A file of prices.

    Attributes:
        currency: of all that it says.
        date: from when they are.
        source: who asks so much, for what, where.
        spot_source: and for nodes that may be taken away.
        stored_gb_month: of a GB (1e9 bytes) that lies in storage for a month.
        egress_gb: of a GB that leaves the provider's network.
    """

    currency: str = Field(min_length=1)
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    source: str = Field(min_length=1)
    spot_source: str = ""
    nodes: Nodes
    stored_gb_month: float | None = Field(None, ge=0, allow_inf_nan=False)
    egress_gb: float | None = Field(None, ge=0, allow_inf_nan=False)

    def money(self, stage: str, spend: Spend) -> float:
        """What a stage's work comes to: of each node, the share of its GPUs, or else of its cores, that was held."""
        cpu, gpu = self.nodes.cpu, self.nodes.train if stage == "train" else self.nodes.gpu
        return (spend.cpu_seconds * cpu.hour / cpu.cpus + spend.gpu_seconds * gpu.hour / gpu.gpus) / 3600


@cache
def load_prices(file: str | None = None) -> Prices:
    """The prices in a file; None takes those of this package.

    Raises:
        ConfigError: the file cannot be read or is no file of prices.
    """
    path = OWN if file is None else Path(file)
    try:
        return Prices.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(f"budget.prices: {path} cannot be read ({error.strerror}); null takes {OWN}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"budget.prices: {path} is not YAML: {' '.join(str(error).split())}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise ConfigError(f"budget.prices: {path}: {wrong}; {OWN} shows what is needed") from error
