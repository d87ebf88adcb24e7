"""Activations, and the softmax, which compares and sums as well."""

from __future__ import annotations

from auditor.profiling.formulas.registry import Kind, each_element, each_result, formula

formula(
    Kind.ACTIVATION,
    *("relu", "leaky_relu", "relu6", "hardtanh", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus"),
    *("sigmoid", "hardsigmoid", "hardswish", "tanh", "log_sigmoid_forward", "_prelu_kernel", "prelu"),
    *("hardshrink", "softshrink", "threshold", "rrelu_with_noise"),
)(each_result(1))

formula(Kind.ACTIVATION, "glu")(each_result(2))  # one half's sigmoid times the other half

SOFTMAX = 5
"""Operations for every element of a softmax: maximum, subtraction, exponential, sum, division."""

formula(Kind.SOFTMAX, "softmax", "log_softmax", "_softmax", "_log_softmax", "_safe_softmax", "_masked_softmax")(
    each_element(SOFTMAX)
)
