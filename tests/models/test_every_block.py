"""What holds for every block of the library: it runs, and it can be trained."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from by_hand import noise
from torch import Tensor, nn

from auditor.models import blocks

SAMPLES: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = {
    "mobilenet_v1": ((3,), {"width": 0.25}),
    "bifpn": ((64, 128, 256), {"channels": 16, "repeats": 2}),
    "bifpn_light": ((64, 128, 256), {"channels": 16, "repeats": 2}),
}
"""Input widths and arguments of the blocks that cannot do with the default."""

DEFAULT: tuple[tuple[int, ...], dict[str, Any]] = ((64, 64, 64), {})


SUBTRACTED = {"shuffle_unit": {"depthwise.1.bias"}}
"""Shifts that pass through a 1×1 convolution before a norm subtracts them."""


def subtracted_shifts(name: str, module: nn.Module) -> set[str]:
    """What a norm takes away while it trains: first of all the bias of a convolution right before it."""
    return SUBTRACTED.get(name, set()) | {
        f"{path}.{place}.bias"
        for path, row in module.named_modules()
        if isinstance(row, nn.Sequential)
        for place, (layer, following) in enumerate(pairwise(row))
        if isinstance(layer, nn.Conv2d) and layer.bias is not None and isinstance(following, nn.BatchNorm2d)
    }


def fresh(name: str) -> tuple[nn.Module, list[Tensor]]:
    """A block, and levels for it of which each is twice as large as the next."""
    widths, arguments = SAMPLES.get(name, DEFAULT)
    block = blocks()[name]
    torch.manual_seed(1)
    module = block.module(widths[0] if block.per_level else widths, **arguments).double()
    return module, [noise(4, width, 32 >> level, 32 >> level) for level, width in enumerate(widths)]


def largest_gradients(module: nn.Module, levels: list[Tensor], per_level: bool) -> dict[str, float]:
    """For each parameter the largest gradient of a random sum of the results."""
    results: list[Tensor] = [module(levels[-1])] if per_level else list(module(levels))
    assert all(result.isfinite().all() for result in results)
    parameters = dict(module.named_parameters())
    if not parameters:
        return {}
    random_sum = torch.stack([(result * noise(*result.shape)).sum() for result in results]).sum()
    gradients = torch.autograd.grad(random_sum, list(parameters.values()))
    return {name: gradient.abs().max().item() for name, gradient in zip(parameters, gradients, strict=True)}


@pytest.mark.parametrize("name", sorted(blocks()))
def test_every_parameter_is_trained_unless_a_norm_subtracts_it_again(name: str) -> None:
    module, levels = fresh(name)
    gradients = largest_gradients(module.train(), levels, blocks()[name].per_level)
    rounding = 1e-9
    untrained = {parameter for parameter, gradient in gradients.items() if gradient < rounding}
    assert untrained == subtracted_shifts(name, module)


@pytest.mark.parametrize("name", sorted(blocks()))
def test_every_parameter_matters_in_evaluation(name: str) -> None:
    module, levels = fresh(name)
    gradients = largest_gradients(module.eval(), levels, blocks()[name].per_level)
    assert all(gradient > 0 for gradient in gradients.values())


@pytest.mark.parametrize("name", sorted(blocks()))
def test_every_block_says_in_a_sentence_what_it_is(name: str) -> None:
    assert blocks()[name].summary.endswith(".")
