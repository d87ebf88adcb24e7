"""The counter ptflops, by its backend that sees operators."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from auditor.counters.count import Charge, Knows
from auditor.counters.lending import Lent
from auditor.counters.meter import Meter
from auditor.counters.registry import counter


@counter("ptflops", Knows.OPERATORS)
def by_ptflops(model: Lent, tensors: tuple[Tensor, ...]) -> Iterator[Charge]:
    """Products with their biases, by formulas for operators as they run (its backend aten)."""
    # What it offers to everyone rounds, prints, and answers a failure with None.
    from ptflops.aten_engine import FlopCounterMode

    mode = FlopCounterMode()
    meter = Meter(model, lambda: mode.flop_counts["Global"])
    with mode:
        model(*tensors)
    return meter.charges()
