"""The counter that comes with PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from auditor.counters.count import Charge, Knows
from auditor.counters.lending import Lent
from auditor.counters.meter import Meter
from auditor.counters.registry import counter


@counter("torch", Knows.OPERATORS)
def by_torch(model: Lent, tensors: tuple[Tensor, ...]) -> Iterator[Charge]:
    """Products, by formulas for operators as they run; two of its operations are one multiply-accumulate."""
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as mode:
        meter = Meter(model, lambda: mode.flop_counts["Global"])
        model(*tensors)
    for charge in meter.charges():
        yield replace(charge, value=charge.value // 2)
