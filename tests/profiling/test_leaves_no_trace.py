"""Measuring leaves no trace: the model, its modes and all global state are as before."""

from __future__ import annotations

import gc
import subprocess
import sys
import weakref
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from specimens import Does, several, small_net
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.modules import module as global_hooks
from torch.utils import _python_dispatch

import auditor
from auditor import profile


def state(model: nn.Module) -> tuple[Any, ...]:
    """All that a model holds: attributes, hooks, parameters and buffers by identity; tensors also by value."""
    attributes = {
        (path, name): [(key, id(value)) for key, value in held.items()] if isinstance(held, dict) else held
        for path, module in model.named_modules(remove_duplicate=False)
        for name, held in vars(module).items()
        if name != "training"
    }
    modes = {path: module.training for path, module in model.named_modules(remove_duplicate=False)}
    values = {name: tensor.tolist() for name, tensor in model.state_dict().items()}
    gradients = [(parameter.requires_grad, parameter.grad) for parameter in model.parameters()]
    return attributes, modes, values, gradients


def global_state() -> dict[str, Any]:
    """What PyTorch keeps for all modules together."""
    hooks = {
        name: list(held)
        for name, held in vars(global_hooks).items()
        if name.startswith("_global_") and isinstance(held, dict)
    }
    return {
        **hooks,
        "mode": _python_dispatch._get_current_dispatch_mode(),
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "fast attention": torch.backends.mha.get_fastpath_enabled(),
        "fast convolution": torch.backends.mkldnn.enabled,
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "random": torch.get_rng_state().tolist(),
    }


def raising(_: Any, x: Tensor) -> Tensor:
    raise RuntimeError("no way through")


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "batch norm": (small_net, (2, 3, 12, 12)),
    "dropout": (lambda: nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5), nn.AlphaDropout(0.5)), (2, 3)),
    "random numbers": (lambda: Does(lambda _, x: F.dropout(x, 0.5, training=True) + torch.rand(3)), (2, 3)),
    "parametrised": (lambda: nn.utils.parametrizations.spectral_norm(nn.Linear(3, 3)), (2, 3)),
    "transformer": (lambda: nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), (2, 5, 4)),
    "recurrent": (lambda: nn.LSTM(3, 4), (5, 2, 3)),
    "raising": (lambda: nn.Sequential(nn.BatchNorm1d(3), Does(raising)), (2, 3)),
    "wrong input": (lambda: nn.Sequential(nn.Sequential(nn.ReLU(), nn.Linear(4, 4))), (2, 3)),
}


@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_the_model_and_all_that_is_global_are_left_as_they_were(
    make: Callable[[], nn.Module], shape: tuple[int, ...], request: pytest.FixtureRequest
) -> None:
    model, x = make(), torch.randn(shape)
    before, around = state(model), global_state()
    if request.node.callspec.id in ("raising", "wrong input"):
        with pytest.raises(RuntimeError):
            profile(model, x)
    else:
        profile(model, x)
    assert state(model) == before
    assert global_state() == around


class Tied(nn.Module):
    """Word vectors read and written with one weight, a layer that runs twice and one that never does."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(9, 4)
        self.layer, self.idle = nn.Linear(4, 4), nn.Linear(4, 4)
        self.out = nn.Linear(4, 9, bias=False)
        self.out.weight = self.words.weight

    def forward(self, given: dict[str, Any], *, scale: tuple[Tensor, list[Tensor]]) -> dict[str, Tensor]:
        x = self.layer(self.layer(self.words(given["ids"]))) * scale[0] + scale[1][0]
        return {"words": self.out(x)}


def test_inputs_in_dictionaries_and_tuples_and_by_keyword_are_left_alone_too() -> None:
    model, ids, scale = Tied(), torch.tensor([[1, 2, 8]]), (torch.ones(4), [torch.zeros(4)])
    given = {"ids": ids, "flag": True}
    before, around = state(model), global_state()
    measured = profile(model, given, scale=scale)
    assert (state(model), global_state()) == (before, around)
    assert (ids.tolist(), list(given), scale[0].tolist()) == ([[1, 2, 8]], ["ids", "flag"], [1] * 4)
    assert model.out.weight is model.words.weight
    assert measured.total.params == 9 * 4 + 2 * (4 * 4 + 4)
    assert measured.total.macs == 3 * (2 * 4 * 4 + 4 * 9)
    assert {parameter.names[0] for parameter in measured.unused} == {"idle.weight", "idle.bias"}
    assert {module.path: module.calls for module in measured.modules} == {
        "": 1,
        "words": 1,
        "layer": 2,
        "idle": 0,
        "out": 1,
    }


@several
@given(st.lists(st.booleans(), min_size=12, max_size=12), st.booleans())
def test_every_submodule_gets_its_own_mode_back(modes: list[bool], fails: bool) -> None:
    model = nn.Sequential(small_net(), Does(raising) if fails else nn.Identity())
    assert len(modes) <= len(list(model.modules()))
    for module, mode in zip(model.modules(), modes, strict=False):
        module.training = mode
    before = [module.training for module in model.modules()]
    try:
        profile(model, torch.randn(1, 3, 12, 12))
    except RuntimeError:
        assert fails
    assert [module.training for module in model.modules()] == before


def test_all_modules_run_in_evaluation_mode_without_gradients() -> None:
    seen: list[tuple[bool, bool]] = []
    model = Does(lambda self, x: seen.append((self.training, self.layer(x).requires_grad)), layer=nn.Linear(3, 3))
    profile(model.train(), torch.randn(1, 3))
    assert seen == [(False, False)]


class MergesItsWeights(nn.Module):
    """A layer that, like a low-rank adapter, does something of its own when its mode changes."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))
        self.merged = False

    def train(self, mode: bool = True) -> MergesItsWeights:
        super().train(mode)
        if self.merged == mode:
            self.weight.data += -1 if mode else 1
            self.merged = not mode
        return self

    def forward(self, x: Tensor) -> Tensor:
        return x * self.weight


