"""Attention: by closed formula, and alike whichever kernel PyTorch takes for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import Shape, on_meta, work_of
from specimens import Does, macs_by_torch, profile_function, several
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.functional import scaled_dot_product_attention as attend  # a name of our own is not taken whole
from torch.utils.flop_counter import flop_registry

from auditor import profile
from auditor.profiling import Profile
from auditor.profiling.formulas import Kind, Work

SIZE = st.integers(1, 4)

B, L, S, E, HIDDEN = 2, 5, 3, 8, 16
"""Batch, positions of the target and of the source, width, hidden width of the feed-forward network."""


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
    scores = batch * heads * queries * keys
    assert measured.total.macs == scores * (width + value_width)
    # Queries and keys are scaled, and the softmax takes five operations for a score.
    assert measured.total.work.other == batch * heads * (queries + keys) * width + 5 * scores


@pytest.mark.parametrize("value_width", [4, 5], ids=["fused kernel", "step by step"])
def test_attention_has_a_formula_whichever_way_it_is_computed(value_width: int) -> None:
    q, v = (2, 3, 6, 4), (2, 3, 6, value_width)
    assert not profile_function(F.scaled_dot_product_attention, q, q, v).uncounted


WAYS: dict[str, Callable[[Tensor], dict[str, Any]]] = {
    "plain": lambda _: {},
    "causal": lambda _: {"is_causal": True},
    "added mask": lambda x: {"attn_mask": torch.zeros(L, S, device=x.device)},
    "hiding mask": lambda x: {"attn_mask": torch.ones(L, S, dtype=torch.bool, device=x.device)},
    "scaled": lambda _: {"scale": 0.5},
    "grouped": lambda _: {"enable_gqa": True},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value_width", [E, E + 1], ids=["fused kernel", "step by step"])
def test_attention_in_one_operator_counts_what_its_steps_count(way: str, value_width: int) -> None:
    shared = 2 if way == "grouped" else 4
    query, key, value = torch.randn(B, 4, L, E), torch.randn(B, shared, S, E), torch.randn(B, shared, S, value_width)
    by_step = on_meta(lambda *qkv: attend(*qkv, **WAYS[way](qkv[0])), query, key, value)
    assert Kind.ATTENTION not in by_step.by_kind
    model = Does(lambda _, *qkv: F.scaled_dot_product_attention(*qkv, **WAYS[way](qkv[0])))
    measured = profile(model, query, key, value)
    assert measured.total == by_step.total
    assert measured.total.macs == B * 4 * L * S * (E + value_width)  # what a mask hides, too
    with torch.inference_mode():
        assert profile(model, query, key, value).total == by_step.total


QUERY, KEY, MASK = (B, 4, L, E), (B, 2, S, E), (L, S)

# Kernels of other devices: what follows queries, keys and values, without and with something that masks.
KERNELS: dict[str, tuple[list[Any], list[Any]]] = {
    "_scaled_dot_product_flash_attention": ([], [0.0, True]),
    "_scaled_dot_product_fused_attention_overrideable": ([], [MASK]),
    "_scaled_dot_product_attention_math_for_mps": ([], [None, 0.0, True]),
    "_scaled_dot_product_efficient_attention": ([None, False], [MASK, False]),
    "_scaled_dot_product_cudnn_attention": ([None, False], [None, False, 0.0, True]),
    "_cudnn_attention_forward": ([None, None, None, L, S, False], [None, None, None, L, S, False, 0.0, True]),
}


def attended(query: Shape, key: Shape, **how: Any) -> Work:
    """The work of attention on this device."""

    def attend(q: Tensor, k: Tensor) -> Tensor:
        return F.scaled_dot_product_attention(q, k, k, enable_gqa=True, **how)

    return profile_function(attend, query, key).total.work


@pytest.mark.parametrize("kernel", KERNELS)
def test_attention_counts_the_same_on_every_device(kernel: str) -> None:
    plain, masked = KERNELS[kernel]
    assert work_of(f"aten.{kernel}", QUERY, KEY, KEY, *plain, out=QUERY) == attended(QUERY, KEY)
    assert work_of(f"aten.{kernel}", QUERY, KEY, KEY, *masked, out=QUERY) == attended(QUERY, KEY, is_causal=True)


def measured_on_meta(kernel: str, *arguments: Any) -> tuple[Profile, int | None]:
    """What is measured of a kernel where no device's own ones are needed, and what PyTorch's counter finds."""
    packet: Any = getattr(torch.ops.aten, kernel)
    tensors = [torch.empty(x, device="meta") if isinstance(x, tuple) else x for x in arguments]
    model = Does(lambda _: packet(*tensors))
    return profile(model), macs_by_torch(model) if packet in flop_registry else None


@pytest.mark.parametrize("kernel", [kernel for kernel in KERNELS if kernel != "_cudnn_attention_forward"])
def test_a_kernel_that_is_called_by_name_is_counted_as_it_gets_its_arguments(kernel: str) -> None:
    key = (B, 4, S, E)
    measured, by_torch = measured_on_meta(kernel, QUERY, key, key, *KERNELS[kernel][0])
    assert [operation.operator for operation in measured.operations] == [f"aten.{kernel}"]
    assert measured.total.work == attended(QUERY, key)
    assert by_torch in (None, measured.total.macs)


# The same with positions before heads; and where sequences of any length are laid end to end.
BY_POSITION: dict[str, tuple[list[Any], list[Any]]] = {
    "aten._flash_attention_forward": ([None, None], [0.0, False, False]),
    "aten._efficient_attention_forward": ([None, None, None], [0.0, 0]),
}
PACKED: dict[str, tuple[list[Any], list[Any]]] = {
    "aten._flash_attention_forward": ([], [0.0, False, False]),
    "aten._efficient_attention_forward": ([None], [0.0, 0]),
    "aten._cudnn_attention_forward": ([None], [False]),
    "torch_attn._varlen_attn": ([], []),
}


@pytest.mark.parametrize("kernel", BY_POSITION)
def test_attention_with_positions_before_heads_counts_the_same(kernel: str) -> None:
    before, after = BY_POSITION[kernel]
    query, key = (B, L, 4, E), (B, S, 2, E)
    assert work_of(kernel, query, key, key, *before, L, S, *after, out=query) == attended(QUERY, KEY)


@pytest.mark.parametrize("kernel", PACKED)
def test_sequences_laid_end_to_end_count_as_the_longest_which_shapes_alone_tell(kernel: str) -> None:
    before, after = PACKED[kernel]
    query, key, ends = (9, 4, E), (5, 2, E), (B + 1,)
    settings = (*before, ends, ends, L, S, *after)
    assert work_of(kernel, query, key, key, *settings, out=query) == attended(QUERY, KEY)


@pytest.mark.parametrize("kernel", ["_flash_attention_forward", "_efficient_attention_forward"])
def test_sequences_laid_end_to_end_count_as_torch_counts_them(kernel: str) -> None:
    before, after = PACKED[f"aten.{kernel}"]
    batch = (1,) * (kernel == "_efficient_attention_forward")
    query, key = (*batch, 9, 4, E), (*batch, 5, 4, E)
    measured, by_torch = measured_on_meta(kernel, query, key, key, *before, (B + 1,), (B + 1,), L, S, *after)
    assert measured.total.work == attended(QUERY, (B, 4, S, E))
    assert measured.total.macs == by_torch


@pytest.mark.parametrize(
    ("kernel", "settings"),
    [
        ("aten._flash_attention_forward_no_dropout_inplace", [None, None, L, S, 0.0, False, False]),
        ("torch_attn._varlen_attn_out", [(B + 1,), (B + 1,), L, S]),
    ],
)
def test_attention_into_a_given_tensor_counts_the_same(kernel: str, settings: list[Any]) -> None:
    query, key = (B, L, 4, E), (B, S, 2, E)
    assert work_of(kernel, query, query, key, key, *settings, out=()) == attended(QUERY, KEY)


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


def projections(module: nn.MultiheadAttention) -> list[Any]:
    return [module.in_proj_weight, module.in_proj_bias, module.out_proj.weight, module.out_proj.bias]


def test_many_heads_in_one_operator_count_what_the_layer_counts() -> None:
    module, x = nn.MultiheadAttention(E, 2, batch_first=True), torch.randn(B, L, E)

    def fused(_: Any, x: Tensor, *, weights: bool, average: bool) -> Any:
        return torch.ops.aten._native_multi_head_attention(
            *(x, x, x, E, 2, *projections(module)), need_weights=weights, average_attn_weights=average
        )

    by_step = profile(module, x, x, x, need_weights=False).total
    measured = profile(Does(fused), x, weights=False, average=True)
    assert measured.total.work == by_step.work
    assert {operation.operator for operation in measured.operations} == {"aten._native_multi_head_attention"}
    # Weights that are asked for are averaged over the heads.
    averaged = profile(Does(fused), x, weights=True, average=True).total.work
    assert averaged - by_step.work == Work(other=B * 2 * L * L)
    assert profile(Does(fused), x, weights=True, average=False).total.work == by_step.work


@pytest.mark.parametrize("norm_first", [True, False], ids=["norm first", "norm last"])
def test_an_encoder_layer_in_one_operator_counts_what_the_layer_counts(norm_first: bool) -> None:
    module, x = nn.TransformerEncoderLayer(E, 2, HIDDEN, batch_first=True, norm_first=norm_first), torch.randn(B, L, E)
    norms, linears = (module.norm1, module.norm2), (module.linear1, module.linear2)
    weights = [weight for layer in (*norms, *linears) for weight in (layer.weight, layer.bias)]
    settings = (*projections(module.self_attn), False, norm_first, 1e-5, *weights)
    measured = profile(Does(lambda _, x: torch.ops.aten._transformer_encoder_layer_fwd(x, E, 2, *settings)), x)
    assert {operation.operator for operation in measured.operations} == {"aten._transformer_encoder_layer_fwd"}
    assert measured.total.work == profile(module, x).total.work
