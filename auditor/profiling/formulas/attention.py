"""Attention in one operator: it counts what its parts count where PyTorch computes them one by one."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.activation import SOFTMAX
from auditor.profiling.formulas.normalization import normalised
from auditor.profiling.formulas.products import linear
from auditor.profiling.formulas.registry import Kind, Shape, Work, WorkOf, formula


def _attended(query: Shape, key: Shape, value: Shape, masked: bool) -> Work:
    # query: (*heads, queries, width); key and value: (*heads, keys, width), of as many heads or fewer,
    # which are shared. Scores: every query with every key; then every score with the values. Queries
    # and keys are scaled, a mask is added, and what it hides is computed all the same.
    heads, queries, width = prod(query[:-2]), *query[-2:]
    scores = heads * queries * key[-2]
    scaled = heads * width * (queries + key[-2])
    return Work(scores * (width + value[-1]), scaled + scores * (SOFTMAX + masked))


@formula(Kind.ATTENTION, "scaled_dot_product_attention")
def attention(
    query: Shape,
    key: Shape,
    value: Shape,
    mask: Shape | None = None,
    dropout: float = 0.0,
    causal: bool = False,
    **named: Any,
) -> Work:
    masked = causal or named.get("is_causal", False) or any(m is not None for m in (mask, named.get("attn_mask")))
    return _attended((*named["out"][:-1], query[-1]), key, value, masked)


def _heads_first(x: Shape, ends: Shape | None, longest: int | None) -> Shape:
    # Of (batch, length, heads, width), or of (all lengths, heads, width) with the ends of sequences. How
    # long each of these is no shape tells: all count as the longest.
    if ends is not None and longest is not None:
        return (ends[0] - 1, x[-2], longest, x[-1])
    return (*x[:-3], x[-2], x[-3], x[-1])


def _fused(*masks: int, ends: int | None = None, heads_first: bool = True) -> WorkOf:
    """The formula of a kernel, by the places of its settings after the values: of what masks, and of sequences."""

    def work(query: Shape, key: Shape, value: Shape, *settings: Any, attn_mask: Shape | None = None, **_: Any) -> Work:
        set_masks = [settings[place] for place in masks if place < len(settings)]
        masked = any(mask not in (None, False, 0) for mask in (*set_masks, attn_mask))
        packed = ends is not None and settings[ends] is not None
        if ends is not None and (packed or not heads_first):
            query_ends, key_ends, most_queries, most_keys = settings[ends : ends + 4]
            query = _heads_first(query, query_ends, most_queries)
            key, value = (_heads_first(x, key_ends or query_ends, most_keys) for x in (key, value))
        return _attended(query, key, value, masked)

    return work


def _into(fused: WorkOf) -> WorkOf:
    """The same for a kernel that is given the tensor to put its result into."""
    return lambda _, *arguments, **named: fused(*arguments, **named)


for _operators, _work in (
    ("_scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu", _fused(1)),
    ("_scaled_dot_product_attention_math_for_mps _scaled_dot_product_fused_attention_overrideable", _fused(0, 2)),
    ("_scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention", _fused(0, 3)),
    ("_triton_scaled_dot_attention", _fused()),
    ("_flash_attention_forward", _fused(5, ends=0, heads_first=False)),
    ("_flash_attention_forward_no_dropout_inplace", _into(_fused(5, ends=0, heads_first=False))),
    ("_efficient_attention_forward", _fused(0, 6, ends=1, heads_first=False)),
    ("_cudnn_attention_forward", _fused(0, 7, ends=1)),
    ("torch_attn._varlen_attn", _fused(4, ends=0, heads_first=False)),
    ("torch_attn._varlen_attn_out", _into(_fused(4, ends=0, heads_first=False))),
):
    formula(Kind.ATTENTION, *_operators.split())(_work)


@formula(Kind.ATTENTION, "_native_multi_head_attention")
def multi_head_attention(
    query: Shape,
    key: Shape,
    value: Shape,
    width: int,
    heads: int,
    weights_in: Shape,
    biases_in: Shape,
    weights_out: Shape,
    biases_out: Shape,
    mask: Shape | None = None,
    need_weights: bool = True,
    average_weights: bool = True,
    *_: Any,
    out: Shape,
    **__: Any,
) -> Work:
    def split(x: Shape) -> Shape:
        return (x[0], heads, x[1], width // heads)

    square, biases = (width, width), (width,)
    projections = [linear(x, square, biases, out=x) for x in (query, key, value, query)]
    attended = _attended(split(query), split(key), split(value), mask is not None)
    averaged = prod(query[:-1]) * heads * key[1] if need_weights and average_weights else 0
    return sum(projections, attended) + Work(other=averaged)


@formula(Kind.ATTENTION, "_transformer_encoder_layer_fwd")
def transformer_encoder_layer(
    x: Shape,
    width: int,
    heads: int,
    *settings: Any,
    out: Shape,
    **_: Any,
) -> Work:
    attention_weights, norm_weights, layers = settings[:4], settings[7:11], settings[11:15]
    mask = settings[15] if len(settings) > 15 else None
    hidden = (*x[:-1], layers[0][0])
    return sum(
        (
            linear(x, *layers[:2], out=hidden),
            linear(hidden, *layers[2:], out=x),
            normalised(x, *norm_weights[:2]),
            normalised(x, *norm_weights[2:]),
            Work(other=prod(hidden) + 2 * prod(x)),  # the activation; each half is added to what it was given
        ),
        multi_head_attention(x, x, x, width, heads, *attention_weights, mask, False, out=x),
    )
