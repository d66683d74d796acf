"""What attends to itself: one question, or the questions of a picture behind it, each as if it stood there alone."""

from __future__ import annotations

from collections.abc import Sequence as Several
from dataclasses import dataclass

import torch
from torch import Tensor

from training.data.encode import Sample
from training.data.rows import IGNORED, Sequence


@dataclass(frozen=True)
class Placed:
    """A sample, and the number that its losses are counted under."""

    sample: Sample
    owner: int


def alone(placed: Placed) -> Sequence:
    """A sequence of one sample."""
    return behind_one_picture([placed], 0)


def behind_one_picture(placed: Several[Placed], mark: int) -> Sequence:
    """A sequence of several samples with the same picture: the picture once, then each question with its answer.

    The loss of each answer is what it is in a sequence of its own; what all samples supervise before and at the end of
    the picture, as `pangea` does, is learned once.

    Args:
        placed: one sample at least; with more, all begin with the same tokens up to the end of the picture.
        mark: token that stands for the picture.

    Raises:
        ValueError: samples without a picture, or whose beginnings differ.
    """
    first = placed[0]
    shared = 0 if len(placed) == 1 else _end_of_picture(first.sample.input_ids, mark)
    ids, targets = [first.sample.input_ids[:shared]], [first.sample.labels[1 : shared + 1]]
    positions, branches = [torch.arange(shared)], [torch.zeros(shared, dtype=torch.int64)]
    owners = [torch.full((shared,), first.owner)]
    for number, each in enumerate(placed):
        sample = each.sample
        if not torch.equal(sample.input_ids[:shared], ids[0]):
            raise ValueError(f"samples {first.owner} and {each.owner} do not begin with the same picture")
        own = sample.input_ids[shared:]
        ids.append(own)
        targets.append(torch.cat([sample.labels[shared + 1 :], torch.tensor([IGNORED])]))
        positions.append(torch.arange(shared, shared + len(own)))
        branches.append(torch.full_like(own, number + 1 if shared else 0))
        owners.append(torch.full_like(own, each.owner))
    return Sequence(
        torch.cat(ids),
        torch.cat(targets),
        torch.cat(positions),
        torch.cat(branches),
        torch.cat(owners),
        first.sample.pixel_values,
        first.sample.image_size,
    )


def _end_of_picture(input_ids: Tensor, mark: int) -> int:
    places = (input_ids == mark).nonzero()
    if not len(places):
        raise ValueError("samples without a picture share nothing to stand behind")
    return int(places[-1]) + 1
