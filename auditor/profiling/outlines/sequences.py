"""Rules for functions over sequences that are taken whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from auditor.profiling.outlines.rules import broadcast, outline, rule, together


@rule("scaled_dot_product_attention")
def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor | None:
    rank = query.dim()
    if rank < 2 or not key.dim() == value.dim() == rank or not query.is_floating_point() or not query.numel():
        return None
    if not query.dtype == key.dtype == value.dtype or query.shape[-1] != key.shape[-1]:
        return None
    if key.shape[:-1] != value.shape[:-1] or not _share_heads(query.shape[:-2], key.shape[:-2], enable_gqa):
        return None
    if attn_mask is not None and (is_causal or not _masks(attn_mask, query, key)):
        return None
    if rank == 4 and value.shape[-1] == query.shape[-1] and query.stride(-1) == key.stride(-1) == value.stride(-1) == 1:
        return together([query])  # as the kernel for these arranges it
    return outline(query, (*query.shape[:-1], value.shape[-1]))


def _share_heads(queries: Sequence[int], keys: Sequence[int], in_groups: bool) -> bool:
    """Whether every head has its keys, of its own or for several together."""
    if not in_groups:
        return queries == keys
    return len(queries) > 0 and queries[:-1] == keys[:-1] and queries[-1] % keys[-1] == 0


def _masks(mask: Tensor, query: Tensor, key: Tensor) -> bool:
    scores = outline(query, (*query.shape[:-1], key.shape[-2]))
    return mask.dim() > 1 and mask.dtype in (torch.bool, query.dtype) and broadcast([scores, mask]) == scores.shape


@rule("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrence(x: Tensor, *settings: Any) -> tuple[Tensor, ...] | None:
    # The sizes of the steps, of packed sequences only; one state or, in an LSTM, two; the weights; …
    states, weights, *rest = settings[1:] if isinstance(settings[2], (list, tuple)) else settings
    bidirectional = rest[4]
    states = [states] if isinstance(states, Tensor) else states
    if x.shape[-1] != weights[0].shape[1]:
        return None
    steps = outline(x, (*x.shape[:-1], states[0].shape[-1] * (1 + bidirectional)))
    return (steps, *(outline(state, state.shape) for state in states))
