"""Attribution: every operation is charged to the path whose forward made it, once per call."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from specimens import Does, macs_by_torch, several
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling import Profile, Totals
from auditor.profiling.formulas import Work

X = torch.randn(1, 3)
SQUARE = 3 * 3
"""Multiply-accumulates of a 3×3 weight with X."""


def square() -> nn.Linear:
    return nn.Linear(3, 3, bias=False)


def macs(measured: Profile) -> dict[str, int]:
    return {operation.path: operation.macs for operation in measured.operations if operation.macs}


def calls(measured: Profile) -> dict[str, int]:
    return {module.path: module.calls for module in measured.modules}


def test_functional_operations_belong_to_the_module_whose_forward_runs() -> None:
    inner = Does(
        lambda self, x: F.relu(self.layer(x)) @ self.weight, layer=square(), weight=nn.Parameter(torch.ones(3, 2))
    )
    measured = profile(Does(lambda self, x: self.inner(x) + 1, inner=inner), X)
    work = {
        (operation.path, operation.operator): (operation.macs, operation.flops) for operation in measured.operations
    }
    assert work == {
        ("inner.layer", "aten.mm"): (SQUARE, 2 * SQUARE),
        ("inner", "aten.relu"): (0, 3),
        ("inner", "aten.mm"): (3 * 2, 2 * 3 * 2),
        ("", "aten.add"): (0, 2),
    }


def test_a_module_called_several_times_counts_every_call() -> None:
    measured = profile(Does(lambda self, x: self.layer(self.layer(self.layer(x))), layer=square()), X)
    assert macs(measured) == {"layer": 3 * SQUARE}
    assert calls(measured) == {"": 1, "layer": 3}
    assert measured.operations[0].calls == 3


def test_a_shared_module_is_charged_to_the_parent_that_calls_it() -> None:
    shared = square()
    left = Does(lambda self, x: self.part(x), part=shared)
    right = Does(lambda self, x: self.part(self.part(x)), part=shared)
    measured = profile(nn.Sequential(left, right), X)
    assert macs(measured) == {"0.part": SQUARE, "1.part": 2 * SQUARE}


def test_what_is_inside_a_shared_module_follows_it_to_its_caller() -> None:
    shared = nn.Sequential(square(), nn.Sequential(square()))
    measured = profile(nn.Sequential(nn.Sequential(shared), nn.Sequential(shared)), X)
    assert set(macs(measured)) == {"0.0.0", "0.0.1.0", "1.0.0", "1.0.1.0"}


def test_a_shared_module_is_listed_with_its_calls_under_every_path() -> None:
    shared = square()
    model = Does(lambda self, x: self.second(self.second(x)), first=nn.Sequential(shared), second=nn.Sequential(shared))
    assert calls(profile(model, X)) == {"": 1, "first": 0, "first.0": 0, "second": 2, "second.0": 2}


def test_a_shared_module_is_charged_to_the_nearest_of_its_paths() -> None:
    shared = square()
    model = Does(lambda self, x: self.own(x), stack=nn.Sequential(shared), own=shared)
    assert macs(profile(model, X)) == {"own": SQUARE}


def test_children_in_lists_and_dictionaries_have_the_paths_pytorch_gives_them() -> None:
    model = Does(
        lambda self, x: self.named["head"](self.listed[1](x)),
        listed=nn.ModuleList([square(), square()]),
        named=nn.ModuleDict({"head": square()}),
    )
    assert macs(profile(model, X)) == {"listed.1": SQUARE, "named.head": SQUARE}


def test_every_module_is_listed_with_its_class_in_the_order_of_the_tree() -> None:
    measured = profile(nn.Sequential(nn.Sequential(square()), nn.ReLU()), X)
    listed = [(module.path, module.type) for module in measured.modules]
    assert listed == [("", "Sequential"), ("0", "Sequential"), ("0.0", "Linear"), ("1", "ReLU")]


def test_a_module_that_is_called_by_another_than_its_parent_keeps_its_path() -> None:
    encoder = nn.Sequential(square())
    decoder = Does(lambda self, x: self.borrowed[0](x), borrowed=[encoder[0]])
    measured = profile(Does(lambda self, x: self.decoder(x), encoder=encoder, decoder=decoder), X)
    assert macs(measured) == {"encoder.0": SQUARE}


def test_a_module_that_is_no_part_of_the_tree_is_charged_to_its_caller() -> None:
    hidden = [square()]
    model = nn.Sequential(Does(lambda _, x: nn.Softmax(dim=1)(hidden[0](x))))
    assert macs(profile(model, X)) == {"0": SQUARE}


def test_a_module_that_is_no_part_of_the_tree_is_no_call_of_its_caller() -> None:
    model = nn.Sequential(Does(lambda _, x: nn.Softmax(dim=1)(nn.ReLU()(x))))
    assert calls(profile(model, X)) == {"": 1, "0": 1}


def test_a_forward_called_directly_is_charged_to_its_caller() -> None:
    model = Does(lambda self, x: self.layer.forward(x), layer=square())
    assert macs(profile(model, X)) == {"": SQUARE}


def test_after_an_exception_that_the_model_handles_the_paths_are_right_again() -> None:
    def attempt(self: Any, x: Tensor) -> Any:
        try:
            return self.wrong(x)
        except RuntimeError:
            return self.right(x)

    measured = profile(Does(attempt, wrong=nn.Sequential(square(), nn.Linear(9, 9)), right=square()), X)
    assert macs(measured) == {"wrong.0": SQUARE, "right": SQUARE}


def test_inputs_reach_the_model_by_position_and_by_any_keyword() -> None:
    for keyword in ("scale", "inputs", "model"):
        model = Does(lambda self, x, **given: self.layer(x) * given.popitem()[1], layer=square())
        assert profile(model, X, **{keyword: 2}).total == Totals(9, 9, 0, Work(SQUARE, 3))


def test_a_path_covers_what_lies_below_it_and_not_what_begins_alike() -> None:
    layers = {"conv1": nn.Sequential(square(), square()), "conv10": square(), "conv": square()}
    measured = profile(Does(lambda self, x: self.conv(self.conv10(self.conv1(x))), **layers), X)
    assert [measured.under([path]).macs // SQUARE for path in ("conv1", "conv10", "conv", "conv1.1", "")] == [
        2,
        1,
        1,
        1,
        4,
    ]


def test_paths_that_overlap_count_once() -> None:
    measured = profile(nn.Sequential(nn.Sequential(square(), square()), square()), X)
    assert measured.under(["0", "0.1", "0", "0.0"]) == measured.under(["0"])
    assert measured.under(["", "0"]) == measured.under(["1", "0"]) == measured.total
    assert measured.under([]) == Totals()


@pytest.mark.parametrize(
    "function",
    [lambda x: torch.linalg.matrix_exp(x), lambda x: torch.linalg.qr(x), lambda x: torch.linalg.svd(x)],
    ids=["exponential", "orthogonal factor", "singular values"],
)
def test_what_has_no_formula_is_listed_where_it_ran_and_how_often(function: Any) -> None:
    model = nn.Sequential(nn.Linear(3, 3), Does(lambda _, x: (function(x), function(x))))
    measured = profile(model, torch.eye(3))
    assert {entry.path for entry in measured.uncounted} == {"1"}
    assert {entry.calls for entry in measured.uncounted} == {2}
    assert all(entry.operator.startswith("aten.") for entry in measured.uncounted)
    assert measured.under(["1"]).flops == 0


@pytest.mark.parametrize(
    "function",
    [lambda x: torch._int_mm(x.to(torch.int8), x.to(torch.int8)), lambda x: torch._foreach_sqrt([x, x])],
    ids=["bytes", "lists"],
)
def test_work_on_quantised_values_and_on_lists_is_counted_or_listed_but_never_lost(function: Any) -> None:
    measured = profile(Does(lambda _, x: function(x)), torch.ones(32, 32))
    assert measured.uncounted or measured.total.flops


# Random trees. A tree is the number of a leaf, or a way to run some trees: in a row, a row twice,
# added from a list, chained by name. Trees that are equal are one module, so that much is shared.

Tree = Any
WAYS = ("row", "twice", "sum", "chain")
trees = st.recursive(
    st.integers(0, 4),
    lambda part: st.tuples(st.sampled_from(WAYS), st.lists(part, min_size=1, max_size=3)),
    max_leaves=7,
)


def grow(tree: Tree, grown: dict[str, tuple[nn.Module, int]] | None = None) -> tuple[nn.Module, int]:
    """The module that a tree stands for, and by hand its multiply-accumulates for X."""
    if grown is None:
        product = Does(lambda self, x: x @ self.weight, weight=nn.Parameter(torch.eye(3)))
        leaves = [
            (nn.Linear(3, 3), SQUARE),
            (square(), SQUARE),
            (product, SQUARE),
            (nn.ReLU(), 0),
            (nn.LayerNorm(3), 0),
        ]
        grown = {repr(number): leaf for number, leaf in enumerate(leaves)}
    if repr(tree) not in grown:
        way, branches = tree
        parts, counts = zip(*(grow(branch, grown) for branch in branches), strict=True)
        grown[repr(tree)] = combine(way, parts), sum(counts) * (2 if way == "twice" else 1)
    return grown[repr(tree)]


def combine(way: str, parts: tuple[nn.Module, ...]) -> nn.Module:
    if way == "row":
        return nn.Sequential(*parts)
    if way == "twice":
        return Does(lambda self, x: self.row(torch.sigmoid(self.row(x))), row=nn.Sequential(*parts))
    if way == "sum":
        return Does(lambda self, x: sum(part(x) for part in self.parts), parts=nn.ModuleList(parts))
    named = nn.ModuleDict({f"step{at}": part for at, part in enumerate(parts)})
    return Does(lambda self, x: x + nn.Sequential(*self.steps.values())(x), steps=named)


@several
@given(trees)
def test_a_tree_counts_what_its_leaves_count_and_what_torch_counts(tree: Tree) -> None:
    model, expected = grow(tree)
    measured = profile(model, X)
    assert measured.total.macs == expected == macs_by_torch(model, X)
    assert sum(operation.macs for operation in measured.operations) == expected
    assert measured.total.flops == sum(operation.flops for operation in measured.operations)
    assert not measured.uncounted


@several
@given(trees)
def test_the_leaves_of_a_tree_add_up_to_the_whole(tree: Tree) -> None:
    model, expected = grow(tree)
    measured = profile(model, X)
    leaves = [path for path, module in model.named_modules(remove_duplicate=False) if not list(module.children())]
    assert sum(measured.under([path]).macs for path in leaves) == measured.under(leaves).macs == expected


@several
@given(trees)
def test_every_module_of_a_tree_is_its_own_work_and_that_of_its_children(tree: Tree) -> None:
    model, _ = grow(tree)
    measured = profile(model, X)
    every = dict(model.named_modules(remove_duplicate=False))
    assert {operation.path for operation in measured.operations} <= set(every)
    for path in every:
        below = path + "." if path else ""
        children = [child for child in every if child and child.startswith(below) and "." not in child[len(below) :]]
        own = sum(operation.flops for operation in measured.operations if operation.path == path)
        assert measured.under([path]).flops == own + sum(measured.under([child]).flops for child in children)


@several
@given(trees)
def test_the_kinds_of_work_add_up_to_the_whole(tree: Tree) -> None:
    measured = profile(grow(tree)[0], X)
    works: list[Work] = [work for _, work in measured.by_kind.values()]
    assert sum(work.macs for work in works) == measured.total.macs
    assert sum(work.flops for work in works) == measured.total.flops
    assert sum(number for number, _ in measured.by_kind.values()) == sum(o.calls for o in measured.operations)
