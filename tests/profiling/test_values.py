"""What a model does by values: it runs on values then, the report says so, and the count is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from specimens import Does, several
from torch import Tensor, nn

from auditor import profile
from auditor.profiling import Profile

Function = Callable[[Any, Tensor], Any]

LENGTH, WIDTH = 5, 3
SQUARE = WIDTH * WIDTH
"""Multiply-accumulates of the layer for one row."""

X = torch.ones(LENGTH, WIDTH)
MIXED = torch.tensor([[1.0, -1, 0], [0, 0, 0], [2, 3, 4]])
"""Six values that are zero or below, and four that are above; two rows that are not all zero."""


def square() -> nn.Linear:
    return nn.Linear(WIDTH, WIDTH, bias=False)


def measured(function: Function, x: Tensor) -> Profile:
    """What is found of a function that has a square layer."""
    return profile(Does(function, layer=square()), x)


def by_item(self: Any, x: Tensor) -> Any:
    return self.layer(x if x.sum().item() > 0 else x[:1])


def by_truth(self: Any, x: Tensor) -> Any:
    return self.layer(x if (x > 0).all() else x[:1])


def by_list(self: Any, x: Tensor) -> Any:
    return self.layer(x[: int(sum(x[:, 0].tolist()))])


def by_array(self: Any, x: Tensor) -> Any:
    return self.layer(torch.from_numpy(np.sort(x.numpy(), axis=0)))


def by_conversion(self: Any, x: Tensor) -> Any:
    return self.layer(x[: int(x[0].sum())])


def by_formatting(self: Any, x: Tensor) -> Any:
    return self.layer(x) if f"{x[0, 0]:.0f}" == "1" else x


def written_by_column(self: Any, x: Tensor) -> Any:
    out = torch.zeros(LENGTH, 4, WIDTH)
    for place in range(4):
        out[:, place] = self.layer(x)
    return out


def written_in_place(self: Any, x: Tensor) -> Any:
    return torch.zeros(LENGTH, WIDTH).add_(self.layer(x))


def written_as_out(self: Any, x: Tensor) -> Any:
    return torch.mm(x, self.layer.weight, out=torch.empty(LENGTH, WIDTH))


def looping(self: Any, x: Tensor) -> Any:
    while x.sum() > 0:
        x = self.layer(x)[1:] * 0 + x[1:]
    return x


NEEDY: dict[str, tuple[Function, Tensor, int]] = {
    "item": (by_item, X, LENGTH * SQUARE),
    "truth": (by_truth, X, LENGTH * SQUARE),
    "truth the other way": (by_truth, -X, SQUARE),
    "list": (by_list, X, LENGTH * SQUARE),
    "array": (by_array, X, LENGTH * SQUARE),
    "conversion": (by_conversion, X, WIDTH * SQUARE),
    "formatting": (by_formatting, X, LENGTH * SQUARE),
    "places that are not zero": (lambda self, x: self.layer(x[x[:, 0].nonzero()[:, 0]]), MIXED, 2 * SQUARE),
    "mask of rows": (lambda self, x: self.layer(x[x[:, 0] > 0]), MIXED, 2 * SQUARE),
    "mask of values": (lambda self, x: torch.outer(x[x > 0], x[x > 0]) @ torch.ones(4, 7), MIXED, 4 * 4 * 7),
    "selection": (lambda self, x: torch.masked_select(x, x > 0)[None] @ torch.ones(4, 7), MIXED, 4 * 7),
    "distinct values": (lambda self, x: torch.unique(x)[None] @ torch.ones(6, 7), MIXED, 6 * 7),
    "repetition": (lambda self, x: self.layer(x.repeat_interleave(x[:, 0].long(), dim=0)), MIXED, 3 * SQUARE),
    "column by column": (written_by_column, X, 4 * LENGTH * SQUARE),
    "in place": (written_in_place, X, LENGTH * SQUARE),
    "as out": (written_as_out, X, LENGTH * SQUARE),
    "loop": (looping, X, sum(rows * SQUARE for rows in range(1, LENGTH + 1))),
}


@pytest.mark.parametrize(("function", "x", "macs"), NEEDY.values(), ids=NEEDY)
def test_what_needs_values_is_run_on_values_and_says_so(function: Function, x: Tensor, macs: int) -> None:
    found = measured(function, x)
    assert found.total.macs == macs
    (remark,) = found.remarks
    assert remark.startswith("it was run on values, since it could not do without (")
    assert "\n" not in remark


@several
@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_a_mask_leaves_as_many_rows_to_count_as_it_holds_true(mask: list[bool]) -> None:
    found = measured(lambda self, x: self.layer(x[x[:, 0] > 0]), torch.tensor(mask)[:, None].float().expand(-1, WIDTH))
    assert found.total.macs == sum(mask) * SQUARE


@several
@given(st.integers(0, 6))
def test_a_loop_is_counted_as_often_as_the_data_says(times: int) -> None:
    def repeating(self: Any, x: Tensor, times: Tensor) -> Any:
        for _ in range(int(times)):
            x = self.layer(x)
        return x

    found = profile(Does(repeating, layer=square()), X, torch.tensor(times))
    assert found.total.macs == times * LENGTH * SQUARE


def early(self: Any, x: Tensor) -> Any:
    return self.layer(x) if (self.layer(x) * 0 == 0).all() else self.layer(self.layer(x))


def test_what_ran_before_values_were_needed_is_counted_once() -> None:
    found = measured(early, X)
    assert found.total.macs == 2 * LENGTH * SQUARE
    assert {module.path: module.calls for module in found.modules} == {"": 1, "layer": 2}


class Strict(nn.Module):
    """A layer that refuses what it is not made for, by value."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = square()
        self.seen: list[Tensor] = []
        self.refused = 0

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        if x.min() < 0:
            self.refused += 1
            raise ValueError("values below zero")
        return self.layer(x)  # type: ignore[no-any-return]


