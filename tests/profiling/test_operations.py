"""Multiply-accumulates: by closed formula, and as other counters find them."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from specimens import Does, macs_by_torch, profile_function, several, small_net
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling.formulas import Kind

SIZE = st.integers(1, 4)
LONGER = st.integers(2, 5)

CONVOLUTIONS: tuple[Callable[..., nn.Module], ...] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
TRANSPOSED: tuple[Callable[..., nn.Module], ...] = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


@st.composite
def convolutions(draw: st.DrawFn) -> tuple[nn.Module, Tensor, int, int]:
    """A convolution, its input, and by closed formula its multiply-accumulates and its number of results."""
    dimensions, groups, batch = draw(st.integers(1, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    inputs, outputs = groups * draw(SIZE), groups * draw(SIZE)
    transposed, bias, batched = draw(st.booleans()), draw(st.booleans()), batch > 1 or draw(st.booleans())

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(draw(st.integers(low, high)) for _ in range(dimensions))

    kernel, stride, dilation, padding = each(1, 3), each(1, 3), each(1, 2), each(0, 1)
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    size = [r + more for r, more in zip(reach, each(2, 5), strict=True)]
    steps = list(zip(size, reach, stride, padding, strict=True))
    if transposed:
        result = [(n - 1) * s - 2 * p + r for n, r, s, p in steps]
    else:
        result = [(n + 2 * p - r) // s + 1 for n, r, s, p in steps]

    layer = (TRANSPOSED if transposed else CONVOLUTIONS)[dimensions - 1]
    module = layer(inputs, outputs, kernel, stride, padding, groups=groups, bias=bias, dilation=dilation)
    macs = batch * inputs * (outputs // groups) * prod(kernel) * prod(size if transposed else result)
    x = torch.randn(*[batch] * batched, inputs, *size)
    return module, x, macs, batch * outputs * prod(result)


@several
@given(convolutions())
def test_a_convolution_of_any_kind_counts_one_filter_per_position(case: tuple[nn.Module, Tensor, int, int]) -> None:
    module, x, macs, results = case
    measured = profile(module, x)
    assert measured.total.macs == macs == macs_by_torch(module, x)
    assert measured.total.flops == 2 * macs + (results if module.bias is not None else 0)
    assert [(operation.kind, operation.calls) for operation in measured.operations] == [(Kind.CONVOLUTION, 1)]


@several
@given(st.lists(SIZE, max_size=3), SIZE, SIZE, st.booleans())
def test_a_linear_layer_counts_its_weights_once_per_row_of_an_input_of_any_rank(
    rows: list[int], inputs: int, outputs: int, bias: bool
) -> None:
    module, x = nn.Linear(inputs, outputs, bias), torch.randn(*rows, inputs)
    measured = profile(module, x)
    assert measured.total.macs == prod(rows) * inputs * outputs == macs_by_torch(module, x)
    assert measured.total.flops == 2 * measured.total.macs + bias * prod(rows) * outputs


def test_a_linear_layer_lists_nothing_as_uncounted_when_it_gets_a_single_vector() -> None:
    assert not profile(nn.Linear(3, 2, bias=False), torch.randn(3)).uncounted


@pytest.mark.parametrize(
    ("function", "shapes", "macs"),
    [
        pytest.param(F.linear, [(2, 3), (4, 3), (4,)], 2 * 3 * 4, id="F.linear"),
        pytest.param(lambda x, weight: F.linear(input=x, weight=weight), [(2, 3), (4, 3)], 2 * 3 * 4, id="keywords"),
        pytest.param(torch.matmul, [(2, 3), (3, 4)], 2 * 3 * 4, id="x @ P"),
        pytest.param(torch.matmul, [(5, 6, 2, 3), (3, 4)], 5 * 6 * 2 * 3 * 4, id="matrix for many"),
        pytest.param(torch.matmul, [(5, 1, 2, 3), (6, 3, 4)], 5 * 6 * 2 * 3 * 4, id="broadcast batches"),
        pytest.param(torch.matmul, [(2, 3), (3,)], 2 * 3, id="matrix by vector"),
        pytest.param(torch.dot, [(3,), (3,)], 3, id="dot"),
        pytest.param(torch.bmm, [(5, 2, 3), (5, 3, 4)], 5 * 2 * 3 * 4, id="bmm"),
        pytest.param(lambda x, a, b: torch.baddbmm(b, x, a), [(5, 2, 3), (5, 3, 4), (4,)], 5 * 2 * 3 * 4, id="baddbmm"),
        pytest.param(lambda x, a, b: torch.addmm(b, x, a), [(2, 3), (3, 4), (4,)], 2 * 3 * 4, id="addmm"),
        pytest.param(lambda x, a: torch.tensordot(x, a, 2), [(2, 3, 4), (3, 4, 5)], 2 * 3 * 4 * 5, id="tensordot"),
        pytest.param(lambda x, a: x.unflatten(0, (1, 2)) @ a.mT, [(2, 3), (4, 3)], 2 * 3 * 4, id="views"),
        pytest.param(F.conv2d, [(2, 3, 8, 8), (4, 3, 3, 3), (4,)], 2 * 4 * 6 * 6 * 3 * 9, id="F.conv2d"),
        pytest.param(F.conv_transpose1d, [(2, 3, 8), (3, 4, 5)], 2 * 8 * 3 * 4 * 5, id="F.conv_transpose1d"),
    ],
)
def test_products_with_parameters_that_belong_to_no_layer_are_counted(
    function: Callable[..., Tensor], shapes: list[tuple[int, ...]], macs: int
) -> None:
    first, *others = (torch.randn(shape) for shape in shapes)
    model = Does(lambda self, x: function(x, *self.own), own=nn.ParameterList(others))
    measured = profile(model, first)
    assert measured.total.macs == macs
    assert not measured.uncounted
    assert not measured.unused


@several
@given(st.lists(LONGER, max_size=2), st.lists(LONGER, max_size=2), st.lists(LONGER, min_size=1, max_size=2), LONGER)
def test_einsum_counts_the_product_of_all_its_index_sizes(
    shared: list[int], rows: list[int], summed: list[int], columns: int
) -> None:
    # Indices of size 1 are left out: there einsum multiplies element by element, and sums nothing.
    s, r, k, c = "ab"[: len(shared)], "cd"[: len(rows)], "ef"[: len(summed)], "g"
    measured = profile_function(
        lambda x, y: torch.einsum(f"{s}{r}{k},{k}{c}{s}->{r}{s}{c}", x, y),
        (*shared, *rows, *summed),
        (*summed, columns, *shared),
    )
    assert measured.total.macs == prod(shared) * prod(rows) * prod(summed) * columns


@several
@given(SIZE, SIZE, SIZE, SIZE, SIZE, SIZE)
def test_attention_counts_every_query_with_every_key_and_every_score_with_its_value(
    batch: int, heads: int, queries: int, keys: int, width: int, value_width: int
) -> None:
    measured = profile_function(
        F.scaled_dot_product_attention,
        (batch, heads, queries, width),
        (batch, heads, keys, width),
        (batch, heads, keys, value_width),
    )
    assert measured.total.macs == batch * heads * queries * keys * (width + value_width)


@pytest.mark.parametrize("value_width", [4, 5], ids=["fused kernel", "step by step"])
def test_attention_has_a_formula_whichever_way_it_is_computed(value_width: int) -> None:
    q, v = (2, 3, 6, 4), (2, 3, 6, value_width)
    assert not profile_function(F.scaled_dot_product_attention, q, q, v).uncounted


B, L, S, E, HIDDEN = 2, 5, 3, 8, 16
"""Batch, positions of the target and of the source, width, hidden width of the feed-forward network."""


def attending(queries: int, keys: int, key_width: int = E, value_width: int = E) -> int:
    """Projections of queries, keys, values and results; then the two products over all heads together."""
    projections = queries * E + keys * key_width + keys * value_width + queries * E
    return B * (E * projections + 2 * queries * keys * E)


@pytest.mark.parametrize("weights", [True, False], ids=["weights returned", "weights not needed"])
@pytest.mark.parametrize("batch_first", [True, False], ids=["batch first", "batch second"])
def test_self_attention_counts_projections_and_products_on_every_path(batch_first: bool, weights: bool) -> None:
    # With the batch first and one tensor for all three inputs, PyTorch takes its fast path.
    x = torch.randn((B, L, E) if batch_first else (L, B, E))
    module = nn.MultiheadAttention(E, num_heads=2, batch_first=batch_first)
    measured = profile(module, x, x, x, need_weights=weights)
    assert measured.total.macs == attending(L, L)
    assert not measured.uncounted
    assert not measured.unused


@pytest.mark.parametrize(("key_width", "value_width"), [(E, E), (6, 7)])
def test_cross_attention_counts_keys_and_values_by_their_own_number_and_width(key_width: int, value_width: int) -> None:
    module = nn.MultiheadAttention(E, num_heads=2, kdim=key_width, vdim=value_width, batch_first=True)
    measured = profile(module, torch.randn(B, L, E), torch.randn(B, S, key_width), torch.randn(B, S, value_width))
    assert measured.total.macs == attending(L, S, key_width, value_width)


FEED_FORWARD = B * L * E * HIDDEN * 2


@pytest.mark.parametrize("norm_first", [True, False], ids=["norm first", "norm last"])
@pytest.mark.parametrize("batch_first", [True, False], ids=["batch first", "batch second"])
def test_a_transformer_encoder_layer_is_attention_and_a_feed_forward_network(
    batch_first: bool, norm_first: bool
) -> None:
    module = nn.TransformerEncoderLayer(E, 2, HIDDEN, batch_first=batch_first, norm_first=norm_first)
    measured = profile(module, torch.randn((B, L, E) if batch_first else (L, B, E)))
    assert measured.total.macs == attending(L, L) + FEED_FORWARD
    assert measured.under(["linear1", "linear2"]).macs == FEED_FORWARD
    assert measured.under(["self_attn"]).macs == attending(L, L)


def test_padding_hidden_by_a_mask_is_computed_all_the_same() -> None:
    layer = nn.TransformerEncoderLayer(E, 2, HIDDEN, batch_first=True)
    padding = torch.arange(L).expand(B, L) >= torch.tensor([[L], [S]])
    measured = profile(nn.TransformerEncoder(layer, 2), torch.randn(B, L, E), src_key_padding_mask=padding)
    assert measured.total.macs == 2 * (attending(L, L) + FEED_FORWARD)


def test_a_transformer_decoder_layer_also_attends_to_the_source() -> None:
    module = nn.TransformerDecoderLayer(E, 2, HIDDEN, batch_first=True)
    measured = profile(module, torch.randn(B, L, E), torch.randn(B, S, E))
    assert measured.total.macs == attending(L, L) + attending(L, S) + FEED_FORWARD


def recurrent(gates: int, inputs: int, hidden: int, layers: int, directions: int, steps: int) -> int:
    """Per step, layer and direction: the weights of all gates from the input and from the last state."""
    widths = [inputs] + [directions * hidden] * (layers - 1)
    return steps * directions * sum(gates * hidden * (width + hidden) for width in widths)


@several
@given(st.sampled_from([(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)]), SIZE, SIZE, st.integers(1, 2), st.booleans(), SIZE)
def test_recurrent_layers_count_every_step_or_are_listed(
    layer: tuple[Callable[..., nn.Module], int], inputs: int, hidden: int, layers: int, bidirectional: bool, steps: int
) -> None:
    make, gates = layer
    model = Does(
        lambda self, x: self.cells(x), cells=make(inputs, hidden, layers, batch_first=True, bidirectional=bidirectional)
    )
    measured = profile(model, torch.randn(2, steps, inputs))
    # Which kernel an LSTM takes depends on the processor; there may be none that we have a formula for.
    listed = any(entry.path == "cells" and entry.calls == layers * (1 + bidirectional) for entry in measured.uncounted)
    counted = measured.total.macs == recurrent(gates, inputs, hidden, layers, 1 + bidirectional, 2 * steps)
    assert counted or (make is nn.LSTM and listed and measured.total.macs == 0)


@pytest.mark.parametrize(("cell", "gates"), [(nn.RNNCell, 1), (nn.GRUCell, 3), (nn.LSTMCell, 4)])
def test_a_recurrent_cell_counts_one_step(cell: Callable[..., nn.Module], gates: int) -> None:
    measured = profile(cell(3, 4), torch.randn(2, 3))
    assert measured.total.macs == recurrent(gates, 3, 4, 1, 1, 2)
    assert not measured.uncounted


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (small_net(), (2, 3, 12, 12)),
        (nn.Sequential(nn.Conv1d(3, 4, 3), nn.AvgPool1d(3), nn.PReLU()), (2, 3, 9)),
        (nn.TransformerEncoderLayer(8, 2, 16), (5, 2, 8)),
        (nn.Upsample(scale_factor=2, mode="bicubic"), (2, 3, 4, 4)),
    ],
    ids=["classifier", "lines", "transformer", "resampling"],
)
def test_inference_mode_around_or_inside_a_model_does_not_change_the_count(
    model: nn.Module, shape: tuple[int, ...]
) -> None:
    x = torch.randn(shape)
    inside = Does(torch.inference_mode()(lambda self, x: self.model(x)), model=model)
    with torch.inference_mode():
        around = profile(model, x)
    without = profile(model, x)
    assert around.total == profile(inside, x).total == without.total
    assert around.uncounted == without.uncounted


def test_a_model_on_the_meta_device_is_counted_without_any_memory() -> None:
    with torch.device("meta"):
        measured = profile(small_net(), torch.randn(1, 3, 12, 12))
    assert measured.total == profile(small_net(), torch.randn(1, 3, 12, 12)).total


FUSED: dict[str, tuple[Callable[[], nn.Module], list[tuple[int, ...]]]] = {
    "attention": (lambda: Does(lambda _, *qkv: F.scaled_dot_product_attention(*qkv)), [(2, 3, 4, 5)] * 3),
    "attention of other values": (
        lambda: Does(lambda _, *qkv: F.scaled_dot_product_attention(*qkv)),
        [(2, 3, 4, 5), (2, 3, 6, 5), (2, 3, 6, 7)],
    ),
    "cross-attention": (lambda: nn.MultiheadAttention(8, 2, batch_first=True), [(2, 5, 8), (2, 3, 8), (2, 3, 8)]),
    "transformer layer": (lambda: nn.TransformerEncoderLayer(8, 2, 16), [(5, 2, 8)]),
    "gru": (lambda: nn.GRU(3, 4, 2, bidirectional=True), [(5, 2, 3)]),
    "classifier": (small_net, [(2, 3, 12, 12)]),
}


@pytest.mark.parametrize(("make", "shapes"), FUSED.values(), ids=FUSED)
def test_the_count_agrees_with_torchs_own_where_that_sees_every_product(
    make: Callable[[], nn.Module], shapes: list[tuple[int, ...]]
) -> None:
    # On the meta device PyTorch takes no fused kernels, which its counter would be blind to.
    with torch.device("meta"):
        by_torch = macs_by_torch(make(), *(torch.randn(shape) for shape in shapes))
    assert profile(make(), *(torch.randn(shape) for shape in shapes)).total.macs == by_torch > 0


def test_fvcore_finds_the_same_in_every_convolution_and_linear_layer() -> None:
    fvcore: Any = pytest.importorskip("fvcore.nn")
    model, x = small_net().eval(), torch.randn(2, 3, 12, 12)
    analysis = fvcore.FlopCountAnalysis(model, x).unsupported_ops_warnings(False)
    measured = profile(model, x)
    for path, flops in analysis.by_module_and_operator().items():
        assert measured.under([path]).macs == flops["conv"] + flops["linear"], path
