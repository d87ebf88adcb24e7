"""Other counters may do what they like: afterwards all is as before, and nothing was heard of it."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules import module as global_hooks
from torch.utils import _python_dispatch

from auditor import AuditError, profile
from auditor.counters import Count, Crash, count_by, counters
from benchmarks.operators import Net
from tests.conftest import ROOT

COUNTERS = ("torch", "fvcore", "thop", "torchinfo", "ptflops")

each = pytest.mark.parametrize("counter", COUNTERS)


def state(model: nn.Module) -> dict[str, Any]:
    """All that the modules hold, containers by the identity of what is in them, and all values of tensors."""

    def held(value: Any) -> Any:
        return {key: id(item) for key, item in value.items()} if isinstance(value, dict) else value

    modules = model.named_modules(remove_duplicate=False)
    attributes = {f"{path}:{name}": held(value) for path, module in modules for name, value in vars(module).items()}
    return {**attributes, **{name: tensor.tolist() for name, tensor in model.state_dict().items()}}


def surroundings() -> dict[str, Any]:
    """What is kept for all modules, all logging and all printing together."""
    hooks = {name: list(value) for name, value in vars(global_hooks).items() if isinstance(value, dict)}
    return {
        **hooks,
        "mode": _python_dispatch._get_current_dispatch_mode(),
        "tracing": torch._C._get_tracing_state(),
        "gradients": torch.is_grad_enabled(),
        "fast attention": torch.backends.mha.get_fastpath_enabled(),
        "random": torch.get_rng_state().tolist(),
        "logging": (logging.root.manager.disable, logging.root.level, logging.root.handlers[:]),
        "warnings": warnings.filters[:],
        "streams": (sys.stdout, sys.stderr),
    }


class Own(nn.Conv2d):
    """A class that no counter has a rule for."""


def two_parents() -> nn.Module:
    layer = nn.Linear(3, 3)
    return nn.Sequential(nn.Sequential(layer), nn.Sequential(layer))


def raising(_: Any, x: Tensor) -> Tensor:
    raise RuntimeError("no way through")


def noisy(net: Any, x: Tensor) -> Any:
    print("Hear me")
    warnings.warn("Hear me", stacklevel=1)
    logging.warning("Hear me")
    return net.of(x)


class MergesItsWeights(nn.Linear):
    """A layer that does something of its own to its weights when its mode changes."""

    def train(self, mode: bool = True) -> MergesItsWeights:
        self.weight.data += 1
        return super().train(mode)


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "norms and dropout": (lambda: nn.Sequential(Own(3, 4, 3), nn.BatchNorm2d(4), nn.Dropout()), (2, 3, 6, 6)),
    "two parents": (two_parents, (2, 3)),
    "attention": (lambda: nn.TransformerEncoderLayer(4, 2, 8), (5, 2, 4)),
    "acts on its mode": (lambda: nn.Sequential(MergesItsWeights(3, 3).eval()), (2, 3)),
    "changes its input": (lambda: Net(lambda net, x: net.of(x.add_(1)), of=nn.Linear(3, 3)), (2, 3)),
    "random": (lambda: Net(lambda _, x: F.dropout(x, training=True) + torch.rand(3)), (2, 3)),
    "noisy": (lambda: Net(noisy, of=nn.Linear(3, 3)), (2, 3)),
    "raising": (lambda: nn.Sequential(nn.BatchNorm1d(3), Net(raising)), (2, 3)),
}


@each
@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_nothing_is_changed_and_nothing_is_heard(
    counter: str,
    make: Callable[[], nn.Module],
    shape: tuple[int, ...],
    capfd: pytest.CaptureFixture[str],
    recwarn: pytest.WarningsRecorder,
    request: pytest.FixtureRequest,
) -> None:
    pytest.importorskip(counter)
    recwarn.clear()
    model, x = make(), torch.zeros(shape)
    before, around = state(model), surroundings()
    found = count_by(counter, model, x)
    assert state(model) == before
    assert surroundings() == around
    assert not x.any()
    assert capfd.readouterr() == ("", "")
    assert not recwarn.list
    if request.node.callspec.id.startswith("raising"):
        assert found == Crash(counter, found.version, "RuntimeError: no way through")
    else:
        assert isinstance(found, Count)


@each
def test_no_counter_keeps_a_model_alive(counter: str) -> None:
    pytest.importorskip(counter)
    seen: list[weakref.ref[nn.Module]] = []

    def remembered(net: Any, x: Tensor) -> Any:
        seen.append(weakref.ref(net.of))
        return net.of(x)

    count_by(counter, Net(remembered, of=nn.Linear(3, 3)), torch.zeros(2, 3))
    gc.collect()
    assert seen
    assert [ref() for ref in seen if ref() is not None] == []


@each
def test_a_counted_model_still_trains(counter: str) -> None:
    pytest.importorskip(counter)
    model, x = nn.Sequential(Own(3, 4, 3), nn.BatchNorm2d(4)), torch.zeros(2, 3, 6, 6)
    count_by(counter, model, x)
    model(x).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert not [name for name in model.state_dict() if name.endswith(("total_ops", "total_params"))]


NESTED: dict[str, Callable[[], nn.Module]] = {
    "a mapping": lambda: Net(lambda net, x, scale: {"scores": net.of(x["x"]) * scale}, of=nn.Linear(3, 4)),
    "nested lists": lambda: Net(lambda net, x, scale: [[net.of(x["x"])], scale, None], of=nn.Linear(3, 4)),
}


@each
@pytest.mark.parametrize("make", NESTED.values(), ids=NESTED)
def test_inputs_and_results_may_be_nested_and_need_not_all_be_tensors(
    counter: str, make: Callable[[], nn.Module]
) -> None:
    pytest.importorskip(counter)
    found = count_by(counter, make(), {"x": torch.zeros(2, 3), "name": "x"}, 2.0)
    assert isinstance(found, Count)
    assert found.macs - (2 * 4 if counter in ("ptflops", "torchinfo") else 0) == 2 * 3 * 4


@dataclass
class Scores:
    values: Tensor


def test_what_results_of_ones_own_class_are_made_of_is_counted() -> None:
    pytest.importorskip("fvcore")  # it leaves out what leads to no tensor
    found = count_by("fvcore", Net(lambda net, x: Scores(net.of(x)), of=nn.Linear(3, 4)), torch.zeros(2, 3))
    assert isinstance(found, Count)
    assert found.macs == 2 * 3 * 4


@each
def test_inputs_may_be_given_by_name(counter: str) -> None:
    pytest.importorskip(counter)
    attention = nn.MultiheadAttention(4, 2, bias=False)
    query, source = torch.zeros(5, 2, 4), torch.zeros(3, 2, 4)
    found = count_by(counter, attention, query, value=source, key=source, need_weights=True)
    assert isinstance(found, Count)
    if counter in ("torch", "fvcore", "ptflops"):
        assert found.macs == profile(attention, query, source, source).total.macs


@each
def test_weights_that_are_computed_from_others_can_be_copied(counter: str) -> None:
    pytest.importorskip(counter)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = nn.utils.weight_norm(nn.Conv1d(3, 4, 1, bias=False))
    assert not model.weight.is_leaf
    found = count_by(counter, model, torch.zeros(2, 3, 5))
    assert isinstance(found, Count)


def test_a_model_that_cannot_be_copied_is_not_counted() -> None:
    found = count_by("torch", Net(lambda net, x: x, lock=Lock()), torch.zeros(2))
    assert isinstance(found, Crash)
    assert found.reason.startswith("TypeError: the model cannot be copied: ")


def test_what_one_counter_stumbles_on_is_its_finding() -> None:
    pytest.importorskip("fvcore")
    model = Net(lambda net, x: x @ net.own, own=nn.Parameter(torch.zeros(3)))
    found = count_by("fvcore", model, torch.zeros(2, 3))
    assert isinstance(found, Crash)
    assert found.reason.startswith("IndexError: ")
    assert profile(model, torch.zeros(2, 3)).total.macs == 2 * 3


def test_a_graph_is_not_needed_where_it_cannot_be_had() -> None:
    with torch.device("meta"):
        model, x = nn.Conv2d(3, 4, 3), torch.zeros(1, 3, 8, 8)
    assert isinstance(count_by("fvcore", model, x), Crash)
    assert profile(model, x).total.macs == 6 * 6 * 3 * 4 * 9


def test_a_counter_that_is_not_installed_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "thop", None)
    assert not counters()["thop"].is_installed
    with pytest.raises(AuditError, match="the counter 'thop' is not installed; to get it: pip install thop"):
        count_by("thop", nn.Linear(2, 2), torch.zeros(1, 2))


def test_an_unknown_counter_is_answered_with_the_known_ones() -> None:
    with pytest.raises(AuditError, match=r"there is no counter 'fvcor' \(did you mean 'fvcore'\?\)"):
        count_by("fvcor", nn.Linear(2, 2), torch.zeros(1, 2))


def test_no_counter_is_imported_before_it_counts_and_none_is_needed() -> None:
    code = (
        "import sys, torch; absent = ('fvcore', 'thop', 'torchinfo', 'ptflops');"
        "sys.modules.update(dict.fromkeys(absent));"
        "import auditor, auditor.auditing; from auditor.counters import count_by, counters;"
        "print(count_by('torch', torch.nn.Linear(2, 3), torch.zeros(1, 2)).macs,"
        " *(name for name, counter in counters().items() if counter.is_installed))"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "6 torch\n"), ran.stderr