def test_what_raises_on_values_raises_that_error_and_leaves_the_model_alone() -> None:
    model = Strict()
    with pytest.raises(ValueError, match=r"^values below zero$") as raised:
        profile(model, -X)
    assert raised.value.__context__ is None
    assert (model.seen, model.refused) == ([], 0)
    assert profile(model, X).total.macs == LENGTH * SQUARE
    assert torch.equal(model(X), X @ model.layer.weight.T)


def test_an_error_that_has_nothing_to_do_with_values_is_the_one_that_a_run_on_values_raises() -> None:
    model = Does(lambda self, x: self.layer(x), layer=nn.Linear(WIDTH + 1, 2))
    with pytest.raises(RuntimeError) as plain:
        model(X)
    with pytest.raises(RuntimeError) as raised:
        profile(model, X)
    assert str(raised.value) == str(plain.value)


def test_a_model_without_values_that_needs_them_raises_instead_of_running_again() -> None:
    ran: list[int] = []

    def noted(self: Any, x: Tensor) -> Any:
        ran.append(1)
        return by_item(self, x)

    with torch.device("meta"):
        model = Does(noted, layer=square())
    with pytest.raises(RuntimeError, match="meta"):
        profile(model, X)
    assert ran == [1]


class Scheduled(nn.Module):
    """Layers whose number and places are read from small constants, as drop rates and anchors often are."""

    order: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.rates: list[float] = torch.linspace(0, 1, 4).tolist()
        self.layers = nn.ModuleList(square() for rate in self.rates if rate < 1)
        self.register_buffer("order", torch.tensor([2, 0, 1]))

    def forward(self, x: Tensor) -> Tensor:
        for place in self.order.tolist():
            x = self.layers[place](x)
        return x


def masked(self: Any, x: Tensor) -> Any:
    scores = self.layer(x) @ x.T
    mask = torch.full((LENGTH, LENGTH), float("-inf")).triu(1)
    return (scores + mask).softmax(-1).masked_fill(mask == 0, 0) @ x


def positioned(self: Any, x: Tensor) -> Any:
    positions = torch.arange(x.shape[0])
    longest = int(positions.max()) + 1
    return self.layer(x + positions[:, None] / longest)


def scheduled(self: Any, x: Tensor) -> Any:
    for rate in torch.linspace(0, 1, 4).tolist():
        x = self.layer(x) if rate < 1 else x
    return x


def selecting(self: Any, x: Tensor) -> Any:
    kept = torch.ones(LENGTH, LENGTH).triu().bool().any(dim=0).nonzero()[:, 0]
    return self.layer(x[kept])


def casting(self: Any, x: Tensor) -> Any:
    device = x.device.type
    with torch.autocast(device_type=device, enabled=torch.is_autocast_enabled(device)):
        angles = torch.arange(len(x), device=x.device)[:, None].to(torch.get_autocast_dtype(device))
    with torch.autocast(device, torch.bfloat16):
        return self.layer(x * angles)


CONTENT: dict[str, tuple[Callable[[], nn.Module], int]] = {
    "constants of the model": (Scheduled, 3 * LENGTH * SQUARE),
    "constants of the run": (lambda: Does(scheduled, layer=square()), 3 * LENGTH * SQUARE),
    "mask": (lambda: Does(masked, layer=square()), LENGTH * SQUARE + 2 * LENGTH * LENGTH * WIDTH),
    "positions": (lambda: Does(positioned, layer=square()), LENGTH * SQUARE),
    "mask of places": (
        lambda: Does(lambda self, x: self.layer(x[torch.arange(LENGTH) < 2]), layer=square()),
        2 * SQUARE,
    ),
    "places": (lambda: Does(selecting, layer=square()), LENGTH * SQUARE),
    "casts on the device of the input": (lambda: Does(casting, layer=square()), LENGTH * SQUARE),
    "a value of a weight": (
        lambda: Does(lambda self, x: self.layer(x) if self.layer.weight.sum() < 100 else x, layer=square()),
        LENGTH * SQUARE,
    ),
}


@pytest.mark.parametrize(("make", "macs"), CONTENT.values(), ids=CONTENT)
def test_what_decides_by_constants_alone_needs_no_values(make: Callable[[], nn.Module], macs: int) -> None:
    found = profile(make(), X)
    assert (found.total.macs, found.remarks) == (macs, ())
