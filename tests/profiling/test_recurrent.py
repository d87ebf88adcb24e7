"""Recurrent layers: by closed formula, and alike whether a kernel takes all steps or each is computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernels import on_meta, work_of
from specimens import Does, several
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from auditor import profile
from auditor.profiling.formulas import Work

SIZE = st.integers(1, 4)


def recurrent(gates: int, inputs: int, hidden: int, layers: int, directions: int, steps: int) -> int:
    """Per step, layer and direction: the weights of all gates from the input and from the last state."""
    widths = [inputs] + [directions * hidden] * (layers - 1)
    return steps * directions * sum(gates * hidden * (width + hidden) for width in widths)


@several
@given(st.sampled_from([(nn.RNN, 1), (nn.GRU, 3), (nn.LSTM, 4)]), SIZE, SIZE, st.integers(1, 2), st.booleans(), SIZE)
def test_recurrent_layers_count_every_step(
    layer: tuple[Callable[..., nn.Module], int], inputs: int, hidden: int, layers: int, bidirectional: bool, steps: int
) -> None:
    make, gates = layer
    model = Does(
        lambda self, x: self.cells(x), cells=make(inputs, hidden, layers, batch_first=True, bidirectional=bidirectional)
    )
    measured = profile(model, torch.randn(2, steps, inputs))
    assert measured.total.macs == recurrent(gates, inputs, hidden, layers, 1 + bidirectional, 2 * steps)
    assert not measured.uncounted


@pytest.mark.parametrize(("cell", "gates"), [(nn.RNNCell, 1), (nn.GRUCell, 3), (nn.LSTMCell, 4)])
def test_a_recurrent_cell_counts_one_step(cell: Callable[..., nn.Module], gates: int) -> None:
    measured = profile(cell(3, 4), torch.randn(2, 3))
    assert measured.total.macs == recurrent(gates, 3, 4, 1, 1, 2)
    assert not measured.uncounted


# The number that backends give to each, and its operations for every unit and step: of what is read, gated and mixed.
LAYERS: dict[str, tuple[Callable[..., Any], int, int]] = {
    "ReLU": (lambda *sizes, **settings: nn.RNN(*sizes, nonlinearity="relu", **settings), 0, 1 + 1),
    "tanh": (nn.RNN, 1, 1 + 1),
    "LSTM": (nn.LSTM, 2, 4 + 5 + 4),
    "GRU": (nn.GRU, 3, 2 * 2 + 3 + 3),
}


@pytest.mark.filterwarnings("ignore:LSTM with projections")
@pytest.mark.parametrize("name", LAYERS)
@several
@given(st.integers(1, 3), st.integers(1, 3), st.booleans(), st.booleans(), st.booleans())
def test_all_steps_in_one_operator_count_what_each_counts(
    name: str, hidden: int, layers: int, bidirectional: bool, bias: bool, projected: bool
) -> None:
    make, mode, per_unit = LAYERS[name]
    settings: dict[str, Any] = {"bidirectional": bidirectional, "bias": bias}
    narrow = hidden - 1 if projected and name == "LSTM" else 0
    if narrow:
        settings["proj_size"] = narrow
    module, x = make(2, hidden, layers, **settings), torch.randn(5, 3, 2)
    by_step = on_meta(make(2, hidden, layers, **settings), x).total.work

    assert profile(module, x).total.work == by_step
    weights = [tuple(weight.shape) for weight in module.parameters()]
    state = (layers * (1 + bidirectional), 3, hidden)
    out = (5, 3, (narrow or hidden) * (1 + bidirectional))
    common: tuple[Any, ...] = (False, 0.0, False, bidirectional, [], None)
    cudnn = (x.shape, weights, 4, None, state, state, mode, hidden, narrow, layers, *common)
    assert work_of("aten._cudnn_rnn", *cudnn, out=out) == by_step
    if not narrow:
        miopen = (x.shape, weights, 4, state, state, mode, hidden, layers, *common)
        assert work_of("aten.miopen_rnn", *miopen, out=out) == by_step
        if name == "LSTM":
            mps = (x.shape, [state, state], weights, bias, layers, 0.0, False, bidirectional, False)
            assert work_of("aten._lstm_mps", *mps, out=out) == by_step

    units = 5 * 3 * hidden * layers * (1 + bidirectional)
    gates = {"LSTM": 4, "GRU": 3}.get(name, 1)
    assert by_step.other == units * (per_unit + 2 * gates * bias)


@pytest.mark.parametrize(("name", "gates"), [("lstm", 4), ("gru", 3)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_cell_in_one_operator_counts_what_is_left_once_gates_are_products(name: str, gates: int, bias: bool) -> None:
    make = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}[name]
    by_step = profile(make(3, 4, bias), torch.randn(2, 3)).total.work
    biases = [(gates * 4,), (gates * 4,)] if bias else []
    fused = work_of(f"aten._thnn_fused_{name}_cell", (2, gates * 4), (2, gates * 4), (2, 4), *biases, out=(2, 4))
    assert fused == Work(other=by_step.other)


def test_sequences_packed_by_length_count_the_steps_that_they_have() -> None:
    packed = pack_padded_sequence(torch.randn(5, 2, 3), torch.tensor([5, 2]))
    for make, gates in ((nn.LSTM, 4), (nn.GRU, 3)):
        measured = profile(make(3, 4), packed)
        assert measured.total.macs == recurrent(gates, 3, 4, 1, 1, 5 + 2)
        assert not measured.uncounted
