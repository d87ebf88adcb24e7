"""Every function that works by element counts one per result, in all its forms; all others are counted or known."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest
import torch
from kernels import on_meta
from specimens import profile_function
from torch import Tensor
from torch.nn import functional as F

from auditor.profiling.formulas import FORMULAS, Kind, Work
from auditor.profiling.movement import MOVEMENT

SHAPE = (3, 4)
N = prod(SHAPE)

UNARY = """
abs acos acosh angle asin asinh atan atanh ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 floor frac
i0 isinf isnan lgamma log log10 log1p log2 logit nan_to_num neg rad2deg reciprocal relu round rsqrt sgn sigmoid sign
signbit sin sinc sinh sqrt square tan tanh trunc
"""
BINARY = """
add atan2 copysign div eq floor_divide fmax fmin fmod ge gt heaviside hypot igamma igammac ldexp le logaddexp
logical_and lt maximum minimum mul ne nextafter pow remainder sub true_divide xlogy
"""


def counted(function: Callable[..., Any], *shapes: tuple[int, ...]) -> Work:
    """What a function of random tensors costs, the same in every mode, all of which must have a formula."""
    measured = profile_function(function, *shapes)
    with torch.inference_mode():
        around = profile_function(function, *shapes)
    assert not measured.uncounted
    assert around.total == measured.total == on_meta(function, *map(torch.randn, shapes)).total
    return measured.total.work


@pytest.mark.parametrize(
    ("name", "number"), [*((name, 1) for name in UNARY.split()), *((name, 2) for name in BINARY.split())]
)
def test_arithmetic_by_element_counts_its_results_wherever_they_are_put(name: str, number: int) -> None:
    function = getattr(torch, name)
    shapes = [SHAPE] * number
    assert counted(function, *shapes) == Work(other=N)
    if hasattr(torch.Tensor, f"{name}_"):
        assert counted(lambda *xs: getattr(xs[0].clone(), f"{name}_")(*xs[1:]), *shapes) == Work(other=N)
    if name not in ("isinf", "isnan", "relu"):
        assert counted(lambda *xs: function(*xs, out=torch.empty_like(function(*xs))), *shapes) == Work(other=2 * N)


@pytest.mark.parametrize(
    ("function", "put"),
    [
        (lambda x: x.sum(0), lambda x, out: torch.sum(x, 0, out=out)),
        (lambda x: x.cumsum(0), lambda x, out: torch.cumsum(x, 0, out=out)),
        (lambda x: x.softmax(0), lambda x, out: torch.softmax(x, 0, out=out)),
        (lambda x: x.logsumexp(0), lambda x, out: torch.logsumexp(x, 0, out=out)),
        (lambda x: x.mm(x.T), lambda x, out: torch.mm(x, x.T, out=out)),
        (lambda x: x.matmul(x.T), lambda x, out: torch.matmul(x, x.T, out=out)),
        (lambda x: x.mv(x[0]), lambda x, out: torch.mv(x, x[0], out=out)),
        (lambda x: torch.fft.rfft(x), lambda x, out: torch.fft.rfft(x, out=out)),
        (lambda x: torch.linalg.vector_norm(x), lambda x, out: torch.linalg.vector_norm(x, out=out)),
    ],
    ids=["sum", "cumsum", "softmax", "logsumexp", "mm", "matmul", "mv", "rfft", "norm"],
)
def test_a_given_tensor_for_the_result_does_not_change_the_cost(
    function: Callable[..., Tensor], put: Callable[..., Tensor]
) -> None:
    given = function(torch.randn(SHAPE))
    assert counted(lambda x: put(x, torch.empty(given.shape, dtype=given.dtype, device=x.device)), SHAPE) == counted(
        function, SHAPE
    )


@pytest.mark.parametrize(
    ("function", "in_place"),
    [
        (lambda x: x.cumprod(0), lambda x: x.cumprod_(0)),
        (lambda x: x.clamp(0, 1), lambda x: x.clamp_(0, 1)),
        (lambda x: x.lerp(x, 0.5), lambda x: x.lerp_(x, 0.5)),
        (lambda x: x.addcmul(x, x), lambda x: x.addcmul_(x, x)),
        (lambda x: x.renorm(2, 0, 1), lambda x: x.renorm_(2, 0, 1)),
        (lambda x: x.addmm(x[:, :3], x), lambda x: x.addmm_(x[:, :3].clone(), x.clone())),
        (lambda x: F.leaky_relu(x), lambda x: F.leaky_relu(x, inplace=True)),
        (lambda x: F.threshold(x, 0, 0), lambda x: F.threshold(x, 0, 0, inplace=True)),
        (lambda x: F.rrelu(x), lambda x: F.rrelu(x, inplace=True)),
        (lambda x: F.dropout(x), lambda x: F.dropout(x, inplace=True)),
    ],
    ids=["cumprod", "clamp", "lerp", "addcmul", "renorm", "addmm", "leaky relu", "threshold", "rrelu", "dropout"],
)
def test_work_in_place_does_not_change_the_cost(
    function: Callable[..., Tensor], in_place: Callable[..., Tensor]
) -> None:
    work = counted(function, SHAPE)
    assert counted(lambda x: in_place(x.clone()), SHAPE) == work
    assert work.other > 0


@pytest.mark.parametrize(
    ("function", "per_element"),
    [
        (lambda x: torch.native_dropout(x, 0.5, True), 2),
        (lambda x: torch.native_dropout(x, 0.5, False), 0),
        (lambda x: torch.polar(x, x), 1),
        (lambda x: torch.fake_quantize_per_tensor_affine(x, 0.1, 0, 0, 255), 1),
        (lambda x: torch._masked_softmax(x, x.isnan(), 1, 0), 5 + 1),
    ],
    ids=["dropout", "dropout switched off", "polar", "quantisation", "masked softmax"],
)
def test_what_has_several_steps_by_element_counts_them(function: Callable[..., Any], per_element: int) -> None:
    measured = profile_function(function, SHAPE)
    assert measured.total.work == Work(other=per_element * N)
    assert not measured.uncounted


SPECIAL = sorted(set(torch.special.__all__) - {"logsumexp", "softmax", "log_softmax", "multigammaln", "polygamma"})


@pytest.mark.parametrize("name", SPECIAL)
def test_a_special_function_counts_like_any_other(name: str) -> None:
    function = getattr(torch.special, name)
    try:
        function(torch.rand(SHAPE))
        shapes = [SHAPE]
    except TypeError:
        shapes = [SHAPE, SHAPE]
    work = counted(function, *shapes)
    assert work.macs == 0
    assert work.other >= N


@pytest.mark.parametrize("name", sorted(set(torch.fft.__all__) - {"Tensor", "fftfreq", "rfftfreq"}))
def test_a_fourier_transform_has_a_formula_on_every_path(name: str) -> None:
    work = counted(getattr(torch.fft, name), (4, 4))
    assert (work.other > 0) != name.endswith("shift")


@pytest.mark.parametrize(
    "function",
    [
        *(torch.linalg.svd, torch.linalg.eig, torch.linalg.eigh, torch.linalg.qr, torch.linalg.pinv),
        *(torch.linalg.matrix_exp, torch.linalg.ldl_factor, lambda x: torch.linalg.lstsq(x, x), torch.geqrf),
        *(lambda x: torch.histogram(x, 5), lambda x: torch.isin(x, x), lambda x: torch.allclose(x, x)),
        *(lambda x: x.to_sparse(), lambda x: torch._foreach_sqrt([x, x])),
        lambda x: F.multi_margin_loss(x, torch.tensor([0, 1, 2])),
        lambda x: F.multilabel_margin_loss(x, torch.tensor([[0, 1, -1]] * 3)),
        lambda x: F.ctc_loss(x[:, None], torch.tensor([[1]]), torch.tensor([3]), torch.tensor([1])),
    ],
)
def test_what_depends_on_values_or_is_too_rare_for_a_formula_is_listed(function: Callable[..., Any]) -> None:
    assert profile_function(function, (3, 3)).uncounted


def test_every_formula_is_of_an_operator_that_there_is() -> None:
    forms = {name.partition(".")[0].replace("::", ".") for name in torch._C._dispatch_get_all_op_names()}
    operators = {form if form.endswith("__") else form.removesuffix("_") for form in forms}
    named = {name for name in (*FORMULAS, *MOVEMENT) if name.startswith("aten.")}
    assert named <= operators
    assert not MOVEMENT & set(FORMULAS)


def test_every_kind_of_work_is_that_of_some_operator() -> None:
    assert {formula.kind for formula in FORMULAS.values()} == set(Kind)
