"""How modules, shapes and names are put into few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile

from auditor.profiling.facts import Module
from auditor.profiling.flow import Flow
from auditor.profiling.formulas import Shape
from auditor.render.page import printable

_LONGEST = 30
"""Characters that fit on a line of a box."""


def described(module: Module) -> str:
    """A module's class with what matters of its settings, on a line or two: Conv2d 3×3, 16→32, stride 2."""
    settings = module.settings
    kernel, stride = (_sizes(module, name) for name in ("kernel_size", "stride"))
    words = [" ".join([module.type, *(["×".join(map(str, kernel))] if kernel else [])])]
    for given, made in (("in_channels", "out_channels"), ("in_features", "out_features")):
        if given in settings and made in settings:
            words.append(f"{settings[given]}→{settings[made]}")
    convolves = "in_channels" in settings
    if set(stride) - {1} and (convolves or stride != kernel):
        words.append(f"stride {_briefly(stride)}")
    dilation = _sizes(module, "dilation")
    if set(dilation) - {1}:
        words.append(f"dilation {_briefly(dilation)}")
    if settings.get("groups", 1) != 1 and convolves:
        words.append(f"{settings['groups']} groups")
    return ", ".join(words)


def _briefly(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes[:1] if len(set(sizes)) == 1 else sizes))


def _sizes(module: Module, name: str) -> tuple[int, ...]:
    """A setting for each dimension; a single one stands for all."""
    found = module.settings.get(name, ())
    dimensions = int(module.type[-2]) if module.type[-2:] in ("1d", "2d", "3d") else 1
    return found if isinstance(found, tuple) else (int(found),) * dimensions


def sizes(flow: Flow, values: Iterable[int]) -> str:
    """The shapes of values without their batch of one, each on a line: 64×80×80; of a single number, 1."""
    return "\n".join(dict.fromkeys(_size(flow.values[value]) for value in values))


def _size(shape: Shape) -> str:
    return "×".join(map(str, shape[1:] if len(shape) > 1 and shape[0] == 1 else shape)) or "1"


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A text that fits, without what cannot be printed; the middle of a long one is left out."""
    flat = " ".join(printable(text).split())
    half = (longest - 1) // 2
    return flat if len(flat) <= longest else f"{flat[:half]}…{flat[-half:]}"


def several(paths: Sequence[str]) -> str:
    """The path of a module with how often it is called, or of the first and the end of the last with their number."""
    first, times = paths[0], len(paths)
    if len(set(paths)) == 1:
        return f"{first}  called {times}×" if times > 1 else first
    return f"{first} … {paths[-1].rpartition('.')[2]}  ×{times}"


def common(paths: Iterable[str]) -> str:
    """The innermost module that all paths lie in or are."""
    first, *others = (path.split(".") for path in paths)
    same = takewhile(lambda steps: len(set(steps)) == 1, zip(first, *others, strict=False))
    return ".".join(steps[0] for steps in same)
