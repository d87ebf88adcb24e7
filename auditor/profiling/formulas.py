"""What each operator costs: one table of pure functions from shapes to arithmetic.

A formula takes the operator's arguments, with every tensor replaced by its shape, and the shape of
its (first) result as `out`. It returns the multiply-accumulates and the other arithmetic apart, so
that no convention is chosen here. Adding an operator is adding one decorated function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import Any

Shape = tuple[int, ...]


class Kind(Enum):
    """What sort of work an operator does."""

    CONVOLUTION = "convolution"
    MATRIX = "matrix product"
    ATTENTION = "attention"
    NORMALIZATION = "normalization"
    ACTIVATION = "activation"
    SOFTMAX = "softmax"
    POOLING = "pooling"
    RESAMPLING = "resampling"
    REDUCTION = "reduction"
    ELEMENTWISE = "elementwise"


PRODUCTS = frozenset({Kind.CONVOLUTION, Kind.MATRIX, Kind.ATTENTION})
"""The kinds that multiply and accumulate, which count in integers, too."""


@dataclass(frozen=True)
class Work:
    """Arithmetic done: multiply-accumulates, and single operations beside them."""

    macs: int = 0
    other: int = 0

    @property
    def flops(self) -> int:
        return 2 * self.macs + self.other

    def __add__(self, more: Work) -> Work:
        return Work(self.macs + more.macs, self.other + more.other)

    def __sub__(self, less: Work) -> Work:
        return Work(self.macs - less.macs, self.other - less.other)


NO_WORK = Work()


@dataclass(frozen=True)
class Formula:
    kind: Kind
    work: Callable[..., Work]


FORMULAS: dict[str, Formula] = {}
"""By operator name without overload, such as `aten.convolution`; in-place forms share an entry."""

W = Callable[..., Work]


def formula(kind: Kind, *operators: str) -> Callable[[W], W]:
    """Register a function as the formula of some operators, PyTorch's own if no namespace is given."""

    def register(work: W) -> W:
        for operator in operators:
            FORMULAS[operator if "." in operator else f"aten.{operator}"] = Formula(kind, work)
        return work

    return register


@formula(Kind.CONVOLUTION, "convolution", "_convolution")
def convolution(
    x: Shape,
    weight: Shape,
    bias: Shape | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
    *_: Any,
    out: Shape,
) -> Work:
    # weight: (out, in / groups, *kernel), or (in, out / groups, *kernel) when transposed.
    # Every position of the result, or of the input when transposed, meets one filter per channel.
    positions = x if transposed else out
    macs = positions[0] * prod(positions[2:]) * prod(weight)
    return Work(macs, prod(out) if bias else 0)


