"""The other arithmetic: what each operation costs beside its multiply-accumulates."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis.extra.numpy import BroadcastableShapes, mutually_broadcastable_shapes
from kernels import other
from specimens import Does, profile_function, several
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling.formulas import Kind, Work

IMAGE = (2, 4, 6, 6)
N = prod(IMAGE)


def test_a_multiply_accumulate_is_two_operations_beside_all_others() -> None:
    assert Work(macs=3, other=4).flops == 10


def test_a_bias_is_one_addition_per_result() -> None:
    for layer, results in ((nn.Conv2d(4, 3, 3), 2 * 3 * 4 * 4), (nn.Linear(6, 5), 2 * 4 * 6 * 5)):
        measured = profile(layer, torch.randn(IMAGE)).total
        assert measured.flops - 2 * measured.macs == results


@pytest.mark.parametrize(
    "function",
    [
        *(F.relu, F.leaky_relu, F.relu6, F.hardtanh, F.elu, F.celu, F.selu, F.gelu, F.silu, F.mish, F.softplus),
        *(F.sigmoid, F.hardsigmoid, F.hardswish, F.tanh, F.logsigmoid, nn.PReLU(), nn.Threshold(0.1, 0.0)),
    ],
    ids=lambda function: getattr(function, "__name__", type(function).__name__),
)
def test_an_activation_is_one_operation_per_element(function: Callable[..., Tensor]) -> None:
    assert other(function, IMAGE) == N


@several
@given(mutually_broadcastable_shapes(num_shapes=2, min_side=1, max_side=4, max_dims=4))
def test_arithmetic_by_element_counts_the_elements_of_the_broadcast_result(shapes: BroadcastableShapes) -> None:
    left, right = shapes.input_shapes
    for function in (torch.add, torch.sub, torch.mul, torch.div, torch.maximum, torch.pow, torch.lt):
        assert other(function, left, right) == prod(shapes.result_shape)


@pytest.mark.parametrize(
    ("function", "in_place"),
    [
        (lambda x: x + 1, lambda x: x.add_(1)),
        (lambda x: x * x, lambda x: x.mul_(x)),
        (lambda x: x.clamp(0, 1), lambda x: x.clamp_(0, 1)),
        (torch.sigmoid, lambda x: x.sigmoid_()),
        (F.relu, lambda x: F.relu(x, inplace=True)),
        (F.leaky_relu, lambda x: F.leaky_relu(x, inplace=True)),
        (F.hardswish, lambda x: F.hardswish(x, inplace=True)),
        (lambda x: torch.add(x, x), lambda x: torch.add(x, x, out=torch.empty(IMAGE))),
        (lambda x: x.sum(0), lambda x: torch.sum(x, 0, out=torch.empty(IMAGE[1:]))),
    ],
    ids=["add", "mul", "clamp", "sigmoid", "relu", "leaky relu", "hardswish", "add to out", "sum to out"],
)
def test_where_the_result_is_put_does_not_change_the_cost(
    function: Callable[..., Tensor], in_place: Callable[..., Tensor]
) -> None:
    assert other(in_place, IMAGE) == other(function, IMAGE) > 0


def test_a_product_into_a_given_tensor_counts_like_any_other() -> None:
    measured = profile_function(lambda a, b: torch.mm(a, b, out=torch.empty(2, 4)), (2, 3), (3, 4))
    assert measured.total.macs == 2 * 3 * 4


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x: x.reshape(8, 36).mT.contiguous().flatten(), id="views and copies"),
        pytest.param(lambda x: x.double().half().detach().clone(), id="types"),
        pytest.param(lambda x: torch.stack((torch.cat((x, x)), torch.zeros_like(x).repeat(2, 1, 1, 1))), id="joining"),
        pytest.param(lambda x: [*x.split(2), *x.chunk(2, 1), *x.unbind()], id="parting"),
        pytest.param(lambda x: x[:, ::2, 1:, None][torch.tensor([0, 1])], id="indexing"),
        pytest.param(lambda x: x.gather(1, torch.zeros(2, 1, 6, 6, dtype=torch.long)), id="gathering"),
        pytest.param(lambda x: x.roll(1, 0).flip(1).tril(), id="rolling"),
        pytest.param(lambda x: x.clone().unsqueeze_(0).squeeze_(0).transpose_(1, 2), id="views in place"),
        pytest.param(lambda x: x.rot90(dims=(2, 3)), id="rot90"),
        pytest.param(lambda x: x.expand(3, *IMAGE).unfold(2, 2, 1), id="windows"),
        pytest.param(lambda x: F.unfold(x, 3), id="unfold"),
        pytest.param(lambda x: F.pixel_unshuffle(F.pixel_shuffle(x, 2), 2), id="pixel shuffle"),
        pytest.param(lambda x: F.channel_shuffle(x, 2), id="channel shuffle"),
        pytest.param(lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), id="nearest"),
        pytest.param(lambda x: F.interpolate(x, scale_factor=2, mode="nearest-exact"), id="nearest-exact"),
        pytest.param(lambda x: F.pad(x, (1, 1), value=1.0), id="constant padding"),
        pytest.param(lambda x: F.pad(x, (1, 1, 1, 1), mode="reflect"), id="reflecting padding"),
        pytest.param(lambda x: F.pad(x[0], (1, 1), mode="reflect"), id="reflecting padding of lines"),
        pytest.param(
            lambda x: F.pad(x[None], (1, 1, 1, 1, 1, 1), mode="replicate"), id="replicating padding of volumes"
        ),
        pytest.param(lambda x: F.pad(x, (1, 1, 1, 1), mode="circular"), id="circular padding"),
        pytest.param(lambda x: F.dropout2d(F.dropout(x, training=False), training=False), id="dropout"),
        pytest.param(lambda x: F.embedding(torch.tensor([[0, 1]]), x[0, 0]), id="embedding"),
        pytest.param(lambda x: torch.rand_like(x).bernoulli_(), id="random"),
    ],
)
def test_moving_and_choosing_values_is_no_arithmetic(function: Callable[..., Any]) -> None:
    assert other(function, IMAGE) == 0


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda i: (i + 1) * 2 // 3 % 5 > 2, id="by element"),
        pytest.param(lambda i: i.clamp(0, 3) & 1, id="bits"),
        pytest.param(lambda i: (i.sum(), i.max(), i.argmin(), i.cumsum(0)), id="reductions"),
        pytest.param(lambda i: (i > 3).sum(), id="counting"),
        pytest.param(lambda i: ((i > 3).any(), (i > 3).all(), (i > 3).nonzero()), id="questions"),
        pytest.param(lambda i: F.one_hot(i), id="one-hot"),
        pytest.param(lambda i: (i.sort(), i.cumprod(0), i.bincount()), id="sorting"),
    ],
)
def test_arithmetic_on_indices_counts_nothing_and_needs_no_formula(function: Callable[..., Any]) -> None:
    measured = profile(Does(lambda _, i: function(i)), torch.arange(6))
    assert measured.total.flops == 0
    assert not measured.uncounted


def test_arithmetic_of_indices_with_real_numbers_counts() -> None:
    assert other(lambda x: torch.arange(6) * x, IMAGE) == N


def test_every_sort_of_work_is_told_from_the_others() -> None:
    model = nn.Sequential(
        *(
            nn.Conv2d(4, 4, 1),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Upsample(scale_factor=2, mode="bilinear"),
        ),
        *(nn.Flatten(), nn.Linear(144, 3), nn.Softmax(1), Does(lambda _, x: (x + 1).sum())),
    )
    measured = profile(model, torch.randn(IMAGE))
    assert {kind: work for kind, (_, work) in measured.by_kind.items()} == {
        Kind.CONVOLUTION: Work(4 * N, N),
        Kind.MATRIX: Work(2 * 144 * 3, 2 * 3),
        Kind.NORMALIZATION: Work(0, 2 * N),
        Kind.ACTIVATION: Work(0, N),
        Kind.POOLING: Work(0, N),
        Kind.RESAMPLING: Work(0, 7 * N),
        Kind.SOFTMAX: Work(0, 5 * 2 * 3),
        Kind.ELEMENTWISE: Work(0, 2 * 3),
        Kind.REDUCTION: Work(0, 2 * 3),
    }
