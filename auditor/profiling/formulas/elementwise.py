"""Arithmetic by element that PyTorch does not mark as such in all its forms, or that takes several steps."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import ELEMENTWISE, Kind, Shape, Work, each_result, formula

formula(
    Kind.ELEMENTWISE,
    *("abs", "add", "clip", "copysign", "div", "floor_divide", "heaviside", "isinf", "isnan", "mul", "remainder"),
    *("rsub", "sub", "true_divide", "xlogy", "eq", "ne", "lt", "le", "gt", "ge", "polar", "_conj_physical"),
    *("fake_quantize_per_tensor_affine_cachemask", "fake_quantize_per_channel_affine_cachemask"),
    "_fake_quantize_per_tensor_affine_cachemask_tensor_qparams",
)(ELEMENTWISE.work)

formula(Kind.ELEMENTWISE, "linalg_cross")(each_result(3))  # two products and their difference


@formula(Kind.ELEMENTWISE, "native_dropout", "_fused_dropout")
def dropout(x: Shape, share: float, train: bool | None = True, *_: Any, **__: Any) -> Work:
    # By a mask, and by what keeps the mean.
    return Work(other=0 if train is False else 2 * prod(x))
