"""Parameters: every distinct one once, under all its names, and whether it took part."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from specimens import Does, several, small_net
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling import Profile


def of_names(measured: Profile) -> dict[tuple[str, ...], int]:
    return {parameter.names: parameter.count for parameter in measured.parameters}


def unused(measured: Profile) -> list[str]:
    return [name for parameter in measured.unused for name in parameter.names]


def doing_nothing(**members: Any) -> Does:
    return Does(lambda _, x: x, **members)


def test_tied_weights_count_once_and_keep_both_names() -> None:
    embedding, head = nn.Embedding(10, 4), nn.Linear(4, 10, bias=False)
    head.weight = embedding.weight
    measured = profile(nn.Sequential(embedding, head), torch.tensor([[1, 2, 3]]))
    assert of_names(measured) == {("0.weight", "1.weight"): 40}
    assert measured.total.params == measured.under(["0"]).params == measured.under(["1"]).params == 40
    assert measured.own_params == {"": 0, "0": 40, "1": 0}


def test_a_module_under_two_parents_counts_once_and_is_found_under_both() -> None:
    shared = nn.Linear(3, 3)
    measured = profile(nn.Sequential(nn.Sequential(shared), nn.Sequential(shared)), torch.randn(1, 3))
    assert of_names(measured) == {("0.0.weight", "1.0.weight"): 9, ("0.0.bias", "1.0.bias"): 3}
    assert [measured.under(paths).params for paths in (["0"], ["1.0"], ["0", "1"], [""])] == [12, 12, 12, 12]


def test_bare_parameters_count_alone_and_in_lists_and_dictionaries() -> None:
    model = Does(
        lambda self, x: x * self.scale + self.shifts[1] + self.named["a"],
        scale=nn.Parameter(torch.ones(3)),
        shifts=nn.ParameterList([torch.ones(3), torch.ones(1)]),
        named=nn.ParameterDict({"a": torch.ones(2, 1)}),
    )
    measured = profile(model, torch.randn(2, 3))
    assert of_names(measured) == {("scale",): 3, ("shifts.0",): 3, ("shifts.1",): 1, ("named.a",): 2}
    assert unused(measured) == ["shifts.0"]
    assert measured.own_params == {"": 3, "shifts": 4, "named": 2}


def test_frozen_parameters_count_but_are_not_trainable() -> None:
    model = nn.Sequential(nn.Linear(3, 4).requires_grad_(False), nn.Linear(4, 2))
    totals = profile(model, torch.randn(1, 3)).total
    assert (totals.params, totals.trainable) == (16 + 10, 10)


def test_buffers_count_apart_whether_they_are_saved_or_not() -> None:
    model = nn.Sequential(nn.BatchNorm1d(3))
    model.register_buffer("table", torch.zeros(5), persistent=False)
    totals = profile(model, torch.randn(2, 3)).total
    assert (totals.params, totals.buffers) == (3 + 3, 3 + 3 + 1 + 5)


def test_a_shared_buffer_counts_once() -> None:
    norm = nn.BatchNorm1d(3, affine=False)
    assert profile(nn.Sequential(norm, nn.Sequential(norm)), torch.randn(2, 3)).total.buffers == 3 + 3 + 1


def test_a_difference_of_totals_is_taken_field_by_field() -> None:
    measured = profile(small_net(), torch.randn(1, 3, 12, 12))
    rest = measured.total - measured.under(["4"])
    assert (rest.params, rest.macs) == (measured.under(["0", "1"]).params, measured.under(["0", "1"]).macs)


WEIGHT = nn.Parameter(torch.randn(3, 3))
FROZEN = nn.Parameter(torch.randn(3, 3), requires_grad=False)


@pytest.mark.parametrize(
    "function",
    [
        pytest.param(lambda x, weight: F.linear(x, weight), id="functional"),
        pytest.param(lambda x, weight: torch.add(x, other=weight), id="keyword"),
        pytest.param(lambda x, weight: torch.cat((x, weight)), id="in a list"),
        pytest.param(lambda x, weight: x @ weight.mT, id="through a view"),
        pytest.param(lambda x, weight: x @ weight.data, id="through its data"),
        pytest.param(lambda x, weight: x * weight[0, 0].item(), id="as a number"),
        pytest.param(
            lambda x, weight: F.scaled_dot_product_attention(
                x[None, None], x[None, None], x[None, None], attn_mask=weight
            ),
            id="as a mask of attention",
        ),
    ],
)
@pytest.mark.parametrize("weight", [WEIGHT, FROZEN], ids=["trained", "frozen"])
def test_a_parameter_is_used_however_an_operation_gets_it(function: Any, weight: nn.Parameter) -> None:
    assert unused(profile(Does(lambda self, x: function(x, self.weight), weight=weight), torch.randn(3, 3))) == []


def test_a_parameter_used_by_another_module_than_its_own_is_used() -> None:
    model = Does(lambda self, x: F.linear(x, self.holder.weight), holder=nn.Linear(3, 3, bias=False))
    measured = profile(model, torch.randn(2, 3))
    assert unused(measured) == []
    assert [(module.path, module.calls) for module in measured.modules] == [("", 1), ("holder", 0)]


def test_what_never_ran_is_listed_as_unused() -> None:
    model = Does(lambda self, x: self.main(x), main=nn.Linear(3, 2), auxiliary=nn.Conv1d(3, 4, 1), lone=nn.Parameter())
    measured = profile(model, torch.randn(1, 3))
    assert unused(measured) == ["lone", "auxiliary.weight", "auxiliary.bias"]
    assert measured.total.params == 8 + 16


def test_a_tied_parameter_is_used_when_either_holder_is() -> None:
    first, second = nn.Linear(3, 3, bias=False), nn.Linear(3, 3, bias=False)
    second.weight = first.weight
    measured = profile(Does(lambda self, x: self.second(x), first=first, second=second), torch.randn(1, 3))
    assert unused(measured) == []


@st.composite
def networks(draw: st.DrawFn) -> nn.Module:
    """Modules that hold some of a few parameters and of each other, with much in common."""
    pool = [nn.Parameter(torch.zeros(n), requires_grad=draw(st.booleans())) for n in range(1, 6)]
    modules: list[nn.Module] = []
    for _ in range(draw(st.integers(1, 6))):
        module = doing_nothing(own=nn.ParameterList(draw(st.lists(st.sampled_from(pool), max_size=3))))
        for at, child in enumerate(draw(st.lists(st.sampled_from(modules), max_size=2)) if modules else []):
            module.add_module(f"part{at}", child)
        modules.append(module)
    return modules[-1]


@several
@given(networks(), st.data())
def test_any_set_of_paths_has_the_distinct_parameters_that_pytorch_finds_there(
    model: nn.Module, data: st.DataObject
) -> None:
    measured = profile(model, torch.zeros(1))
    every = [path for path, _ in model.named_modules(remove_duplicate=False)]
    paths = data.draw(st.lists(st.sampled_from(every), max_size=4))
    distinct: dict[int, Tensor] = {id(p): p for path in paths for p in model.get_submodule(path).parameters()}
    part = measured.under(paths)
    assert part.params == sum(p.numel() for p in distinct.values())
    assert part.trainable == sum(p.numel() for p in distinct.values() if p.requires_grad)
    assert measured.total.params == sum(p.numel() for p in model.parameters()) == sum(measured.own_params.values())


def test_thop_finds_the_same_parameters_where_no_weight_is_shared() -> None:
    thop: Any = pytest.importorskip("thop")
    _, params = thop.profile(small_net(), inputs=(torch.randn(1, 3, 12, 12),), verbose=False)
    assert profile(small_net(), torch.randn(1, 3, 12, 12)).total.params == params
