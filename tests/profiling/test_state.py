"""A run without values leaves nothing of itself behind, whether it succeeds, is done again on values, or raises."""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from specimens import Does
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling.operators import HOMES

End = Callable[[Tensor], Tensor]
"""What a model does at its end, with its result."""

X = torch.ones(2, 3)


def succeeding(x: Tensor) -> Tensor:
    return x


def falling_back(x: Tensor) -> Tensor:
    return x if x.sum().item() > 0 else -x


def raising(_: Tensor) -> Tensor:
    raise RuntimeError("no way through")


ENDS: dict[str, End] = {
    "succeeds": succeeding,
    "falls back": falling_back,
    "raises": raising,
}

anyhow = pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)


def run(model: nn.Module, *inputs: Tensor) -> None:
    """Measure a model, which may raise."""
    try:
        profile(model, *inputs)
    except RuntimeError as error:
        assert str(error) == "no way through"  # noqa: PT017  (only some of the models raise)


def tensors(value: Any) -> Iterator[Tensor]:
    """All tensors that can be reached from a value, by whatever holds them."""
    if isinstance(value, Tensor):
        yield value
    for part in parts(value):
        yield from tensors(part)


def parts(value: Any) -> Iterable[Any]:
    if isinstance(value, (nn.Module, SimpleNamespace)):
        return vars(value).values()
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, (list, tuple, set, deque)) else ()


class Keeping(nn.Module):
    """A layer that puts what it computes in every place that a model has for it."""

    last: Tensor

    def __init__(self, end: End) -> None:
        super().__init__()
        self.end = end
        self.layer = nn.Linear(3, 3)
        self.register_buffer("last", torch.zeros(2, 3))
        self.register_buffer("optional", None)
        self.plain: Tensor | None = None
        self.list: list[Any] = [1, [2]]
        self.dict: dict[str, Any] = {"one": {"two": [3]}}
        self.set: set[Any] = {4}
        self.tuple: tuple[Any, ...] = ({}, [], 5)
        self.latest: deque[Any] = deque([6], maxlen=2)
        self.ordered: OrderedDict[str, Any] = OrderedDict(seven=7)
        self.default: defaultdict[str, list[Any]] = defaultdict(list)
        self.helper = SimpleNamespace(cache={}, inner=SimpleNamespace(list=[8]))
        self.calls = 0

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layer(x)
        self.calls += 1
        self.plain = self.last = self.optional = self.added = y
        self.list[1].append(y)
        self.list[0] = y
        self.dict["one"]["two"][0] = self.dict["three"] = y
        self.set.add(y)
        self.tuple[0]["key"] = y
        self.tuple[1].append(y)
        self.latest += [y, y]
        self.ordered["more"] = y
        self.default["new"].append(y)
        self.helper.cache[0] = self.helper.inner.list[0] = self.helper.inner.more = y
        return self.end(y)


def inventory(model: Keeping) -> Any:
    """What the holders of a keeping model hold."""
    kept = (model.plain, model.list, model.dict, model.set, model.tuple, list(model.latest), dict(model.ordered))
    return copy.deepcopy((*kept, dict(model.default), model.helper, model.calls, model.optional, list(vars(model))))


@anyhow
def test_no_tensor_without_values_stays_in_the_model_whatever_holds_it(end: End) -> None:
    keeping = Keeping(end)
    model = nn.Sequential(nn.Identity(), keeping)
    last, before = keeping.last, inventory(keeping)
    run(model, X)
    assert not [tensor for tensor in tensors(model) if tensor.is_meta]
    assert inventory(keeping) == before
    assert keeping.last is last
    assert not last.any()


class Writing(nn.Module):
    """A layer that writes to the tensors it holds, both what it knows beforehand and what it computes."""

    runs: Tensor
    transient: Tensor

    def __init__(self, end: End, writes_results: bool) -> None:
        super().__init__()
        self.end, self.writes_results = end, writes_results
        self.layer = nn.Linear(3, 3)
        self.register_buffer("runs", torch.zeros(()))
        self.register_buffer("transient", torch.zeros(3), persistent=False)
        self.plain, self.listed, self.paired = torch.zeros(2, 3), [torch.zeros(3)], (torch.zeros(3), 0)

    def forward(self, x: Tensor) -> Tensor:
        for tensor in (self.runs, self.transient, self.plain, self.listed[0], self.paired[0]):
            tensor += 1
        y = self.layer(x + self.runs)
        if self.writes_results:
            self.plain[:] = y
            self.listed[0].copy_(y[0])
            self.transient.mul_(y[1])
        return self.end(y)


