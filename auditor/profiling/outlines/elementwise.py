"""Rules for operators that work element by element."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from auditor.profiling.outlines.rules import Rule, outline, overlaps, rule, together


def elementwise(func: Any) -> Rule | None:
    """The rule of an operator that works element by element, by its name and schema."""
    name = func._schema.name.removeprefix("aten::")
    if any(argument.is_out for argument in func._schema.arguments):
        return None
    return _RULES.get(name) or _RULES_IN_PLACE.get(name)


def numbers(*args: Any, **kwargs: Any) -> Tensor | None:
    tensors = _real([*args, *kwargs.values()])
    if not tensors or any(not x.is_floating_point() or x.dtype != tensors[0].dtype for x in tensors):
        return None
    return together(tensors)


def bounded(x: Tensor, *bounds: Any) -> Tensor | None:
    return numbers(x, *bounds) if any(bound is not None for bound in bounds) else None


def promoted(x: Any, y: Any, alpha: Any = 1) -> Tensor | None:
    tensors, dtype = _real((x, y, alpha)), torch.result_type(x, y)
    if dtype is torch.bool or isinstance(alpha, bool) or not (dtype.is_floating_point or isinstance(alpha, int)):
        return None
    return together(tensors, dtype) if tensors else None


def difference(x: Any, y: Any, alpha: Any = 1) -> Tensor | None:
    are_truths = any(isinstance(value, bool) or getattr(value, "dtype", None) is torch.bool for value in (x, y))
    return None if are_truths else promoted(x, y, alpha)


def difference_from(x: Any, y: Any, alpha: Any = 1) -> Tensor | None:
    return difference(y, x, alpha)


def truths(*args: Any) -> Tensor | None:
    tensors = _real(args)
    return together(tensors, torch.bool) if tensors else None


def _real(args: Any) -> list[Tensor]:
    """The tensors among some arguments; none if anything is a complex number."""
    if any(value.is_complex() if isinstance(value, Tensor) else isinstance(value, complex) for value in args):
        return []
    return [value for value in args if isinstance(value, Tensor)]


def in_place(usual: Rule) -> Rule:
    """The rule of an operator that writes what another one gives to its first argument."""

    def written(target: Tensor, *others: Any, **kwargs: Any) -> Tensor | None:
        found = usual(target, *others, **kwargs)
        fits = found is not None and found.shape == target.shape and found.dtype == target.dtype
        return target if fits and not overlaps(target) else None

    return written


_NUMBERS = """
abs addcdiv addcmul atan atan2 celu copysign cos div elu erf erfinv exp expm1 floor
gelu hardsigmoid hardswish hardtanh leaky_relu lerp log log1p log2 mish neg pow reciprocal relu round
rsqrt sigmoid silu sin softplus sqrt square tanh threshold trunc _prelu_kernel
"""
"""What gives numbers of the type that it takes, if that is one floating-point type."""

_RULES: dict[str, Rule] = {
    **dict.fromkeys(_NUMBERS.split(), numbers),
    **dict.fromkeys(("clamp", "clamp_max", "clamp_min"), bounded),
    **dict.fromkeys(("add", "mul", "remainder", "floor_divide", "maximum", "minimum"), promoted),
    "sub": difference,
    "rsub": difference_from,
    **dict.fromkeys(("eq", "ne", "lt", "le", "gt", "ge"), truths),
}

_RULES_IN_PLACE = {f"{name}_": in_place(usual) for name, usual in _RULES.items() if usual is not truths}


@rule("pow.Scalar")
def power(base: Any, exponent: Tensor) -> Tensor | None:
    return outline(exponent, exponent.shape) if numbers(base, exponent) is not None else None


@rule("where.self")
def choice(condition: Tensor, x: Tensor, y: Tensor) -> Tensor | None:
    return together([condition, x, y], x.dtype) if condition.dtype is torch.bool and x.dtype == y.dtype else None


@rule("masked_fill.Scalar")
def masked_fill(x: Tensor, mask: Tensor, value: Any) -> Tensor | None:
    if mask.dtype is not torch.bool or not x.is_floating_point() or isinstance(value, complex):
        return None
    return together([x, mask])
