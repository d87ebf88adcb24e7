"""Rules for functions over sequences that are taken whole."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from auditor.profiling.outlines.rules import outline, rule


@rule("scaled_dot_product_attention")
def attention(query: Tensor, key: Tensor, value: Tensor, *_: Any, enable_gqa: bool = False, **__: Any) -> Tensor | None:
    fits = query.shape[:-2] == key.shape[:-2] or (enable_gqa and query.shape[:-3] == key.shape[:-3])
    fits = fits and key.shape[:-1] == value.shape[:-1] and query.shape[-1] == key.shape[-1]
    return outline(query, (*query.shape[:-1], value.shape[-1])) if fits and min(query.dim(), key.dim()) > 1 else None


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