@anyhow
@pytest.mark.parametrize("writes_results", [False, True])
def test_what_is_written_in_place_is_put_back(end: End, writes_results: bool) -> None:
    model = Writing(end, writes_results)
    before = list(tensors(model))
    values = [tensor.tolist() for tensor in before]
    run(model, X)
    after = list(tensors(model))
    assert list(map(id, after)) == list(map(id, before))
    assert [tensor.tolist() for tensor in after] == values


def test_a_tensor_that_requires_gradients_and_is_no_parameter_is_put_back_too() -> None:
    scale = torch.zeros(3, requires_grad=True)
    profile(Does(lambda self, x: x + self.scale.detach().add_(1), scale=scale), X)
    assert scale.tolist() == [0, 0, 0]
    assert scale.is_leaf


class Sequences(nn.Module):
    """Attention and recurrence, which are taken whole."""

    def __init__(self, end: End) -> None:
        super().__init__()
        self.end = end
        self.layers = nn.ModuleList([nn.LSTM(3, 3), nn.GRU(3, 3), nn.RNN(3, 3), nn.RNN(3, 3, nonlinearity="relu")])

    def forward(self, x: Tensor) -> Tensor:
        x = F.scaled_dot_product_attention(x, x, x)
        for layer in self.layers:
            x = layer(x)[0]
        return self.end(x)


def functions() -> list[tuple[bool, Any]]:
    """The functions of PyTorch's that stand aside during a run, and whether each lies in its home itself."""
    casts = ((torch.autocast, "__init__"), (torch, "is_autocast_enabled"), (torch, "get_autocast_dtype"))
    return [(name in vars(home), getattr(home, name)) for home, name in (*HOMES, *casts)]


@anyhow
def test_functions_of_pytorch_are_themselves_again(end: End) -> None:
    before = functions()
    run(Sequences(end), X)
    assert functions() == before


def test_functions_are_themselves_again_after_attention_itself_has_raised() -> None:
    before = functions()
    with pytest.raises(RuntimeError, match="cannot be multiplied"):
        profile(Does(lambda _, x: F.scaled_dot_product_attention(x, x[:, :2], x)), X)
    assert functions() == before


@pytest.mark.parametrize("make", [Keeping, Sequences, lambda end: Writing(end, True)], ids=["kept", "whole", "written"])
@pytest.mark.parametrize("end", [succeeding, falling_back], ids=["succeeds", "falls back"])
def test_a_measured_model_gives_the_values_that_it_would_have_given(make: Callable[[End], nn.Module], end: End) -> None:
    model = make(end)
    wanted = copy.deepcopy(model)(X)
    profile(model, X)
    assert torch.equal(model(X), wanted)


@anyhow
def test_inputs_keep_their_values_and_gradients_can_be_computed_at_once(end: End) -> None:
    x = torch.ones(2, 3, requires_grad=True)
    layer = nn.Linear(3, 3)
    run(Does(lambda self, x: end(self.layer(x)), layer=layer), x)
    assert x.tolist() == [[1] * 3] * 2
    layer(x).sum().backward()
    assert x.grad is not None
    assert layer.weight.grad is not None
    assert not x.grad.is_meta


def test_an_ordered_mapping_that_a_run_adds_to_stays_whole() -> None:
    kept = OrderedDict(first=1, second=2)
    profile(Does(lambda self, x: self.kept.setdefault("third", x), kept=kept), X)
    assert list(kept.items()) == [("first", 1), ("second", 2)]
    kept["third"] = 3
    kept.move_to_end("first")
    assert list(kept) == ["second", "third", "first"]


def test_positions_kept_at_the_first_run_are_made_anew_at_the_next() -> None:
    """A cache that a run without values fills must not be found by a run with values."""

    def positioned(self: Any, x: Tensor) -> Any:
        if len(x) not in self.cache:
            self.cache[len(x)] = torch.arange(len(x), dtype=x.dtype, device=x.device)
        return x * self.cache[len(x)][:, None]

    model = Does(positioned, cache={})
    assert profile(model, X).remarks == ()
    assert model.cache == {}
    assert model(X).tolist() == [[0] * 3, [1] * 3]
