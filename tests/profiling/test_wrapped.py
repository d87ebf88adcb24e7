"""Wrapped models: compiled, scripted, traced or parallel ones count what the plain model counts, and still work."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from specimens import small_net
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile
from auditor.profiling import Profile

pytestmark = pytest.mark.filterwarnings(  # PyTorch's own, for scripting and tracing
    "ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning"
)

Wrap = Callable[[nn.Module, Tensor], nn.Module]


class Attending(nn.Module):
    """Attention of one head to itself, then a gated recurrence."""

    def __init__(self) -> None:
        super().__init__()
        self.mix = nn.Linear(4, 12)
        self.recur = nn.LSTM(4, 3, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.mix(x).chunk(3, dim=-1)
        out: Tensor = self.recur(F.scaled_dot_product_attention(q, k, v))[0]
        return out


MODELS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "net": (small_net, (2, 3, 12, 12)),
    "attention": (Attending, (2, 5, 4)),
}


def compiled(model: nn.Module, _: Tensor) -> nn.Module:
    wrapped: nn.Module = torch.compile(model, backend="eager")  # type: ignore[assignment]
    return wrapped


def compiled_and_run(model: nn.Module, x: Tensor) -> nn.Module:
    wrapped = compiled(model, x)
    with torch.no_grad():
        wrapped(x)
    return wrapped


def compiled_in_place(model: nn.Module, x: Tensor) -> nn.Module:
    model.compile(backend="eager")
    model(x)
    return model


def scripted_and_run(model: nn.Module, x: Tensor) -> nn.Module:
    wrapped: nn.Module = torch.jit.script(model)
    for _ in range(3):  # it is optimised at the second run, by what the first saw
        wrapped(x)
    return wrapped


WRAPPERS: dict[str, Wrap] = {
    "compiled": compiled,
    "compiled and run": compiled_and_run,
    "compiled in place": compiled_in_place,
    "scripted": lambda model, _: torch.jit.script(model),
    "scripted and run": scripted_and_run,
    "traced": lambda model, x: torch.jit.trace(model, x),  # type: ignore[no-untyped-call]
    "parallel": lambda model, _: nn.DataParallel(model),
}


@pytest.fixture(autouse=True)
def _forgetting() -> Iterator[None]:
    """No code that one test has compiled serves another."""
    yield
    torch.compiler.reset()


def facts(measured: Profile) -> tuple[Any, ...]:
    """What is found of the model as a whole, however its parts are named and of which operators they are made."""
    return measured.total, measured.unused, measured.uncounted


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
@pytest.mark.parametrize(("make", "shape"), MODELS.values(), ids=MODELS)
def test_a_wrapped_model_counts_what_the_plain_one_counts_and_still_works(
    make: Callable[[], nn.Module], shape: tuple[int, ...], wrap: Wrap
) -> None:
    model, x = make().eval(), torch.randn(shape)
    wanted, values = profile(model, x), model(x)
    wrapped = wrap(copy.deepcopy(model), x)
    state = copy.deepcopy(wrapped.state_dict())
    found = profile(wrapped, x)
    assert facts(found) == facts(wanted)
    for _ in range(3):
        torch.testing.assert_close(wrapped(x), values)
    assert all(torch.equal(value, state[name]) for name, value in wrapped.state_dict().items())
    assert facts(profile(wrapped, x)) == facts(wanted)


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_a_wrapped_model_needs_no_values(wrap: Wrap) -> None:
    x = torch.randn(2, 3, 12, 12)
    with warnings.catch_warnings():
        model = wrap(small_net().eval(), x)
        warnings.simplefilter("error")
        assert profile(model, x).remarks == ()


@pytest.mark.parametrize("wrap", [compiled, compiled_and_run], ids=["never run", "run"])
def test_parts_of_a_compiled_model_are_told_apart(wrap: Wrap) -> None:
    model, x = small_net().eval(), torch.randn(2, 3, 12, 12)
    wanted = {(f"_orig_mod.{one.path}", one.operator): one.work for one in profile(model, x).operations}
    found = profile(wrap(model, x), x)
    assert {(one.path, one.operator): one.work for one in found.operations} == wanted


def test_a_part_that_is_compiled_counts_like_any_other() -> None:
    model, x = small_net().eval(), torch.randn(2, 3, 12, 12)
    wanted = facts(profile(model, x))
    model[1] = compiled_and_run(model[1], model[0](x))
    assert facts(profile(model, x)) == wanted


def test_measuring_neither_compiles_anything_nor_undoes_what_is_compiled() -> None:
    built: list[int] = []

    def backend(graph: Any, _: Any) -> Any:
        built.append(1)
        return graph.forward

    model, x = small_net().eval(), torch.randn(2, 3, 12, 12)
    wrapped: Any = torch.compile(model, backend=backend)
    profile(wrapped, x)
    assert not built
    with torch.no_grad():
        wrapped(x)
        once = len(built)
        profile(wrapped, x)
        wrapped(x)
    assert once > 0
    assert len(built) == once


def test_a_compiled_model_that_needs_values_is_run_on_values() -> None:
    class Choosing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.layer(x[:1] if x.sum().item() > 0 else x)
            return out

    found = profile(compiled_and_run(Choosing(), torch.ones(5, 3)), torch.ones(5, 3))
    assert found.total.macs == 3 * 3
    assert len(found.remarks) == 1


def test_an_error_in_a_compiled_model_comes_out_as_it_is() -> None:
    wrapped = compiled_and_run(nn.Linear(3, 3), torch.ones(2, 3))
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        profile(wrapped, torch.ones(2, 4))
    assert wrapped(torch.ones(2, 3)).shape == (2, 3)


def test_what_marks_its_steps_for_a_profiler_leaves_nothing_uncounted() -> None:
    class Marked(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            with torch.profiler.record_function("layer"):
                return super().forward(x)

    found = profile(Marked(3, 4), torch.ones(2, 3))
    assert (found.total.macs, found.uncounted) == (2 * 3 * 4, ())


class ClassToken(nn.Module):
    """A token that is learned, handed to a module as it is, put before all others, and read at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.randn(1, 1, 4))
        self.norm = nn.LayerNorm(4)
        self.head = nn.Linear(4, 7)

    def forward(self, x: Tensor) -> Tensor:
        token = self.norm(self.token)
        out: Tensor = self.head(torch.cat([token.expand(len(x), -1, -1), x], dim=1))
        return out


@pytest.mark.parametrize("around", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_a_token_that_requires_gradients_can_be_handed_to_a_module(around: Callable[[], Any]) -> None:
    model, x = ClassToken(), torch.randn(2, 5, 4)
    with around():
        found = profile(model, x)
    assert found.total.macs == 2 * (1 + 5) * 4 * 7
    assert (found.total.params, found.unused, found.remarks) == (4 + 2 * 4 + 4 * 7 + 7, (), ())
    assert model.token.requires_grad
    model(x).sum().backward()
    assert model.token.grad is not None
