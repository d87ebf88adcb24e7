"""What fvcore counts, from what was measured: matrix products, and some operators beside them."""

from __future__ import annotations

from math import prod

from auditor.profiling.facts import Module, Operation
from auditor.profiling.formulas import Kind

_PRODUCTS = (Kind.CONVOLUTION, Kind.MATRIX)
_PASSED_OVER = frozenset(
    f"aten.{name}"
    for name in (
        *("mkldnn_rnn_layer", "lstm", "gru", "rnn_tanh", "rnn_relu"),
        *("_trilinear", "affine_grid_generator", "_cdist_forward", "_euclidean_dist"),
    )
)

NOT_FOLLOWED = ("aten.grid_sampler_2d",)
"""Operators that fvcore counts by rules of its own, which are not followed here."""


def counts(operation: Operation, module: Module | None) -> int:
    """What fvcore makes of one operation; the module that made it tells a pooling from any other mean."""
    if operation.kind in _PRODUCTS:
        return 0 if operation.operator in _PASSED_OVER else operation.macs
    other = operation.work.other
    if module is not None and module.type.startswith("InstanceNorm"):
        return _values(module) * (5 if module.settings.get("affine", False) else 4)
    if operation.operator in ("aten.native_batch_norm", "aten._native_batch_norm_legit_no_training", "aten.batch_norm"):
        return other
    if operation.operator in ("aten.native_layer_norm", "aten.native_group_norm"):
        return other * 5 // 7  # it makes five operations of a value with scale and shift, where seven are done
    if operation.operator == "aten.upsample_bilinear2d":
        return other * 4 // 7
    if module is not None and module.type.startswith("AdaptiveAvgPool"):
        return other
    return 0


def enlarged(module: Module) -> int:
    """What fvcore makes of an enlargement by nearest neighbours, which is no arithmetic."""
    is_nearest = module.type == "UpsamplingNearest2d" or module.settings.get("mode") == "nearest"
    return _values(module) if module.type.startswith("Upsampl") and is_nearest else 0


def _values(module: Module) -> int:
    return prod(module.outputs[0]) * module.calls if module.outputs else 0
