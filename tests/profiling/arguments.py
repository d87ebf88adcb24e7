"""What operators may be called with, odd and wrong cases among it: strategies by operator, for tests of rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

Arguments = tuple[list[Any], dict[str, Any]]
"""By place and by name."""

SIZE = st.sampled_from([2, 3, 4, 1, 6, 0])
SHAPE = st.lists(SIZE, max_size=4)
DTYPES = (
    *(torch.float32, torch.float64, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.uint8, torch.bool, torch.complex64),
)
NUMBERS = (1, 2, 0.5, -1, True, 1j, float("inf"))
WORDS: dict[str, tuple[Any, ...]] = {
    "dtype": (None, *DTYPES),
    "memory_format": (None, torch.preserve_format, torch.contiguous_format, torch.channels_last),
    "approximate": ("none", "tanh"),
    "rounding_mode": (None, "floor", "trunc"),
}
"""What arguments may be that are one of a few things."""

ELSEWHERE = frozenset({"layout", "device", "pin_memory", "non_blocking", "generator"})
"""Arguments that say where a tensor lies, or where random numbers come from."""


@st.composite
def arranged(draw: st.DrawFn, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Ones, whose dimensions may follow each other in memory in any order, with gaps, or lie on each other."""
    way = draw(st.sampled_from(["plain", "plain", "permuted", "channels last", "gaps", "expanded"]))
    x = torch.ones(tuple(shape), dtype=dtype)
    if way == "channels last" and x.dim() in (4, 5):
        return x.contiguous(memory_format=torch.channels_last if x.dim() == 4 else torch.channels_last_3d)
    if way == "permuted":
        order = draw(st.permutations(range(x.dim())))
        return x.permute(order).contiguous().permute([order.index(place) for place in range(x.dim())])
    if way == "gaps" and x.dim():
        return torch.cat([x, x], draw(st.integers(0, x.dim() - 1)))[tuple(slice(0, size) for size in shape)]
    if way == "expanded" and x.dim():
        place = draw(st.integers(0, x.dim() - 1))
        return torch.ones([1 if at == place else size for at, size in enumerate(shape)], dtype=dtype).expand(*shape)
    return x


