"""The counter fvcore."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from auditor.counters.count import Charge, Knows
from auditor.counters.lending import Lent, path_inside
from auditor.counters.registry import counter
from auditor.profiling.formulas import Kind

_BESIDE = {
    "batch_norm": Kind.NORMALIZATION,
    "group_norm": Kind.NORMALIZATION,
    "layer_norm": Kind.NORMALIZATION,
    "instance_norm": Kind.NORMALIZATION,
    "adaptive_avg_pool2d": Kind.POOLING,
    "upsample_nearest2d": Kind.RESAMPLING,
    "upsample_bilinear2d": Kind.RESAMPLING,
    "grid_sampler": Kind.RESAMPLING,
}
"""What it counts that is no product."""


@counter("fvcore", Knows.GRAPH)
def by_fvcore(model: Lent, tensors: tuple[Tensor, ...]) -> Iterator[Charge]:
    """Products, normalisation, resampling and pooling, by formulas for the operators of a traced graph."""
    from fvcore.nn import FlopCountAnalysis

    analysis = FlopCountAnalysis(model, tensors).unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    sums = analysis.by_module_and_operator()
    own = {path: dict(operators) for path, operators in sums.items()}
    for path, operators in sums.items():
        if path:
            around = own[path.rpartition(".")[0]]
            for operator, value in operators.items():
                around[operator] -= value
    for path, operators in own.items():
        for operator, value in operators.items():
            yield Charge(path_inside(path), int(value), operator, _BESIDE.get(operator))
