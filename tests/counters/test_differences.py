"""Where counters differ is told module by module; it adds up, and has its reason where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.counters import Charge, Count, Difference, Sort, count_by, counters, differences
from auditor.counters.count import Knows
from auditor.profiling.formulas import Kind
from benchmarks.operators import Net, function

INSTALLED = [name for name, counter in counters().items() if counter.is_installed]

N, C, SIDE = 2, 4, 6
IMAGE = (N, C, SIDE, SIDE)
VALUES = N * C * SIDE * SIDE


def functional(*modules: nn.Module) -> nn.Module:
    """Modules, then a product of the result with itself, and one with a parameter."""

    def forward(net: Any, x: Tensor) -> Tensor:
        x = net.inside(x).flatten(2)
        out: Tensor = x @ x.transpose(1, 2) @ net.own
        return out

    return Net(forward, inside=nn.Sequential(*modules), own=nn.Parameter(torch.zeros(C, 3)))


def attending() -> nn.Module:
    def forward(net: Any, x: Tensor) -> Tensor:
        x = x.flatten(2).transpose(1, 2)
        out: Tensor = F.scaled_dot_product_attention(x, x, x) + net.of(x, x, x)[0]
        return out.transpose(1, 2).reshape(IMAGE)

    return Net(forward, of=nn.MultiheadAttention(C, 2, batch_first=True))


def idle() -> nn.Module:
    return Net(lambda net, x: (net.b(x), net.a(x))[1], a=nn.Conv2d(C, C, 1), b=nn.Conv2d(C, 3, 1))


MODULES: list[Callable[[], nn.Module]] = [
    lambda: nn.Conv2d(C, C, 3, padding=1),
    lambda: nn.Conv2d(C, C, 3, padding=1, groups=2, bias=False),
    lambda: nn.ConvTranspose2d(C, C, 3, padding=1),
    lambda: nn.Linear(SIDE, SIDE),
    lambda: nn.Bilinear(SIDE, SIDE, SIDE),
    lambda: nn.BatchNorm2d(C),
    lambda: nn.LayerNorm(SIDE),
    lambda: nn.InstanceNorm2d(C),
    lambda: nn.PReLU(),
    lambda: nn.Softmax(1),
    lambda: nn.AvgPool2d(3, 1, 1),
    lambda: nn.Upsample((SIDE, SIDE), mode="bilinear"),
    lambda: nn.Upsample((SIDE, SIDE)),
    lambda: nn.ReLU(),
    lambda: Net(lambda net, x: net.of(x.flatten(0, 1))[0].view(IMAGE), of=nn.GRU(SIDE, SIDE, batch_first=True)),
    lambda: Net(lambda net, x: net.of(x.flatten(0, 1))[0].view(IMAGE), of=nn.LSTM(SIDE, SIDE)),
    lambda: Net(lambda net, x: net.of.forward(x), of=nn.Conv2d(C, C, 1)),
    lambda: Net(lambda net, x: F.linear(x, net.of.weight), of=nn.Linear(SIDE, SIDE)),
    lambda: Net(lambda net, x: torch.einsum("nchw,wv,vu->nchu", x, net.a, net.b), a=matrix(), b=matrix()),
    attending,
    idle,
]
"""Layers and functions that keep the size of an image."""


def matrix() -> nn.Parameter:
    return nn.Parameter(torch.zeros(SIDE, SIDE))


def matching(module: nn.Module, x: Tensor) -> Any:
    return module(x, x) if isinstance(module, nn.Bilinear) else module(x)


@st.composite
def nets(draw: st.DrawFn) -> nn.Module:
    """Some modules after each other, a few of them more than once and under several names."""
    made = [make() for make in draw(st.lists(st.sampled_from(MODULES), min_size=1, max_size=5))]
    order = draw(st.lists(st.integers(0, len(made) - 1), min_size=1, max_size=6))
    steps = [Net(lambda net, x: matching(net.of, x), of=made[place]) for place in order]
    return functional(*steps) if draw(st.booleans()) else nn.Sequential(*steps)


several = settings(max_examples=25, deadline=None)


@several
@given(nets(), st.sampled_from(INSTALLED))
def test_the_differences_of_any_net_add_up_to_that_of_the_totals(net: nn.Module, counter: str) -> None:
    measured, found = profile(net, torch.zeros(IMAGE)), count_by(counter, net, torch.zeros(IMAGE))
    assert isinstance(found, Count)
    rows = differences(measured, found)
    assert sum(row.theirs - row.ours for row in rows) == found.macs - measured.total.macs
    assert all(row.gap and row.reason for row in rows)
    assert [abs(row.gap) for row in rows] == sorted((abs(row.gap) for row in rows), reverse=True)


CHARGES = st.builds(
    Charge,
    st.sampled_from(["", "inside", "inside.0", "inside.0.of", "nowhere.at.all"]),
    st.integers(-(10**6), 10**6),
    st.sampled_from(["", "conv", "aten.mm", "matmul", "einsum", "made up"]),
    st.sampled_from([None, *Kind]),
)


@several
@given(nets(), st.lists(CHARGES), st.sampled_from(Knows))
def test_they_add_up_whatever_a_counter_says_and_of_whatever_module(
    net: nn.Module, charges: list[Charge], knows: Knows
) -> None:
    measured = profile(net, torch.zeros(IMAGE))
    found = Count("made up", "1", knows, tuple(charges))
    assert sum(row.gap for row in differences(measured, found)) == found.macs - measured.total.macs
    assert sum(found.by_module.values()) == sum(found.by_operator.values()) == found.macs


@several
@given(nets())
def test_what_is_told_of_every_net_has_a_known_reason(net: nn.Module) -> None:
    measured = profile(net, torch.zeros(IMAGE))
    for counter in INSTALLED:
        found = count_by(counter, net, torch.zeros(IMAGE))
        assert isinstance(found, Count)
        assert [row for row in differences(measured, found) if row.sort is Sort.UNKNOWN] == []


def told(counter: str, model: nn.Module, *shapes: tuple[int, ...]) -> list[Difference]:
    """How a counter differs on a model of zeros."""
    pytest.importorskip(counter)
    inputs = [torch.zeros(shape) for shape in shapes]
    found = count_by(counter, model, *inputs)
    assert isinstance(found, Count)
    return list(differences(profile(model, *inputs), found))


CLASSES = ["thop", "torchinfo"]


@pytest.mark.parametrize("counter", CLASSES)
def test_counters_of_modules_know_no_functional_call(counter: str) -> None:
    assert told(counter, function(F.linear, (7, 6)), (2, 6)) == [
        Difference("", "aten.mm", 2 * 6 * 7, 0, Sort.MISSED, "knows no functional call")
    ]


@pytest.mark.parametrize("counter", CLASSES)
def test_a_layer_that_is_no_module_for_them_is_named(counter: str) -> None:
    model = Net(lambda net, x: net.of(x, x, x)[0], of=nn.MultiheadAttention(8, 2, bias=False))
    rows = told(counter, model, (5, 2, 8))
    assert {(row.path, row.reason) for row in rows} == {("of", "no rule for MultiheadAttention")}
    assert sum(row.ours for row in rows) == 4 * 2 * 5 * 8 * 8 + 2 * (2 * 5 * 5 * 8)


@pytest.mark.parametrize("counter", CLASSES)
@pytest.mark.parametrize(
    "forward", [lambda net, x: net.of.forward(x), lambda net, x: x @ net.of.weight.T], ids=["forward", "weights"]
)
def test_a_module_that_is_bypassed_is_told_from_a_mere_function(counter: str, forward: Callable[..., Tensor]) -> None:
    (row,) = told(counter, Net(forward, of=nn.Linear(6, 7, bias=False)), (2, 6))
    assert (row.ours, row.theirs) == (2 * 6 * 7, 0)
    assert row.reason == "a module's forward called directly, or its weights used without it"


@pytest.mark.parametrize("counter", ["torch", "ptflops"])
def test_an_operator_without_a_formula_is_named(counter: str) -> None:
    (row,) = told(counter, function(torch.dot), (5,), (5,))
    assert (row.operator, row.ours, row.theirs, row.reason) == ("aten.dot", 5, 0, "no formula for aten.dot")


def test_a_traced_graph_may_lack_a_formula_for_what_an_operator_is_part_of() -> None:
    (row,) = told("fvcore", function(lambda x, w: torch.tensordot(x, w, 1), (6, 7)), (2, 6))
    assert (row.ours, row.theirs) == (2 * 6 * 7, 0)
    assert row.reason == "no formula for aten.mm or for the operator that it is part of"


def test_a_traced_graph_leaves_out_what_leads_nowhere() -> None:
    assert told("fvcore", idle(), IMAGE) == [
        Difference("b", "aten.convolution", VALUES * 3, 0, Sort.MISSED, "leaves out what leads to no result")
    ]


@pytest.mark.parametrize("counter", ["torchinfo", "ptflops"])
@pytest.mark.parametrize(
    ("layer", "shape", "results"),
    [(nn.Linear(6, 7), (2, 6), 2 * 7), (nn.Conv2d(C, 3, 1), IMAGE, N * 3 * SIDE * SIDE)],
    ids=["linear", "convolution"],
)
def test_a_bias_is_one_operation_for_each_result(
    counter: str, layer: nn.Module, shape: tuple[int, ...], results: int
) -> None:
    (row,) = told(counter, nn.Sequential(layer), shape)
    assert (row.path, row.ours, row.theirs, row.reason) == ("0", 0, results, "counts the bias")
    assert row.sort is Sort.OTHER_WORK


@pytest.mark.parametrize(
    ("counter", "module", "operations", "reason"),
    [
        ("thop", nn.BatchNorm2d(C), 4, "counts normalization, 4 operations for each result"),
        ("thop", nn.BatchNorm2d(C, affine=False), 2, "counts normalization, 2 operations for each result"),
        ("fvcore", nn.BatchNorm2d(C), 2, "counts normalization, 2 operations for each result"),
        ("fvcore", nn.LayerNorm(SIDE), 5, "counts normalization, 5 operations for each result"),
        ("thop", nn.PReLU(), 1, "counts activation, 1 operation for each result"),
        ("thop", nn.Upsample(scale_factor=1, mode="bilinear"), 11, "counts resampling, 11 operations for each result"),
        (
            "fvcore",
            nn.Upsample(scale_factor=1),
            1,
            "counts upsample_nearest2d, which multiplies and accumulates nothing",
        ),
        ("thop", nn.Upsample(scale_factor=1), 1, "counts Upsample, which multiplies and accumulates nothing"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else None,
)
def test_other_work_is_told_by_its_kind_and_how_often_it_counts(
    counter: str, module: nn.Module, operations: int, reason: str
) -> None:
    (row,) = told(counter, module, IMAGE)
    assert (row.ours, row.theirs, row.sort, row.reason) == (0, operations * VALUES, Sort.OTHER_WORK, reason)


@pytest.mark.parametrize("counter", CLASSES)
def test_a_transposed_convolution_is_not_worth_a_filter_for_each_result(counter: str) -> None:
    macs = VALUES * 3 * 4
    (row,) = told(counter, nn.ConvTranspose2d(C, 3, 2, 2, bias=False), IMAGE)
    assert (row.ours, row.theirs) == (macs, 4 * macs)
    assert row.reason == "counts a filter for every value of a transposed convolution's result"


def test_two_reasons_at_one_place_are_told_apart() -> None:
    rows = told("torchinfo", nn.ConvTranspose2d(C, 3, 2, 2), IMAGE)
    assert [(row.gap, row.sort) for row in rows] == [
        (3 * VALUES * 3 * 4, Sort.MISCOUNTED),
        (N * 3 * (2 * SIDE) ** 2, Sort.OTHER_WORK),
    ]


@pytest.mark.parametrize("parents", [2, 3])
def test_a_shared_module_is_counted_in_each_parent_for_all_of_them(parents: int) -> None:
    layer = nn.Linear(3, 3)
    (row,) = told("thop", nn.Sequential(*(nn.Sequential(layer) for _ in range(parents))), (2, 3))
    runs = parents * 2 * 3 * 3
    assert (row.path, row.ours, row.theirs) == ("0.0", runs, parents**2 * runs)
    assert row.reason == f"counts a module with {parents} names {parents**2} times"


def test_parameters_times_the_batch_are_told_from_products() -> None:
    (row,) = told("torchinfo", nn.Linear(6, 7, bias=False), (2, 5, 6))
    assert (row.ours, row.theirs, row.sort) == (2 * 5 * 6 * 7, 2 * 6 * 7, Sort.MISCOUNTED)
    assert row.reason == "multiplies all parameters by the batch"
    (row,) = told("torchinfo", nn.LayerNorm(6), (2, 5, 6))
    assert (row.ours, row.theirs, row.sort) == (0, 2 * (6 + 6), Sort.OTHER_WORK)


@pytest.mark.parametrize(("layer", "gates", "state"), [(nn.RNN, 1, 0), (nn.GRU, 3, 4), (nn.LSTM, 4, 4)])
@pytest.mark.parametrize("bias", [True, False])
def test_gates_of_recurrent_layers_are_other_work(
    layer: Callable[..., nn.Module], gates: int, state: int, bias: bool
) -> None:
    operations = gates * (1 + 2 * bias) + state
    (row,) = told("thop", layer(3, 4, num_layers=2, bias=bias, bidirectional=True), (5, 2, 3))
    assert (row.ours, row.theirs) == (0, operations * 2 * 5 * 4 * 2 * 2)
    assert row.reason == f"counts biases and gates, {operations} operations for each unit and step"


def test_what_the_measurement_itself_has_no_formula_for_is_admitted() -> None:
    factors = Net(lambda net, x: torch.linalg.qr(x)[0], weight=nn.Parameter(torch.zeros(5)))
    (row,) = told("torchinfo", factors, (2, 3, 3))
    assert (row.ours, row.theirs, row.sort) == (0, 2 * 5, Sort.UNCOUNTED)
    assert row.reason == "counts aten.linalg_qr; there is no formula here"


def test_shapes_before_broadcasting_are_told() -> None:
    (row,) = told("fvcore", function(torch.matmul), (N, 1, 2, 3), (5, 3, 4))
    assert (row.ours, row.theirs) == (N * 5 * 2 * 3 * 4, N * 2 * 3 * 4)
    assert row.reason == "counts a product without the batch it is broadcast to"


def test_the_order_of_products_in_an_einsum_is_told() -> None:
    (row,) = told("fvcore", function(lambda *all: torch.einsum("bij,jk,kl->bil", *all)), (5, 2, 3), (3, 4), (4, 6))
    assert row.ours == 5 * 2 * 3 * 4 + 5 * 2 * 4 * 6
    assert row.reason == "counts einsum in an order of products that is not PyTorch's"


def test_a_difference_without_a_known_reason_says_so() -> None:
    found = Count("made up", "1", Knows.OPERATORS, (Charge("", 1, "aten.mm"),))
    (row,) = differences(profile(nn.Linear(6, 7, bias=False), torch.zeros(2, 6)), found)
    assert (row.ours, row.theirs, row.sort) == (2 * 6 * 7, 1, Sort.UNKNOWN)
    assert row.reason == "no known reason"