def test_a_module_that_acts_on_a_change_of_mode_is_left_as_it_was_too() -> None:
    model = nn.Sequential(MergesItsWeights())
    before = state(model)
    profile(model, torch.randn(3))
    assert state(model) == before


def test_hooks_of_the_users_are_kept_and_run() -> None:
    ran: list[str] = []
    model = nn.Sequential(nn.Linear(3, 3))
    model[0].register_forward_pre_hook(lambda *_: ran.append("before"))
    model[0].register_forward_hook(lambda *_: ran.append("after"))
    everywhere = global_hooks.register_module_forward_hook(lambda *_: ran.append("everywhere"))
    try:
        before, around = state(model), global_state()
        profile(model, torch.ones(1, 3))
        assert (state(model), global_state()) == (before, around)
    finally:
        everywhere.remove()
    assert ran == ["before", "everywhere", "after", "everywhere"]


def test_a_hook_of_the_users_that_raises_leaves_nothing_behind() -> None:
    model = nn.Sequential(nn.Linear(3, 3))
    model[0].register_forward_pre_hook(lambda _, inputs: raising(_, *inputs))
    before, around = state(model), global_state()
    with pytest.raises(RuntimeError, match="no way through"):
        profile(model, torch.ones(1, 3))
    assert (state(model), global_state()) == (before, around)


def test_an_exception_of_the_model_comes_out_as_it_is() -> None:
    with pytest.raises(RuntimeError, match="no way through"):
        profile(Does(raising), torch.randn(3))


def test_a_second_measurement_finds_the_same_as_the_first() -> None:
    model, x = small_net(), torch.randn(1, 3, 12, 12)
    assert profile(model, x) == profile(model, x)


def test_a_measured_model_still_trains() -> None:
    model, x = small_net(), torch.randn(2, 3, 12, 12)
    profile(model, x)
    model(x).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert model.state_dict()["0.1.num_batches_tracked"] == 1


def test_a_profile_keeps_no_model_alive_and_cannot_be_changed() -> None:
    model = small_net()
    measured, alive = profile(model, torch.randn(1, 3, 12, 12)), weakref.ref(model)
    del model
    gc.collect()
    assert alive() is None
    with pytest.raises(FrozenInstanceError):
        measured.parameters = ()  # type: ignore[misc]


def test_measuring_does_not_load_the_compiler_of_pytorch() -> None:
    code = (
        "import sys, auditor, torch; from torch import nn; auditor.profile(nn.Linear(2, 2), torch.zeros(1, 2));"
        "print(*{'torch._dynamo', 'torch._inductor', 'sympy', 'fvcore', 'thop'} & set(sys.modules))"
    )
    root = Path(auditor.__file__).parents[1]
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "\n"), ran.stderr


def test_a_buffer_that_the_run_changes_is_put_back() -> None:
    class Counting(nn.Module):
        runs: Tensor
        last: Tensor

        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("runs", torch.zeros(()))
            self.register_buffer("last", torch.zeros(2))

        def forward(self, x: Tensor) -> Tensor:
            self.runs += 1
            self.last = x
            return x + self.runs

    model = Counting()
    last = model.last
    profile(model, torch.ones(2))
    assert model.runs == 0
    assert model.last is last
