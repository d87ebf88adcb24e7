"""The counter torchinfo."""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor

from auditor.counters.count import Charge, Knows
from auditor.counters.lending import Lent
from auditor.counters.registry import counter


@counter("torchinfo", Knows.PARAMETERS)
def by_torchinfo(model: Lent, tensors: tuple[Tensor, ...]) -> Iterator[Charge]:
    """Parameters of innermost modules, times the positions of a convolution's result or else the batch."""
    from torchinfo import summary
    from torchinfo.torchinfo import clear_cached_forward_pass

    found = summary(model, input_data=list(tensors), verbose=0)
    clear_cached_forward_pass()  # it keeps the last model of every class alive
    paths = model.paths()
    for layer in found.summary_list:
        if layer.is_leaf_layer:
            yield Charge(paths[id(layer.module)], layer.macs)