@formula(Kind.MATRIX, "mm", "bmm", "_int_mm")
def product(a: Shape, b: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(prod(out) * a[-1])


@formula(Kind.MATRIX, "addmm", "baddbmm")
def product_and_sum(_: Shape, a: Shape, b: Shape, *__: Any, out: Shape, **___: Any) -> Work:
    return Work(prod(out) * a[-1], prod(out))


@formula(Kind.MATRIX, "addmv")
def vector_product_and_sum(_: Shape, a: Shape, b: Shape, *__: Any, out: Shape, **___: Any) -> Work:
    return Work(prod(a), prod(out))


@formula(Kind.MATRIX, "mkldnn_rnn_layer")
def lstm_layer(x: Shape, from_input: Shape, from_state: Shape, *rest: Any, out: Shape, **_: Any) -> Work:
    # Per step: every weight once; gates and state take 13 operations a unit, two biases 4 each.
    steps, hidden, has_biases = prod(x[:-1]), from_state[1], rest[9]
    return Work(steps * (prod(from_input) + prod(from_state)), steps * hidden * (13 + 8 * has_biases))


@formula(Kind.MATRIX, "dot", "vdot", "mv")
def vector_product(a: Shape, b: Shape, out: Shape, **_: Any) -> Work:
    return Work(prod(a))


@formula(
    Kind.ATTENTION,
    "_scaled_dot_product_flash_attention_for_cpu",
    "_scaled_dot_product_flash_attention",
    "_scaled_dot_product_efficient_attention",
    "_scaled_dot_product_attention_math",
)
def attention(query: Shape, key: Shape, value: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # scores: every query with every key; then every score with the values.
    scores = prod(query[:-1]) * key[-2]
    return Work(scores * (query[-1] + value[-1]), scores * (1 + _SOFTMAX))


@formula(Kind.NORMALIZATION, "native_batch_norm", "_native_batch_norm_legit_no_training", "batch_norm")
def batch_norm(
    x: Shape,
    weight: Shape | None,
    bias: Shape | None,
    mean: Shape | None,
    variance: Shape | None,
    *settings: Any,
    out: Shape,
) -> Work:
    # With running statistics: one scale and one shift per element. Without, they are computed.
    computed = mean is None or settings[0] is True
    return _normalised(x, weight, bias) if computed else Work(other=2 * prod(x))


@formula(Kind.NORMALIZATION, "native_layer_norm")
def layer_norm(x: Shape, shape: Any, weight: Shape | None, bias: Shape | None, *_: Any, out: Shape) -> Work:
    return _normalised(x, weight, bias)


@formula(Kind.NORMALIZATION, "native_group_norm")
def group_norm(x: Shape, weight: Shape | None, bias: Shape | None, *_: Any, out: Shape) -> Work:
    return _normalised(x, weight, bias)


def _normalised(x: Shape, weight: Shape | None, bias: Shape | None) -> Work:
    # Per element: mean 1, variance 3 (subtract, square, add), normalise 1 more multiplication.
    return Work(other=prod(x) * (5 + bool(weight) + bool(bias)))


@formula(
    Kind.ACTIVATION,
    *("relu", "leaky_relu", "relu6", "hardtanh", "elu", "celu", "selu", "gelu", "silu", "mish", "softplus"),
    *("sigmoid", "hardsigmoid", "hardswish", "tanh", "log_sigmoid_forward", "_prelu_kernel", "prelu"),
)
def activation(*_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=prod(out))


_SOFTMAX = 5


@formula(Kind.SOFTMAX, "_softmax", "_log_softmax", "_safe_softmax")
def softmax(x: Shape, *_: Any, out: Shape) -> Work:
    # Per element: maximum, subtraction, exponential, sum, division.
    return Work(other=_SOFTMAX * prod(x))


def _pooling(dimensions: int) -> W:
    def pooling(x: Shape, kernel: list[int], *_: Any, out: Shape, **__: Any) -> Work:
        # A single size stands for all dimensions.
        window = prod(kernel) if len(kernel) > 1 else kernel[0] ** dimensions
        return Work(other=prod(out) * window)

    return pooling


for _dimensions in (1, 2, 3):
    formula(
        Kind.POOLING,
        f"max_pool{_dimensions}d",
        f"max_pool{_dimensions}d_with_indices",
        f"avg_pool{_dimensions}d",
    )(_pooling(_dimensions))


@formula(Kind.POOLING, "_adaptive_avg_pool2d", "_adaptive_avg_pool3d", "adaptive_max_pool2d", "adaptive_max_pool3d")
def adaptive_pooling(x: Shape, *_: Any, out: Shape) -> Work:
    return Work(other=prod(x))


_BILINEAR = 7
"""Four neighbours weighted and added."""


def _interpolation(per_result: int) -> W:
    return lambda *_, out, **__: Work(other=per_result * prod(out))


# Neighbours weighted and added: 2, 4, 8, and 16 of them.
formula(Kind.RESAMPLING, "upsample_linear1d")(_interpolation(3))
formula(Kind.RESAMPLING, "upsample_bilinear2d")(_interpolation(_BILINEAR))
formula(Kind.RESAMPLING, "upsample_trilinear3d")(_interpolation(15))
formula(Kind.RESAMPLING, "upsample_bicubic2d")(_interpolation(31))


@formula(Kind.RESAMPLING, "grid_sampler_2d")
def grid_sample(x: Shape, grid: Shape, *_: Any, out: Shape) -> Work:
    # Per position, once for all channels: two coordinates to pixels (2 × 3), the fractions and
    # their complements (2 × 2), the four corner weights (4).
    return Work(other=_BILINEAR * prod(out) + 14 * prod(grid[:-1]))


@formula(Kind.REDUCTION, "mean", "sum", "prod", "amax", "amin", "max", "min", "argmax", "argmin", "cumsum")
def reduction(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    return Work(other=prod(x))


@formula(Kind.REDUCTION, "var", "std", "var_mean", "std_mean")
def variance(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # Per element: mean 1, then subtract, square, add.
    return Work(other=4 * prod(x))


@formula(Kind.REDUCTION, "norm", "linalg_vector_norm")
def norm(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
    # Per element: square, add.
    return Work(other=2 * prod(x))


@formula(Kind.ELEMENTWISE, "floor_divide")
def elementwise(*_: Any, out: Shape, **__: Any) -> Work:
    """The formula of every operator that works element by element and has none of its own."""
    return Work(other=prod(out))


ELEMENTWISE = Formula(Kind.ELEMENTWISE, elementwise)
