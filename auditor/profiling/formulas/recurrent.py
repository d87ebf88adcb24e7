"""Recurrent layers in one operator: it counts what the steps of their cells count."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, WorkOf, formula

_LSTM, _GRU = 13, 10
"""Operations for every unit and step: of an LSTM four sums, five activations, three products and a sum of
two; of a GRU two sums and activations of gates, product, sum and activation, and three to mix with the last."""

_BY_MODE = (2, 2, _LSTM, _GRU)
"""Operations for every unit and step, by the number that backends give to ReLU, tanh, LSTM and GRU."""


def _layers(x: Shape, weights: Sequence[Shape], units: int, per_unit: int) -> Work:
    # Every step uses each weight once, and adds each bias once.
    steps = prod(x[:-1])
    matrices = sum(prod(weight) for weight in weights if len(weight) > 1)
    biases = sum(prod(weight) for weight in weights if len(weight) == 1)
    return Work(steps * matrices, steps * (units * per_unit + biases))


def _whole(per_unit: int) -> WorkOf:
    """The formula of a function of whole sequences, which may be packed; then the sizes of its steps come first."""

    def work(x: Shape, *settings: Any, **_: Any) -> Work:
        packed = isinstance(settings[2], list)
        states, weights, _biases, layers, _dropout, _train, bidirectional, *_rest = settings[packed:]
        hidden = (states[-1] if isinstance(states, list) else states)[-1]
        return _layers(x, weights, hidden * layers * (1 + bidirectional), per_unit)

    return work


for _operators, _per_unit in (("lstm", _LSTM), ("gru", _GRU), ("rnn_tanh rnn_relu", 2)):
    formula(Kind.MATRIX, *_operators.split())(_whole(_per_unit))


@formula(Kind.MATRIX, "mkldnn_rnn_layer")
def lstm_layer(x: Shape, from_input: Shape, from_state: Shape, *settings: Any, **_: Any) -> Work:
    biases, has_biases = settings[:2], settings[9]
    return _layers(x, [from_input, from_state, *(biases if has_biases else ())], from_state[1], _LSTM)


@formula(Kind.MATRIX, "_cudnn_rnn")
def layers_of_cudnn(
    x: Shape,
    weights: list[Shape],
    stride: int,
    buffer: Shape | None,
    state: Shape,
    cell: Shape | None,
    mode: int,
    hidden: int,
    projected: int,
    number: int,
    *settings: Any,
    **_: Any,
) -> Work:
    bidirectional = settings[3]
    return _layers(x, weights, hidden * number * (1 + bidirectional), _BY_MODE[mode])


@formula(Kind.MATRIX, "miopen_rnn")
def layers_of_miopen(
    x: Shape,
    weights: list[Shape],
    stride: int,
    state: Shape,
    cell: Shape | None,
    mode: int,
    hidden: int,
    number: int,
    *settings: Any,
    **_: Any,
) -> Work:
    bidirectional = settings[3]
    return _layers(x, weights, hidden * number * (1 + bidirectional), _BY_MODE[mode])


@formula(Kind.MATRIX, "_lstm_mps")
def lstm_of_mps(x: Shape, states: list[Shape], weights: list[Shape], *_: Any, **__: Any) -> Work:
    layers, _batch, hidden = states[1]
    return _layers(x, weights, layers * hidden, _LSTM)


@formula(Kind.ELEMENTWISE, "_thnn_fused_lstm_cell")
def lstm_cell(from_input: Shape, from_state: Shape, cell: Shape, *biases: Shape | None, **_: Any) -> Work:
    return _cell(from_input, _LSTM * prod(cell), biases)


@formula(Kind.ELEMENTWISE, "_thnn_fused_gru_cell")
def gru_cell(from_input: Shape, from_state: Shape, state: Shape, *biases: Shape | None, **_: Any) -> Work:
    return _cell(from_input, _GRU * prod(state), biases)


def _cell(gates: Shape, by_unit: int, biases: Sequence[Shape | None]) -> Work:
    # The products were computed before.
    return Work(other=by_unit + prod(gates) * sum(bias is not None for bias in biases))
