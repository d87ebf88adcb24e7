"""Resampling: neighbours are weighted and added."""

from __future__ import annotations

from math import prod
from typing import Any

from auditor.profiling.formulas.registry import Kind, Shape, Work, WorkOf, each_result, formula


def _weighed(neighbours: int) -> int:
    return 2 * neighbours - 1


formula(Kind.RESAMPLING, "upsample_linear1d")(each_result(_weighed(2)))
formula(Kind.RESAMPLING, "upsample_bilinear2d")(each_result(_weighed(4)))
formula(Kind.RESAMPLING, "upsample_trilinear3d")(each_result(_weighed(8)))
formula(Kind.RESAMPLING, "upsample_bicubic2d")(each_result(_weighed(16)))


def _antialiased(reach: int) -> WorkOf:
    """The neighbours lie as far to either side, times the reduction in size."""

    def resampling(x: Shape, *_: Any, out: Shape, **__: Any) -> Work:
        sides = [2 * reach * max(1, -(-before // after)) for before, after in zip(x[-2:], out[-2:], strict=True)]
        return Work(other=_weighed(prod(sides)) * prod(out))

    return resampling


formula(Kind.RESAMPLING, "_upsample_bilinear2d_aa")(_antialiased(1))
formula(Kind.RESAMPLING, "_upsample_bicubic2d_aa")(_antialiased(2))
formula(Kind.RESAMPLING, "_upsample_lanczos2d_aa")(_antialiased(3))

_NEAREST, _CUBIC = 1, 2
"""The ways to sample at a grid that are not linear."""


@formula(Kind.RESAMPLING, "grid_sampler_2d", "_grid_sampler_2d_cpu_fallback", "grid_sampler_3d", "cudnn_grid_sampler")
def grid_sample(x: Shape, grid: Shape, way: int = 0, *_: Any, out: Shape, **__: Any) -> Work:
    # Per position, once for all channels: every coordinate to pixels (3), then to the nearest (1), or its
    # fraction and weights along its axis: a complement (1), or four cubic polynomials (25); then the
    # weight of every neighbour is the product of those along all axes.
    axes = grid[-1]
    if way == _NEAREST:
        return Work(other=(3 + 1) * prod(grid))
    side = 4 if way == _CUBIC else 2
    neighbours = side**axes
    found = axes * (3 + 1 + (25 if way == _CUBIC else 1)) + (axes - 1) * neighbours
    return Work(other=_weighed(neighbours) * prod(out) + found * prod(grid[:-1]))
