"""The counter thop."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import Tensor

from auditor.counters.count import Charge, Knows
from auditor.counters.lending import Lent, path_inside
from auditor.counters.registry import counter


@counter("thop", Knows.CLASSES)
def by_thop(model: Lent, tensors: tuple[Tensor, ...]) -> Iterator[Charge]:
    """Layers, normalisation, pooling and the like, by rules for classes of modules."""
    import thop

    total, _, children = thop.profile(model, tensors, verbose=False, ret_layer_info=True)
    return _own("", total, children)


def _own(path: str, total: float, children: dict[str, Any]) -> Iterator[Charge]:
    """What a module is charged with itself, then the modules inside, each under every one of its names."""
    yield Charge(path_inside(path), int(total - sum(value for value, _, _ in children.values())))
    for name, (value, _, inside) in children.items():
        yield from _own(f"{path}.{name}" if path else name, value, inside)