@st.composite
def tensors(draw: st.DrawFn, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """A tensor, mostly of the shape and type that it should have."""
    odd = draw(st.integers(0, 39))
    shape = draw(SHAPE) if odd == 0 else shape
    return draw(arranged(shape, draw(st.sampled_from(DTYPES)) if odd == 1 else dtype))


@st.composite
def near(draw: st.DrawFn, shape: Sequence[int]) -> list[int]:
    """A shape that mostly comes together with another one."""
    way = draw(st.sampled_from(["same", "same", "fewer", "ones", "any"]))
    if way == "any":
        return draw(SHAPE)
    fewer = list(shape)[draw(st.integers(0, len(shape))) if way == "fewer" else 0 :]
    return [draw(st.sampled_from([size, 1])) for size in fewer] if way == "ones" else fewer


def of_type(name: str, shape: Sequence[int], dtype: torch.dtype) -> st.SearchStrategy[Any]:
    """Values of a type as schemas name it."""
    if name.startswith("Optional["):
        return st.none() | of_type(name[len("Optional[") : -1], shape, dtype)
    dims = st.integers(-len(shape) - 1, len(shape))
    known: dict[str, st.SearchStrategy[Any]] = {
        "Tensor": near(shape).flatmap(lambda found: tensors(found, dtype)),
        "List[Tensor]": st.lists(tensors(shape, dtype), max_size=3),
        "number": st.sampled_from(NUMBERS),
        "float": st.sampled_from([0.0, 0.5, -1.0]),
        "List[float]": st.lists(st.sampled_from([0.5, 1.0, 2.0]), max_size=3),
        "int": dims,
        "List[int]": st.lists(dims, max_size=4) | st.just(list(shape)),
        "bool": st.booleans(),
    }
    return known[name]


def of_argument(argument: Any, shape: Sequence[int], dtype: torch.dtype) -> st.SearchStrategy[Any]:
    if argument.name in WORDS:
        return st.sampled_from(WORDS[argument.name])
    return of_type(str(argument.type), shape, dtype)


@st.composite
def by_schema(draw: st.DrawFn, func: Any) -> Arguments:
    """What the schema of an operator allows; its tensors mostly go together."""
    shape, dtype = draw(SHAPE), draw(st.sampled_from([torch.float32, *DTYPES]))
    known = [argument for argument in func._schema.arguments if argument.name not in ELSEWHERE]
    placed = [argument for argument in known if not argument.kwarg_only]
    least = sum(not argument.has_default_value() for argument in placed)
    args = [draw(of_argument(argument, shape, dtype)) for argument in placed[: draw(st.integers(least, len(placed)))]]
    named = [a for a in known if a.kwarg_only and (not a.has_default_value() or draw(st.booleans()))]
    return args, {argument.name: draw(of_argument(argument, shape, dtype)) for argument in named}


@st.composite
def sometimes_wrong(draw: st.DrawFn, func: Any, right: st.SearchStrategy[list[Any]]) -> Arguments:
    """Arguments by place that mostly are right; else one of them may be anything of its type."""
    args = draw(right)
    if draw(st.integers(0, 3)) == 0:
        place = draw(st.integers(0, len(args) - 1))
        shape = next((value.shape for value in args if isinstance(value, Tensor)), torch.Size())
        args[place] = draw(of_argument(func._schema.arguments[place], shape, torch.float32))
    return args, {}


LAYER_DTYPE = st.sampled_from([torch.float32, torch.float32, *DTYPES])
SMALL = st.integers(1, 3)


@st.composite
def convolutions(draw: st.DrawFn) -> list[Any]:
    dims, groups, dtype = draw(st.integers(1, 3)), draw(SMALL), draw(LAYER_DTYPE)
    transposed, inputs, outputs = draw(st.booleans()), groups * draw(SMALL), groups * draw(SMALL)
    kernel = draw(st.lists(SMALL, min_size=dims, max_size=dims))
    sizes = draw(st.lists(st.integers(1, 8), min_size=dims, max_size=dims))
    x = draw(tensors([draw(st.integers(0, 2)), inputs, *sizes], dtype))
    first, second = (inputs, outputs // groups) if transposed else (outputs, inputs // groups)
    weight = draw(tensors([first, second, *kernel], dtype))
    bias = draw(st.none() | tensors([outputs], dtype))

    def each(low: int, high: int) -> list[int]:
        return draw(st.lists(st.integers(low, high), min_size=dims, max_size=dims))

    more = each(0, 1) if transposed else [0] * dims
    return [x, weight, bias, each(1, 3), each(0, 2), each(1, 2), transposed, more, groups]


@st.composite
def batch_norms(draw: st.DrawFn) -> list[Any]:
    dtype = draw(LAYER_DTYPE)
    shape = [draw(st.integers(0, 2)), draw(SMALL), *draw(st.lists(SMALL, max_size=3))]
    of_channels = tensors(shape[1:2], draw(st.sampled_from([dtype, dtype, torch.float32])))
    affine = draw(st.tuples(*[st.none() | of_channels] * 2))
    statistics = draw(st.tuples(*[of_channels] * 2))
    return [draw(tensors(shape, dtype)), *affine, *statistics, draw(st.integers(0, 9)) == 0, 0.1, 1e-5]


@st.composite
def layer_norms(draw: st.DrawFn) -> list[Any]:
    dtype, shape = draw(LAYER_DTYPE), draw(st.lists(SIZE, min_size=1, max_size=4))
    inner = shape[draw(st.integers(0, len(shape))) :]
    affine = st.none() | tensors(inner, draw(st.sampled_from([dtype, dtype, torch.float32])))
    return [draw(tensors(shape, dtype)), inner, draw(affine), draw(affine), 1e-5]


def products(dims: int, added: bool = False) -> st.SearchStrategy[list[Any]]:
    """The arguments of matrix products of a rank, maybe with something to add."""

    @st.composite
    def given(draw: st.DrawFn) -> list[Any]:
        dtype, (rows, inner, columns) = draw(LAYER_DTYPE), draw(st.tuples(SIZE, SIZE, SIZE))
        batch = [draw(SIZE)] * (dims - 2)
        pair = [draw(tensors([*batch, rows, inner], dtype)), draw(tensors([*batch, inner, columns], dtype))]
        sums = near([*batch, rows, columns]).flatmap(lambda shape: tensors(shape, dtype))
        return [draw(sums), *pair] if added else pair

    return given()


@st.composite
def softmaxes(draw: st.DrawFn) -> list[Any]:
    shape = draw(SHAPE)
    dim = draw(st.integers(-len(shape) - 1, len(shape)))
    return [draw(tensors(shape, draw(LAYER_DTYPE))), dim, draw(st.integers(0, 9)) == 0]


@st.composite
def attentions(draw: st.DrawFn) -> Arguments:
    """Queries, keys and values, maybe of fewer heads, and what may be said of them by name."""
    dtype, heads = draw(LAYER_DTYPE), draw(st.lists(SMALL, min_size=draw(st.integers(0, 2)), max_size=2))
    (targets, sources, width, value_width), in_groups = draw(st.tuples(*[SMALL] * 4)), draw(st.integers(0, 3)) == 0
    of_keys = [*heads[:-1], draw(SMALL)] if in_groups and heads else heads
    shapes = [[*heads, targets, width], [*of_keys, sources, width], [*of_keys, sources, value_width]]
    masks = near([*heads, targets, sources]).flatmap(
        lambda shape: st.sampled_from([dtype, torch.bool, torch.float32]).flatmap(lambda kind: tensors(shape, kind))
    )
    known = {"attn_mask": st.none() | masks, "is_causal": st.booleans(), "enable_gqa": st.just(in_groups)}
    return [draw(tensors(shape, dtype)) for shape in shapes], draw(st.fixed_dictionaries({}, optional=known))


@st.composite
def embeddings(draw: st.DrawFn) -> list[Any]:
    places = draw(tensors(draw(SHAPE), draw(st.sampled_from([torch.int64, torch.int32, *DTYPES]))))
    weight = draw(tensors([draw(st.integers(2, 4)), draw(SIZE)], draw(LAYER_DTYPE)))
    return [weight, places, *draw(st.lists(st.just(-1), max_size=1))]


IMAGES = st.lists(SIZE, min_size=2, max_size=2).flatmap(
    lambda front: st.lists(st.integers(1, 7), min_size=2, max_size=2).map(lambda sizes: [*front, *sizes])
)


@st.composite
def pools(draw: st.DrawFn, *more: st.SearchStrategy[Any]) -> list[Any]:
    shape = draw(IMAGES)[draw(st.integers(0, 1)) :]
    window = st.lists(SMALL, min_size=1, max_size=2)
    kernel, stride = draw(window), draw(st.just([]) | window)
    padding = draw(st.lists(st.integers(0, 1), min_size=1, max_size=2))
    return [draw(tensors(shape, draw(LAYER_DTYPE))), kernel, stride, padding, *draw(st.one_of(more))]


@st.composite
def resized(draw: st.DrawFn, more: st.SearchStrategy[list[Any]] = st.just([])) -> list[Any]:  # noqa: B008
    """An image, the size that it is to have, and more."""
    sizes = st.lists(st.integers(1, 5), min_size=2, max_size=2)
    return [draw(tensors(draw(IMAGES), draw(LAYER_DTYPE))), draw(sizes), *draw(more)]


@st.composite
def sampled(draw: st.DrawFn) -> list[Any]:
    (batch, *inner), dtype = draw(IMAGES), draw(LAYER_DTYPE)
    grid = [batch, *draw(st.lists(SIZE, min_size=2, max_size=2)), 2]
    how = [draw(st.integers(0, 2)), draw(st.integers(0, 2)), draw(st.booleans())]
    return [draw(tensors([batch, *inner], dtype)), draw(tensors(grid, dtype)), *how]


@st.composite
def reduced(draw: st.DrawFn) -> list[Any]:
    shape = draw(st.lists(SIZE, min_size=1, max_size=4))
    dims = draw(st.lists(st.integers(-len(shape), len(shape) - 1), min_size=1, max_size=3))
    return [draw(tensors(shape, draw(LAYER_DTYPE))), dims, draw(st.booleans())]


@st.composite
def joined(draw: st.DrawFn) -> list[Any]:
    shape, dtype = draw(SHAPE), draw(LAYER_DTYPE)
    return [draw(st.lists(tensors(shape, dtype), max_size=3)), draw(st.integers(-len(shape) - 1, len(shape)))]


@st.composite
def reshaped(draw: st.DrawFn) -> list[Any]:
    shape = draw(SHAPE)
    flat = draw(st.sampled_from([[-1], shape, shape[::-1], [1, *shape], [torch.Size(shape).numel()]]))
    return [draw(tensors(shape, draw(LAYER_DTYPE))), flat]


ENDS = st.integers(-3, 5)

RIGHT: dict[str, st.SearchStrategy[list[Any]]] = {
    "convolution.default": convolutions(),
    "native_batch_norm.default": batch_norms(),
    "native_layer_norm.default": layer_norms(),
    "mm.default": products(2),
    "bmm.default": products(3),
    "addmm.default": products(2, added=True),
    "baddbmm.default": products(3, added=True),
    "_softmax.default": softmaxes(),
    "_log_softmax.default": softmaxes(),
    "embedding.default": embeddings(),
    "max_pool2d_with_indices.default": pools(st.just([]), st.tuples(st.lists(SMALL, min_size=1), st.booleans())),
    "avg_pool2d.default": pools(st.just([]), st.tuples(st.booleans(), st.booleans(), st.none() | SMALL)),
    "_adaptive_avg_pool2d.default": resized(),
    "upsample_nearest2d.default": resized(),
    "upsample_nearest2d.vec": resized(st.just([None])),
    "upsample_bilinear2d.default": resized(st.just([True])),
    "upsample_bilinear2d.vec": resized(st.just([True, None])),
    "grid_sampler_2d.default": sampled(),
    **dict.fromkeys(("sum.dim_IntList", "mean.dim", "amax.default", "amin.default"), reduced()),
    "cat.default": joined(),
    "stack.default": joined(),
    "_unsafe_view.default": reshaped(),
    "arange.default": st.lists(ENDS | st.sampled_from(NUMBERS), min_size=1, max_size=1),
    "arange.start": st.lists(ENDS, min_size=2, max_size=2),
    "arange.start_step": st.lists(ENDS, min_size=3, max_size=3),
}
"""The arguments by place of operators whose schema says too little."""


def arguments(func: Any) -> st.SearchStrategy[Arguments]:
    """What an operator may be called with."""
    name = str(func).removeprefix("aten.")
    return sometimes_wrong(func, RIGHT[name]) if name in RIGHT else by_schema(func)
