"""What repeats is folded, and nothing else; what stays in a box is all that its module did."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import perf_counter

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling import Profile
from auditor.render.diagram.fold import Folded, fold
from auditor.render.diagram.graph import Graph, graph


class Unit(nn.Module):
    """A step with a way around it."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 3, padding=1)
        self.norm = nn.BatchNorm2d(width)

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = self.norm(self.conv(x))
        return F.relu(x + normed)


class Modulated(nn.Module):
    """A step on two things, one of which stays the same for all steps."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)

    def forward(self, x: Tensor, scale: Tensor) -> Tensor:
        scaled: Tensor = self.linear(x) * scale
        return scaled


class Skipping(nn.Module):
    """Three steps of which the last one reads what the first one gave."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        first: Tensor = self.steps[0](x)
        last: Tensor = self.steps[2](self.steps[1](first))
        return last + first


class Stack(nn.Module):
    """Steps that all read the same scale."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.scale = nn.Linear(8, 8)
        self.steps = nn.ModuleList(Modulated() for _ in range(times))

    def forward(self, x: Tensor) -> Tensor:
        scale = self.scale(x)
        for step in self.steps:
            x = step(x, scale)
        return x


def depth_of(measured: Profile) -> Callable[[int], int]:
    return lambda call: len(list(measured.flow.around(call))) - 1


def folded(measured: Profile, depth: int = 1) -> tuple[Folded, Graph]:
    """With everything closed that lies so deep."""

    def is_closed(call: int) -> bool:
        return depth_of(measured)(call) >= depth

    kinds = {module.path: (module.type, module.settings) for module in measured.modules}
    found = fold(measured.flow, kinds, is_closed)
    return found, graph(found.flow, is_closed)


def runs(measured: Profile, depth: int = 1) -> dict[str, int]:
    found, _ = folded(measured, depth)
    return {measured.flow.calls[call].path: len(calls) for call, calls in found.repeated.items()}


def test_equal_steps_in_a_row_are_one_box() -> None:
    measured = profile(
        nn.Sequential(nn.Conv2d(3, 8, 1), *(Unit() for _ in range(6)), nn.Flatten()), torch.zeros(1, 3, 8, 8)
    )
    assert runs(measured) == {"1": 6}
    _, drawn = folded(measured)
    assert len(drawn.boxes) == 3
    assert [(arrow.tail[0], arrow.head[0]) for arrow in drawn.arrows] == [
        *(("input", "call"), ("call", "call"), ("call", "call"), ("call", "output"))
    ]


def test_hundreds_of_modules_fold_into_a_handful() -> None:
    model = nn.Sequential(*(nn.Sequential(*(Unit() for _ in range(20))) for _ in range(10)))
    measured = profile(model, torch.zeros(1, 8, 4, 4))
    assert len(measured.modules) == 611
    found, drawn = folded(measured, depth=2)
    assert runs(measured, depth=2) == {"0": 10, "0.0": 20}
    assert len(drawn.boxes) == 1
    assert len(found.repeated) == 2


def test_steps_of_other_sizes_or_kinds_stay_apart() -> None:
    wider = nn.Sequential(Unit(), Unit(), nn.Conv2d(8, 4, 1), Unit(4), Unit(4))
    assert runs(profile(wider, torch.zeros(1, 8, 4, 4))) == {"0": 2, "3": 2}
    mixed = nn.Sequential(nn.ReLU(), nn.ReLU6(), nn.ReLU())
    assert runs(profile(mixed, torch.zeros(1, 8))) == {}


def test_layers_that_differ_only_in_their_settings_stay_apart() -> None:
    """Neither the operators nor the sizes of their results tell these apart."""
    factors = nn.Sequential(nn.Conv2d(8, 8, (3, 1), padding=(1, 0)), nn.Conv2d(8, 8, (1, 3), padding=(0, 1)))
    assert runs(profile(factors, torch.zeros(1, 8, 4, 4))) == {}
    wider = nn.Sequential(*(nn.Conv1d(8, 8, 3, padding=step, dilation=step) for step in (1, 2, 2)))
    assert runs(profile(wider, torch.zeros(1, 8, 16))) == {"1": 2}
    leaky = nn.Sequential(nn.LeakyReLU(0.1), nn.LeakyReLU(0.2))
    assert runs(profile(leaky, torch.zeros(1, 8))) == {}


def test_modules_of_one_class_that_are_wired_otherwise_stay_apart() -> None:
    class Either(nn.Module):
        def __init__(self, again: bool) -> None:
            super().__init__()
            self.linear, self._again = nn.Linear(8, 8), again

        def forward(self, x: Tensor) -> Tensor:
            y: Tensor = self.linear(x)
            return y + (y if self._again else x)

    assert runs(profile(nn.Sequential(Either(True), Either(False)), torch.zeros(1, 8))) == {}
    assert runs(profile(nn.Sequential(Either(True), Either(True)), torch.zeros(1, 8))) == {"0": 2}


def test_modules_with_names_of_their_own_are_not_folded() -> None:
    class Named(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.second(self.first(x))
            return out

    assert runs(profile(Named(), torch.zeros(1, 8))) == {}


def test_no_arrow_comes_from_what_only_had_the_right_size() -> None:
    class Cell(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.start, self.other = nn.Linear(8, 8), nn.Linear(8, 8)

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.start(torch.zeros_like(x)) + self.other(x)
            return out

    measured = profile(Cell(), torch.zeros(1, 8))
    _, drawn = folded(measured)
    (from_input,) = [arrow for arrow in drawn.arrows if arrow.tail == ("input", 0)]
    (start, other, _) = drawn.boxes
    assert from_input.head == other.key
    assert start.key in {arrow.tail for arrow in drawn.arrows}


def test_folding_thousands_of_modules_takes_no_longer_for_each() -> None:
    def seconds(number: int) -> float:
        measured = profile(nn.Sequential(*(nn.Linear(4, 4) for _ in range(number))), torch.zeros(1, 4))
        gc.collect()
        gc.disable()  # what other tests have left behind is not to be counted
        start = perf_counter()
        folded(measured)
        gc.enable()
        return perf_counter() - start

    assert min(seconds(4000) for _ in range(3)) < 10 * min(seconds(1000) for _ in range(3))


def test_steps_that_share_what_they_are_given_still_fold() -> None:
    assert runs(profile(Stack(5), torch.zeros(1, 8))) == {"steps.0": 5}


def test_a_step_that_others_read_from_is_not_folded_away() -> None:
    assert "steps.0" not in runs(profile(Skipping(), torch.zeros(1, 8)))


def test_one_module_called_again_and_again_folds_too() -> None:
    class Again(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.step = Unit()

        def forward(self, x: Tensor) -> Tensor:
            for _ in range(4):
                x = self.step(x)
            return x

    assert runs(profile(Again(), torch.zeros(1, 8, 4, 4))) == {"step": 4}


def test_a_module_that_does_unconnected_things_is_drawn_in_parts() -> None:
    class Each(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.shared = nn.Linear(8, 8)

        def forward(self, xs: list[Tensor]) -> list[Tensor]:
            return [self.shared(x) for x in xs]

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.each = Each()

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            a, b = self.each([a, b])
            return a + b

    _, drawn = folded(profile(Whole(), torch.zeros(1, 8), torch.zeros(1, 8)))
    assert [box.is_part for box in drawn.boxes] == [True, True, False]
    assert {arrow.head for arrow in drawn.arrows if arrow.tail[0] == "input"} == {box.key for box in drawn.boxes[:2]}


def test_arithmetic_on_weights_belongs_to_what_reads_it_and_is_no_box_of_its_own() -> None:
    class Weighted(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weights = nn.Parameter(torch.ones(8))

        def forward(self, x: Tensor) -> Tensor:
            return x * F.softmax(self.weights, dim=0)

    measured = profile(nn.Sequential(Weighted(), nn.Linear(8, 2)), torch.zeros(1, 8))
    _, drawn = folded(measured)
    assert [[step.operator for step in box.steps] for box in drawn.boxes] == [
        ["aten._softmax", "aten.mul"],
        ["aten.t", "aten.addmm"],
    ]


def test_a_value_written_in_place_flows_on() -> None:
    class Filling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            out = torch.zeros(x.shape[0], 8)
            out[:, :4] = self.left(x)
            out[:, 4:] = self.right(x)
            return out

    _, drawn = folded(profile(Filling(), torch.zeros(2, 4)))
    assert {arrow.tail[1] for arrow in drawn.arrows if arrow.head == ("output", 0)} == {1, 2}
