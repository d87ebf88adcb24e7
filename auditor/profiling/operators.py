"""What is known of PyTorch's operators whatever they are called with, looked up once for each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import _VF
from torch.nn import functional as F

from auditor.profiling.formulas import ELEMENTWISE, FORMULAS, Formula
from auditor.profiling.movement import MOVEMENT


@dataclass(frozen=True, slots=True)
class Operator:
    """One overload of one operator; `writes` are the places and names of the arguments it changes."""

    name: str
    moves: bool
    is_view: bool
    is_pointwise: bool
    is_made_of_others: bool
    writes: tuple[tuple[int, str], ...]

    @property
    def formula(self) -> Formula | None:
        return FORMULAS.get(self.name) or (ELEMENTWISE if self.is_pointwise else None)

    def written(self, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Iterator[Any]:
        """The arguments of one call that it writes to."""
        for place, name in self.writes:
            if name in kwargs:
                yield kwargs[name]
            elif place < len(args):
                yield args[place]


HOMES = (
    (F, "scaled_dot_product_attention"),
    *((_VF, name) for name in ("lstm", "gru", "rnn_tanh", "rnn_relu")),
)
"""Where functions are looked up that are taken for operators, since of which ones PyTorch makes them depends
on the device."""

WHOLE: dict[Any, str] = {getattr(home, name): f"aten.{name}" for home, name in HOMES}


@cache
def operator(func: Any) -> Operator:
    """What there is to know of an operator."""
    if func in WHOLE:
        return Operator(WHOLE[func], moves=False, is_view=False, is_pointwise=False, is_made_of_others=False, writes=())
    name = _without_overload(func)
    is_made_of_others = torch._C._dispatch_has_kernel_for_dispatch_key(func.name(), "CompositeImplicitAutograd")
    return Operator(
        name,
        moves=name in MOVEMENT or func.is_view,
        is_view=func.is_view,
        is_pointwise=torch.Tag.pointwise in func.tags,
        is_made_of_others=is_made_of_others,
        writes=tuple(
            (place, argument.name)
            for place, argument in enumerate(func._schema.arguments)
            if argument.alias_info is not None and argument.alias_info.is_write
        ),
    )


def _without_overload(func: Any) -> str:
    """The operator's name, such as `aten.add`, for its in-place form, too."""
    name = str(func.overloadpacket)
    return name if name.endswith("__") else name.removesuffix("_")
