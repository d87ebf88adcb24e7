"""Sixteen small models whose multiply-accumulates are known by hand, as we count them and as others do."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.flop_counter import FlopCounterMode

from auditor import profile
from auditor.counters import Count, count_by, counters
from auditor.models.deformable import DeformableConv2d
from benchmarks.operators import Net, function

BLIND_ON_A_PROCESSOR = ("torch", "ptflops")
"""Counters that see kernels, which on a processor are fused; on the meta device they are not."""


@dataclass(frozen=True)
class Case:
    """A model with its exact count, and by how much other counters are off; those not named are exact, too.

    `fused` is the work that a processor may do in kernels which counters of kernels do not see.
    """

    make: Callable[[], nn.Module]
    shapes: list[tuple[int, ...]]
    macs: int
    off: dict[str, int] = field(default_factory=dict)
    fused: int = 0

    def inputs(self) -> list[Tensor]:
        words = any(isinstance(module, nn.Embedding) for module in self.make().modules())
        return [torch.zeros(shape, dtype=torch.long if words else None) for shape in self.shapes]


def missed_by_classes(macs: int) -> dict[str, int]:
    """What no module does, counters of modules do not see."""
    return {"thop": -macs, "torchinfo": -macs}


def biases(values: int) -> dict[str, int]:
    """One addition for each value of a result, which two of the counters take for a multiply-accumulate."""
    return {"ptflops": values, "torchinfo": values}


def under_two_parents() -> nn.Module:
    layer = nn.Linear(3, 3, bias=False)
    return nn.Sequential(nn.Sequential(layer), nn.Sequential(layer))


def tied() -> nn.Module:
    words, scores = nn.Embedding(9, 4), nn.Linear(4, 9, bias=False)
    scores.weight = words.weight
    return nn.Sequential(words, scores)


# Attention of 2 inputs with 5 positions of width 8: four projections, then scores and what they weigh.
PROJECTIONS, SCORES = 4 * 2 * 5 * 8 * 8, 2 * (2 * 5 * 5 * 8)
FEED_FORWARD = 2 * (2 * 5 * 8 * 16)
NORMS = 2 * (2 * 5 * 8)  # values that two layer norms give
STEPS = 2 * 5  # of an LSTM on 2 inputs with 5 positions
PLACES = 2 * 6 * 6  # of a deformable convolution on 2 images

CASES = {
    "Linear on three dimensions": Case(
        lambda: nn.Linear(6, 7),
        [(2, 5, 6)],
        2 * 5 * 6 * 7,
        # torchinfo takes the batch for all there is beside the features.
        {"ptflops": 2 * 5 * 7, "torchinfo": 2 * (6 * 7 + 7) - 2 * 5 * 6 * 7},
    ),
    "F.linear": Case(lambda: function(F.linear, (7, 6)), [(2, 6)], 2 * 6 * 7, missed_by_classes(2 * 6 * 7)),
    "x @ P": Case(lambda: function(torch.matmul, (6, 7)), [(2, 6)], 2 * 6 * 7, missed_by_classes(2 * 6 * 7)),
    "einsum": Case(
        lambda: function(lambda x, P: torch.einsum("bij,jk->bik", x, P), (6, 7)),
        [(2, 5, 6)],
        2 * 5 * 6 * 7,
        missed_by_classes(2 * 5 * 6 * 7),
    ),
    "F.conv2d": Case(
        lambda: function(F.conv2d, (4, 3, 3, 3)),
        [(2, 3, 8, 8)],
        2 * 6 * 6 * 3 * 4 * 9,
        missed_by_classes(2 * 6 * 6 * 3 * 4 * 9),
    ),
    "grouped convolution": Case(
        lambda: nn.Conv2d(4, 8, 3, groups=4, bias=False), [(2, 4, 8, 8)], 2 * 6 * 6 * (4 // 4) * 8 * 9
    ),
    "ConvTranspose2d, stride 2": Case(
        lambda: nn.ConvTranspose2d(3, 4, 2, 2, bias=False),
        [(2, 3, 8, 8)],
        2 * 8 * 8 * 3 * 4 * 4,
        # Four times as many results as inputs, and each is taken for the work of a whole filter.
        {"thop": 3 * (2 * 8 * 8 * 3 * 4 * 4), "torchinfo": 3 * (2 * 8 * 8 * 3 * 4 * 4)},
    ),
    "scaled_dot_product_attention": Case(
        lambda: function(F.scaled_dot_product_attention),
        [(2, 3, 4, 5)] * 3,
        2 * (2 * 3 * 4 * 4 * 5),
        {"fvcore": -2 * (2 * 3 * 4 * 4 * 5), **missed_by_classes(2 * (2 * 3 * 4 * 4 * 5))},
        fused=2 * (2 * 3 * 4 * 4 * 5),
    ),
    "MultiheadAttention": Case(
        lambda: Net(
            lambda net, x: net.of(x, x, x, need_weights=False), of=nn.MultiheadAttention(8, 2, batch_first=True)
        ),
        [(2, 5, 8)],
        PROJECTIONS + SCORES,
        # The bias of the projection of the results; those of queries, keys and values are added apart.
        {"fvcore": -SCORES, "ptflops": 2 * 5 * 8, **missed_by_classes(PROJECTIONS + SCORES)},
        fused=SCORES,
    ),
    "TransformerEncoderLayer": Case(
        lambda: nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        [(2, 5, 8)],
        PROJECTIONS + SCORES + FEED_FORWARD,
        {
            "fvcore": 5 * NORMS - SCORES,
            "ptflops": 2 * 5 * (8 + 16 + 8),
            "thop": 4 * NORMS - PROJECTIONS - SCORES,
            # All parameters but those of attention once for each input, at whatever positions.
            "torchinfo": 2 * (2 * 8 * 16 + 16 + 8 + 2 * 16) - PROJECTIONS - SCORES - FEED_FORWARD,
        },
        fused=SCORES,
    ),
    "LSTM": Case(
        lambda: nn.LSTM(3, 4, batch_first=True),
        [(2, 5, 3)],
        STEPS * 4 * 4 * (3 + 4),
        {
            "fvcore": -STEPS * 4 * 4 * (3 + 4),
            "thop": STEPS * 4 * (4 * 3 + 4),  # a sum and two biases for each gate, and four for the state
            **biases(STEPS * 4 * 4 * 2),
        },
        fused=STEPS * 4 * 4 * (3 + 4),
    ),
    "one Linear under two parents": Case(
        under_two_parents,
        [(2, 3)],
        2 * (2 * 3 * 3),
        {"thop": 3 * 2 * (2 * 3 * 3)},  # two hooks, and two sums
    ),
    "tied embedding and head": Case(
        tied,
        [(2, 5)],
        2 * 5 * 4 * 9,
        {"torchinfo": 2 * (2 * 4 * 9) - 2 * 5 * 4 * 9},  # the weights once for each input, for either layer
    ),
    "deformable convolution": Case(
        lambda: DeformableConv2d(4, 5),
        [(2, 4, 6, 6)],
        PLACES * 9 * 4 * (18 + 9 + 5),
        {
            "fvcore": 4 * PLACES * 9 * 4,  # four operations for each value that is sampled
            "ptflops": PLACES * (18 + 9),
            "thop": -PLACES * 9 * 4 * 5,
            "torchinfo": PLACES * (18 + 9) - PLACES * 9 * 4 * 5,
        },
    ),
    "a module called three times": Case(
        lambda: Net(lambda net, x: net.of(net.of(net.of(x))), of=nn.Linear(3, 3, bias=False)),
        [(2, 3)],
        3 * (2 * 3 * 3),
    ),
    "a module's forward called directly": Case(
        lambda: Net(lambda net, x: net.of.forward(x), of=nn.Linear(6, 7, bias=False)),
        [(2, 6)],
        2 * 6 * 7,
        missed_by_classes(2 * 6 * 7),
    ),
}

ALL = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


@pytest.mark.parametrize("device", ["cpu", "meta"])
@ALL
def test_the_count_is_exact_wherever_the_model_is(case: Case, device: str) -> None:
    measured = profile(case.make().to(device), *(tensor.to(device) for tensor in case.inputs()))
    assert measured.total.macs == case.macs
    assert not measured.uncounted


@pytest.mark.parametrize("counter", ["torch", "fvcore", "thop", "torchinfo", "ptflops"])
@ALL
def test_what_other_counters_make_of_it_is_on_record(case: Case, counter: str) -> None:
    device = "meta" if counter in BLIND_ON_A_PROCESSOR else "cpu"
    pytest.importorskip(counter)
    found = count_by(counter, case.make().to(device), *(tensor.to(device) for tensor in case.inputs()))
    assert isinstance(found, Count)
    assert found.macs == case.macs + case.off.get(counter, 0)


@ALL
def test_on_a_processor_counters_of_kernels_miss_at_most_the_fused_ones(case: Case) -> None:
    found = count_by("torch", case.make(), *case.inputs())
    assert isinstance(found, Count)
    assert found.macs in (case.macs, case.macs - case.fused)


@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "one Linear under two parents", "LSTM"])
def test_no_module_and_no_sum_is_changed_by_all_that_counting(name: str) -> None:
    case = CASES[name]
    model, inputs = case.make(), case.inputs()
    copy = deepcopy(model)
    for counter in counters():
        count_by(counter, model, *inputs)
    assert list(model.state_dict()) == list(copy.state_dict())
    assert profile(model, *inputs) == profile(copy, *inputs)
    assert profile(model, *inputs).total.macs == case.macs


def test_a_layer_that_torch_would_run_as_one_kernel_is_counted_all_the_same() -> None:
    case = CASES["TransformerEncoderLayer"]
    model, inputs = case.make().eval(), case.inputs()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(*inputs)
    assert counter.get_total_flops() == 0
    assert profile(model, *inputs).total.macs == case.macs
    found = count_by("torch", model, *inputs)
    assert isinstance(found, Count)
    assert found.macs >= PROJECTIONS + FEED_FORWARD


def test_weights_in_two_places_are_one_parameter_on_every_device() -> None:
    with torch.device("meta"):
        built = tied()
    for model, device in ((tied(), "cpu"), (built, "meta")):
        assert profile(model, torch.zeros(2, 5, dtype=torch.long, device=device)).total.params == 4 * 9


def test_a_parameter_among_the_inputs_of_a_module_is_no_obstacle() -> None:
    token = Net(lambda net, x: net.of(net.own) + net.of(x), own=nn.Parameter(torch.zeros(1, 3)), of=nn.Linear(3, 4))
    for counter in counters():
        found = count_by(counter, token, torch.zeros(2, 3))
        assert isinstance(found, Count), counter
    assert profile(token, torch.zeros(2, 3)).total.macs == (1 + 2) * 3 * 4
