from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from pipeline.errors import ConfigError
from tests.training.toy import toy_model
from training.model.lora import Lora, add_lora
from training.model.parallel import trainable
from training.model.parts import PARTS, Rates, freeze, parameter_groups, part_of

RATES = [
    Rates(connector=1e-3),
    Rates(connector=1e-3, language_model=2e-5),
    Rates(tower=2e-6, connector=1e-3, language_model=2e-5),
    Rates(tower=2e-6, language_model=0.0),
]


@pytest.fixture
def model() -> Any:
    return toy_model(1)[0]


def test_every_parameter_belongs_to_one_part(model: Any) -> None:
    counts = Counter(part_of(name) for name, _ in model.named_parameters())
    assert counts == {"tower": 55, "connector": 5, "language_model": 11}
    assert part_of("lm_head.weight") == "language_model"


@pytest.mark.parametrize("rates", RATES)
def test_parts_with_a_rate_learn_at_it_and_others_not(model: Any, rates: Rates) -> None:
    freeze(model, rates)
    groups = parameter_groups(model, rates, 0.1)
    learning = [part for part in PARTS if rates.of(part)]
    assert [(group["name"], group["lr"], group["weight_decay"]) for group in groups] == [
        (part, rates.of(part), 0.1) for part in learning
    ]
    grouped = [parameter for group in groups for parameter in group["params"]]
    assert {id(each) for each in grouped} == {id(each) for _, each in trainable(model)}
    assert {part_of(name) for name, _ in trainable(model)} == set(learning)


def test_nothing_to_learn_is_refused() -> None:
    with pytest.raises(ConfigError, match="all frozen"):
        Rates(tower=0.0)


def test_adapters_learn_in_place_of_the_language_model(model: Any) -> None:
    rates = Rates(connector=1e-3, language_model=1e-4)
    freeze(model, rates)
    add_lora(model, Lora(4, 8.0))
    learning = {part_of(name): name for name, _ in trainable(model)}
    assert learning.keys() == {"connector", "language_model"}
    assert all(".lora_" in name for name, _ in trainable(model) if part_of(name) == "language_model")
    sizes = Counter({group["name"]: len(group["params"]) for group in parameter_groups(model, rates, 0.0)})
    assert sizes == {"connector": 5, "language_model": 2 * 7}


def test_adapters_where_there_is_no_place_for_them_are_refused(model: Any) -> None:
    freeze(model, Rates(connector=1e-3, language_model=1e-4))
    with pytest.raises(ConfigError, match=r"LoRA on query: .* k_proj"):
        add_lora(model, Lora(4, 8.0, ("q_proj", "query")))
    freeze(model, Rates(connector=1e-3))
    with pytest.raises(ConfigError, match="a language model that learns"):
        add_lora(model, Lora(4, 8.0))
