"""What flows through a model is followed from its inputs to its outputs, call by call."""

from __future__ import annotations

import gc
import weakref

import torch
from torch import Tensor, nn

from auditor import profile
from auditor.profiling.flow import Flow


def reached(flow: Flow, value: int) -> set[str]:
    """The paths of all calls whose steps the value follows from."""
    givers = {given: step for step in flow.steps for given in step.gives}
    found: set[str] = set()
    waiting = [value]
    while waiting:
        step = givers.get(waiting.pop())
        if step:
            found.add(flow.calls[step.call].path)
            waiting.extend(read for read in step.reads if givers.get(read) is not step)
    return found


def test_inputs_and_outputs_have_the_names_that_the_model_gives_them() -> None:
    class Named(nn.Module):
        def forward(self, left: Tensor, right: Tensor) -> dict[str, Tensor]:
            return {"sum": left + right, "difference": left - right}

    flow = profile(Named(), torch.zeros(1, 3), right=torch.zeros(1, 3)).flow
    assert [port.name for port in flow.inputs] == ["left", "right"]
    assert [port.name for port in flow.outputs] == ["sum", "difference"]


def test_every_call_of_a_module_is_told_apart() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.layer(self.layer(x))
            return out

    flow = profile(Twice(), torch.zeros(1, 3)).flow
    assert [(call.path, call.within) for call in flow.calls] == [("", None), ("layer", 0), ("layer", 0)]
    products = [step for step in flow.steps if step.operator == "aten.addmm"]
    assert [step.call for step in products] == [1, 2]
    assert set(products[0].gives) & set(products[1].reads)


def test_a_value_written_into_a_part_of_another_one_flows_on() -> None:
    class Filling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.left, self.right = nn.Linear(4, 4), nn.Linear(4, 4)

        def forward(self, x: Tensor) -> Tensor:
            out = torch.zeros(x.shape[0], 8)
            out[:, :4] = self.left(x)
            out[:, 4:] = self.right(x)
            return out.relu_()

    flow = profile(Filling(), torch.zeros(2, 4)).flow
    assert reached(flow, flow.outputs[0].value) == {"", "left", "right"}


def test_an_operator_that_writes_where_it_is_told_to_flows_on() -> None:
    class Writing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            out = torch.zeros(x.shape[0], 8)
            torch.mul(x, 2, out=out[:, :4])
            torch._foreach_add_([out], 1.0)
            return out + 1

    flow = profile(Writing(), torch.zeros(2, 4)).flow
    (given,) = (port.value for port in flow.inputs)
    reached_from = {given}
    for step in flow.steps:
        if reached_from & set(step.reads):
            reached_from |= set(step.gives)
    assert flow.outputs[0].value in reached_from


def test_nested_results_are_named_by_the_way_to_them() -> None:
    class Nested(nn.Module):
        def forward(self, *images: Tensor, **more: Tensor) -> tuple[Tensor, dict[str, list[Tensor]]]:
            return images[0] + 1, {"masks": [images[1] * 2, more["extra"] * 3]}

    flow = profile(Nested(), torch.zeros(1), torch.ones(1), extra=torch.ones(1)).flow
    assert [port.name for port in flow.inputs] == ["images.0", "images.1", "extra"]
    assert [port.name for port in flow.outputs] == ["0", "1.masks.0", "1.masks.1"]


def test_following_the_flow_keeps_no_tensor_alive() -> None:
    seen: list[weakref.ref[Tensor]] = []

    class Watched(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            gc.collect()
            assert all(one() is None for one in seen[:-1])
            out = x + 1
            seen.append(weakref.ref(out))
            return out

    profile(nn.Sequential(*(Watched() for _ in range(5))), torch.zeros(1, 3))
    assert len(seen) == 5
