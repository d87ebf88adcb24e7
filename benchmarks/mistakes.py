"""Wrong figures as people make them, computed straight from PyTorch and not by the auditor's own code."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from random import Random

import torch
from torch import nn

from benchmarks.zoo import Drawn

Mistake = Callable[[Drawn, Drawn, Random], int | None]
"""From a model, an older version of it and a random generator to the wrong figure; None if it makes none."""

PARAMETERS: dict[str, Mistake] = {}
"""By the mechanism that should be named: mistakes in a number of parameters."""

OPERATIONS: dict[str, Mistake] = {}
"""The same for multiply-accumulates."""


def _size(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def mistake(name: str, into: dict[str, Mistake]) -> Callable[[Mistake], Mistake]:
    def register(make: Mistake) -> Mistake:
        into[f"{name}/{make.__name__}"] = make
        return make

    return register


@mistake("left out", PARAMETERS)
def without_one_component(model: Drawn, _: Drawn, draw: Random) -> int | None:
    child = draw.choice([child for child in model.module.children() if _size(child)])
    held = {id(parameter) for parameter in child.parameters()}
    return sum(p.numel() for p in model.module.parameters() if id(p) not in held)


@mistake("counted twice", PARAMETERS)
def one_component_twice(model: Drawn, _: Drawn, draw: Random) -> int | None:
    return _size(model.module) + _size(draw.choice([c for c in model.module.children() if _size(c)]))


@mistake("every nested module", PARAMETERS)
def every_module_by_name(model: Drawn, _: Drawn, __: Random) -> int | None:
    return sum(_size(module) for name, module in model.module.named_modules() if name)


@mistake("which parameters", PARAMETERS)
def without_biases(model: Drawn, _: Drawn, __: Random) -> int | None:
    return sum(p.numel() for name, p in model.module.named_parameters() if name.rpartition(".")[2] != "bias")


@mistake("which parameters", PARAMETERS)
def without_norms(model: Drawn, _: Drawn, __: Random) -> int | None:
    norms = [m for m in model.module.modules() if isinstance(m, nn.BatchNorm2d | nn.LayerNorm)]
    return _size(model.module) - sum(map(_size, norms)) if norms else None


@mistake("which parameters", PARAMETERS)
def the_state_dicts_length(model: Drawn, _: Drawn, __: Random) -> int | None:
    return sum(int(tensor.numel()) for tensor in model.module.state_dict().values())


@mistake("another variant", PARAMETERS)
def of_an_older_version(_: Drawn, older: Drawn, __: Random) -> int | None:
    return _size(older.module)


@mistake("another part", PARAMETERS)
def of_one_component(model: Drawn, _: Drawn, draw: Random) -> int | None:
    return _size(draw.choice([child for child in model.module.children() if _size(child)]))


@mistake("transposed digits", PARAMETERS)
def digits_changed_places(model: Drawn, _: Drawn, draw: Random) -> int | None:
    digits = list(str(_size(model.module)))
    places = [n for n in range(1, len(digits) - 1) if digits[n] != digits[n + 1]]
    if not places:
        return None
    place = draw.choice(places)
    digits[place], digits[place + 1] = digits[place + 1], digits[place]
    return int("".join(digits))


@mistake("unit or digits", PARAMETERS)
def the_bytes_of_it(model: Drawn, _: Drawn, __: Random) -> int | None:
    return sum(p.numel() * p.element_size() for p in model.module.parameters())


@mistake("another counter", OPERATIONS)
def as_thop_counts(model: Drawn, _: Drawn, __: Random) -> int | None:
    import thop

    if model.family in ("recurrent", "u-net"):
        return None  # thop multiplies transposed convolutions and recurrent layers by rules of its own
    with redirect_stdout(io.StringIO()):
        found, _params = thop.profile(model.module, model.inputs, verbose=False)
    return int(found)


@mistake("multiply-accumulates or operations", OPERATIONS)
def twice_the_macs(model: Drawn, _: Drawn, __: Random) -> int | None:
    found = macs(model)
    return found and 2 * found


@mistake("another batch", OPERATIONS)
def of_a_batch(model: Drawn, _: Drawn, draw: Random) -> int | None:
    number = draw.choice([4, 8, 16])
    inputs = tuple(torch.cat([tensor] * number) for tensor in model.inputs)
    return macs(Drawn(model.family, model.module, inputs))


@mistake("another variant", OPERATIONS)
def of_an_older_one(_: Drawn, older: Drawn, __: Random) -> int | None:
    return macs(older)


@mistake("another input size", OPERATIONS)
def of_a_larger_image(model: Drawn, _: Drawn, draw: Random) -> int | None:
    if model.family != "u-net":
        return None  # what does not grow with the pixels alone
    size = draw.choice([128, 224, 256])
    return macs(Drawn(model.family, model.module, (torch.zeros(1, 3, size, size),)))


def macs(model: Drawn) -> int | None:
    """The multiply-accumulates by PyTorch's own counter; None for recurrent layers, which it passes over."""
    if model.family == "recurrent":
        return None
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.module(*model.inputs)
    return int(counter.get_total_flops()) // 2


def same_figure(model: Drawn, mechanism: str, value: int) -> bool:
    """Whether a component left out, doubled or taken alone, or a batch, makes the very same figure."""
    sizes, whole = {_size(child) for child in model.module.children()} - {0}, _size(model.module)
    once = macs(model) or 0
    others = {
        "left out": {whole - size for size in sizes},
        "counted twice": {whole + size for size in sizes},
        "another part": sizes,
        "another batch": {once * number for number in (2, 4, 8, 16, 32)},
    }
    return any(value in values for name, values in others.items() if name != mechanism)
