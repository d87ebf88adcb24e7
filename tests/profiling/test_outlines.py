"""Runs on outlines: what is found without values is what a run on values finds, which is done where it takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import torch
from architectures import ARCHITECTURES, Make
from specimens import Does
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling import Profile
from auditor.profiling.values import tensors_in


def on_values(model: nn.Module, *inputs: Any, **keywords: Any) -> Profile:
    """The profile of a model run on values, since the last thing it does is to read those of its input."""

    def read(_: Any, inputs: tuple[Any, ...], keywords: Mapping[str, Any], __: Any) -> None:
        for tensor in tensors_in(inputs, keywords):
            tensor.tolist()

    handle = model.register_forward_hook(read, with_kwargs=True)
    try:
        measured = profile(model, *inputs, **keywords)
    finally:
        handle.remove()
    assert measured.remarks
    return replace(measured, remarks=())


@pytest.mark.parametrize("make", ARCHITECTURES.values(), ids=ARCHITECTURES)
def test_a_model_does_on_outlines_just_what_it_does_on_values(make: Make) -> None:
    model, inputs, keywords = make()
    assert profile(model, *inputs, **keywords) == on_values(model, *inputs, **keywords)


X = torch.randn(2, 6, 5, 5)


@pytest.mark.parametrize(
    ("function", "x"),
    [
        pytest.param(lambda layer, x: layer(x).relu(), X.contiguous(memory_format=torch.channels_last), id="layout"),
        pytest.param(
            lambda layer, x: layer(x) * 2 if x.requires_grad else x, X.clone().requires_grad_(), id="gradient"
        ),
        pytest.param(lambda layer, x: layer(x)[:, :, ::2].flip(1).cumsum(2).topk(2)[0], X, id="indices"),
        pytest.param(lambda layer, x: layer(x).mul(2).add_(1).sigmoid_().clamp_(0, 0.5), X, id="in place"),
        pytest.param(lambda layer, x: ((layer(x) > 0) ^ (x > 0)).sum((2, 3)) // 2, X, id="truths and integers"),
        pytest.param(lambda layer, x: F.unfold(layer(x), 3).std(1) + F.normalize(x, dim=1).mean(), X, id="windows"),
        pytest.param(lambda layer, x: torch.linalg.inv(layer(x)).matmul(x.mT) @ x.half().float(), X, id="matrices"),
        pytest.param(
            lambda layer, x: F.grid_sample(layer(x), torch.zeros(2, 3, 3, 2), align_corners=True),
            X,
            id="sampling at constants",
        ),
        pytest.param(lambda layer, x: layer(x) * len(x) * x.dim() * x.element_size(), X, id="facts about a tensor"),
        pytest.param(lambda layer, x: layer(x) + torch.rand(5) + torch.bernoulli(x.abs().tanh()), X, id="chance"),
        pytest.param(lambda layer, x: torch.vmap(lambda y: layer(y[None]))(x), X, id="one by one"),
    ],
)
def test_operators_of_every_sort_do_the_same_on_outlines(function: Callable[..., Any], x: Tensor) -> None:
    model = Does(lambda self, x: function(self.layer, x), layer=nn.Conv2d(6, 6, 3, padding=1))
    assert profile(model, x) == on_values(model, x)


def test_casts_are_asked_for_on_the_device_of_the_input() -> None:
    def forward(self: Any, x: Tensor) -> Any:
        with torch.autocast(device_type=x.device.type, enabled=False):
            return self.layer(x.float())

    model = Does(forward, layer=nn.Linear(5, 3))
    usual = torch.autocast.__init__
    assert profile(model, X) == on_values(model, X)
    assert torch.autocast.__init__ is usual


def rows(x: Tensor) -> int:
    """How many rows a linear layer is given."""
    return x.shape[:-1].numel()


def early(self: Any, x: Tensor) -> Any:
    for _ in range(9):
        x = self.layer(x)
        if x.softmax(-1).max() > 0.5:
            break
    return x


def until_small(self: Any, x: Tensor) -> Any:
    while x.abs().max() >= 1:
        x = self.layer(x) * 0 + x / 2
    return x


def into_a_constant(self: Any, x: Tensor) -> Any:
    out = torch.zeros(4, 3)
    for at in range(3):
        out[:, at] = self.layer(x)[:, 0]
    return out


def over_a_constant(self: Any, x: Tensor) -> Any:
    return torch.zeros(4, 3).copy_(self.layer(x)) + self.layer(x)


ON_ONES: dict[str, tuple[Callable[..., Any], int]] = {
    "a number": (lambda self, x: self.layer(x) if x.sum().item() == 12 else x, 1),
    "a truth": (lambda self, x: self.layer(x) if (x > 0).all() else x, 1),
    "a list": (lambda self, x: [self.layer(x) for _ in x[0].tolist()], 3),
    "an array": (lambda self, x: self.layer(x) * float(x.numpy().max()), 1),
    "an integer": (lambda self, x: [self.layer(x) for _ in range(int(x.sum()))], 12),
    "an index": (lambda self, x: [self.layer(x), self.layer(x)][x[0, 0].long()], 2),
    "what is not zero": (lambda self, x: self.layer(x[x[:, 0].nonzero()[:, 0]]), 1),
    "what a mask selects": (lambda self, x: self.layer(x[x[:, 0] > 0]), 1),
    "distinct values": (lambda self, x: [self.layer(x) for _ in x.unique()], 1),
    "two equal tensors": (lambda self, x: self.layer(x) if torch.equal(x, torch.ones(4, 3)) else x, 1),
    "a constant, written to in part": (into_a_constant, 3),
    "a constant, written over": (over_a_constant, 2),
    "an early exit": (early, 1),
    "a loop": (until_small, 1),
}
"""What takes values, and how often it calls its layer on ones."""


@pytest.mark.parametrize(("function", "calls"), ON_ONES.values(), ids=ON_ONES)
def test_what_takes_values_is_run_on_them_with_a_remark(function: Callable[..., Any], calls: int) -> None:
    layer = nn.Linear(3, 3)
    nn.init.eye_(layer.weight)
    nn.init.constant_(layer.bias, 0.0)
    layer.bias.data[0] = 9
    measured = profile(Does(function, layer=layer), torch.ones(4, 3))
    assert measured.total.macs == calls * 4 * 3 * 3
    assert [remark.partition(",")[0] for remark in measured.remarks] == ["it was run on values"]


@pytest.mark.parametrize(
    "constant", [torch.zeros_like, lambda x: x.new_zeros(4, 3), lambda x: torch.zeros(4, 3, device=x.device)]
)
def test_what_is_made_for_the_input_is_written_to_on_outlines(constant: Callable[[Tensor], Tensor]) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        out = constant(x)
        out[:, 1:] = self.layer(x)[:, :2]
        return out

    measured = profile(Does(forward, layer=nn.Linear(3, 3)), torch.ones(4, 3))
    assert (measured.total.macs, measured.remarks) == (36, ())


def test_a_model_may_decide_by_what_does_not_come_of_its_input() -> None:
    def forward(self: Any, x: Tensor) -> Any:
        far = torch.cdist(self.centres, self.centres).argmax(1).tolist()
        return [self.layer(x) for at in far if torch.arange(x.shape[0])[at] > 0]

    centres = torch.tensor([[0.0], [1.0], [3.0]])  # farthest from these: the last, the last, the first
    measured = profile(Does(forward, layer=nn.Linear(3, 3), centres=centres), torch.ones(4, 3))
    assert (measured.total.macs, measured.remarks) == (2 * 36, ())


def test_a_remark_says_what_took_values() -> None:
    measured = profile(Does(lambda _, x: x.tolist()), torch.ones(3))
    assert len(measured.remarks) == 1
    assert measured.remarks[0].startswith("it was run on values, since it could not do without (tolist()")


@pytest.mark.parametrize(
    ("function", "error", "reason"),
    [
        (lambda _, x: 1 / (x.sum().item() - 12), ZeroDivisionError, "float division by zero"),
        (lambda _, x: [][int(x[0, 0])], IndexError, "list index out of range"),
        (lambda _, x: x @ x, RuntimeError, "cannot be multiplied"),
        (lambda _, x: x @ x.mT.double(), RuntimeError, "dtype"),
        (lambda _, x: F.conv1d(x, torch.ones(2, 4, 1).double()), RuntimeError, "type"),
        (lambda _, x: {}[x.shape], KeyError, "4, 3"),
    ],
)
def test_what_raises_on_values_raises_that(function: Callable[..., Any], error: type[Exception], reason: str) -> None:
    with pytest.raises(error, match=reason):
        profile(Does(function), torch.ones(4, 3))
