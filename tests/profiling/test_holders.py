"""What a model keeps of a run is put back, wherever it keeps it and however the run ends."""

from __future__ import annotations

import gc
from collections import ChainMap, Counter, OrderedDict, UserDict, UserList, defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from types import SimpleNamespace
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import pytest
import torch
from specimens import Does
from torch import Tensor, nn
from torch.nn import functional as F

from auditor import profile

X = torch.ones(2, 3)


class Slotted:
    __slots__ = ("__hidden", "shown")

    def keep(self, y: Tensor) -> None:
        self.__hidden = self.shown = y

    def names(self) -> list[str]:
        return [name for name in ("_Slotted__hidden", "shown") if hasattr(self, name)]


@dataclass(frozen=True, slots=True)
class Frozen:
    kept: list[Any] = field(default_factory=list)


class Both(Slotted):
    """It has places of its own for some attributes, and a mapping for others."""


class Key:
    pass


class Silent(dict[Any, Any]):
    """A mapping that can be written to only in its own way."""

    def __setitem__(self, name: Any, value: Any) -> None:
        raise TypeError

    def keep(self, y: Any) -> None:
        super().__setitem__("y", y)


KEY = Key()

KEEPERS: dict[str, tuple[Callable[[], Any], Callable[[Any, Tensor], Any], Callable[[Any], Any]]] = {
    "attributes": (lambda: SimpleNamespace(last=1), lambda kept, y: vars(kept).update(last=y, other=y), vars),
    "a list": (lambda: [0], lambda kept, y: kept.append(y), list),
    "a list in lists": (lambda: [[[0]]], lambda kept, y: kept[0][0].append(y), lambda kept: list(kept[0][0])),
    "a list in a tuple": (lambda: (([],),), lambda kept, y: kept[0][0].append(y), lambda kept: list(kept[0][0])),
    "a mapping": (lambda: {"y": 1}, lambda kept, y: kept.update(y=y, z=y), dict),
    "a mapping in order": (
        lambda: OrderedDict(a=1, b=2),
        lambda kept, y: (kept.move_to_end("a"), kept.update(y=y)),
        lambda kept: (list(kept.items()), list(reversed(kept))),
    ),
    "a mapping with defaults": (lambda: defaultdict(list), lambda kept, y: kept["y"].append(y), dict),
    "a mapping of its own kind": (Silent, lambda kept, y: kept.keep(y), dict),
    "a counter": (lambda: Counter(a=1), lambda kept, y: kept.update({"a": y.numel(), "b": y}), dict),
    "mappings in a chain": (lambda: ChainMap({}), lambda kept, y: kept.update(y=y), dict),
    "a mapping in an object": (UserDict, lambda kept, y: kept.update(y=y), dict),
    "a list in an object": (UserList, lambda kept, y: kept.append(y), list),
    "weak keys": (WeakKeyDictionary, lambda kept, y: kept.update({KEY: y}), dict),
    "a queue": (lambda: deque([1, 2], maxlen=2), lambda kept, y: kept.append(y), list),
    "a set": (lambda: {1}, lambda kept, y: kept.add(y), set),
    "slots": (Slotted, lambda kept, y: kept.keep(y), Slotted.names),
    "slots beside attributes": (
        Both,
        lambda kept, y: (kept.keep(y), vars(kept).update(more=y)),
        lambda kept: (kept.names(), dict(vars(kept))),
    ),
    "a frozen object": (Frozen, lambda kept, y: kept.kept.append(y), lambda kept: list(kept.kept)),
    "a module beside the tree": (
        lambda: [nn.BatchNorm1d(3)],
        lambda kept, y: vars(kept[0]).update(last=y, _buffers={"running_mean": y[0]}),
        lambda kept: (set(vars(kept[0])), kept[0].running_mean.tolist()),
    ),
    "a module within": (
        lambda: nn.Identity(),
        lambda kept, y: (kept.register_buffer("y", y), kept.add_module("new", nn.Linear(3, 3))),
        lambda kept: (list(kept.named_buffers()), list(kept.named_modules())),
    ),
}
"""By what keeps something: how it is made, how it keeps a tensor, and how to look at what it keeps."""


def unread(_: Tensor) -> None:
    pass


def read(y: Tensor) -> None:
    y.tolist()


def fail(_: Tensor) -> None:
    raise KeyError("enough")


ENDS = {"on outlines": unread, "on values": read, "with an error": fail}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize(("make", "keep", "look"), KEEPERS.values(), ids=KEEPERS)
def test_what_keeps_something_of_a_run_keeps_what_it_kept_before(
    make: Callable[[], Any],
    keep: Callable[[Any, Tensor], Any],
    look: Callable[[Any], Any],
    end: Callable[[Tensor], None],
) -> None:
    def forward(self: Any, x: Tensor) -> Any:
        y = self.layer(x)
        keep(self.kept, y)
        self.count, self.last = self.count + 1, y
        end(y)
        return y

    model = Does(forward, layer=nn.Linear(3, 3), kept=make(), count=0)
    before, names, kept = look(model.kept), set(vars(model)), model.kept
    with suppress(KeyError):
        profile(model, X)
    assert look(model.kept) == before
    assert model.kept is kept
    assert set(vars(model)) == names
    assert model.count == 0


COMMON: dict[str, Tensor] = {}
RECORDS: list[str] = []
LATEST: Any = None


class Sharing(nn.Module):
    """It keeps what it saw where all modules of its kind find it, and where anyone does."""

    seen: ClassVar[dict[str, list[Tensor]]] = {"y": []}
    latest: ClassVar[Any] = "nothing"

    def __init__(self, end: Callable[[Tensor], None] = unread) -> None:
        super().__init__()
        self.layer, self.end = nn.Linear(3, 3), end

    def forward(self, x: Tensor) -> Any:
        global LATEST
        y = self.layer(COMMON.get("y", x))
        Sharing.latest = LATEST = COMMON["y"] = y
        type(self).newest = y  # type: ignore[attr-defined]
        self.seen["y"].append(y)
        RECORDS.append("ran")
        self.end(y)
        return y


class Heir(Sharing):
    pass


@pytest.fixture
def clean() -> None:
    """What is common to all is as in the beginning."""
    global LATEST
    COMMON.clear()
    RECORDS.clear()
    Sharing.seen["y"].clear()
    Sharing.latest, LATEST = "nothing", None
    if hasattr(Heir, "newest"):
        del Heir.newest


def is_outline(value: Any) -> bool:
    return isinstance(value, Tensor) and value.is_meta


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_no_outline_stays_in_a_class_or_a_file(end: Callable[[Tensor], None]) -> None:
    with suppress(KeyError):
        profile(Heir(end), X)
    assert not any(map(is_outline, [*COMMON.values(), *Sharing.seen["y"], LATEST, Sharing.latest]))
    assert not is_outline(getattr(Heir, "newest", None))
    assert set(RECORDS) == {"ran"}


@pytest.mark.usefixtures("clean")
def test_a_class_and_a_file_hold_again_what_they_held_in_place_of_outlines() -> None:
    profile(Heir(), X)
    assert (COMMON, Sharing.seen, LATEST, Sharing.latest, hasattr(Heir, "newest")) == (
        {},
        {"y": []},
        None,
        "nothing",
        False,
    )


@pytest.mark.usefixtures("clean")
def test_a_run_on_values_finds_no_outline_that_the_run_before_it_left_in_a_file() -> None:
    class Masking(nn.Module):
        def forward(self, x: Tensor) -> Any:
            y = x * COMMON.setdefault("mask", torch.ones_like(x))
            return y if y.sum().item() > 0 else x

    measured = profile(Masking(), X)
    assert (measured.total.flops, len(measured.remarks)) == (2 * X.numel(), 1)


def test_no_outline_stays_behind_a_function() -> None:
    around: dict[str, Tensor] = {}
    recorded: list[int] = []

    def forward(self: Any, x: Tensor, kept: dict[str, Tensor] = {}, *, named: list[Any] = []) -> Any:  # noqa: B006
        recorded.append(1)
        named.append(around.setdefault("y", kept.setdefault("y", x * 2)))
        return around["y"].sum().item()

    assert len(profile(Does(forward), X).remarks) == 1
    assert len(recorded) == 2
    kept: Any = (forward.__defaults__ or [{}])[0]
    assert not any(map(is_outline, [around["y"], kept["y"], *(forward.__kwdefaults__ or {})["named"]]))


@pytest.mark.usefixtures("clean")
def test_nothing_of_outlines_is_left_anywhere() -> None:
    def forward(self: Any, x: Tensor) -> Any:
        y = self.layer(x)
        for kept, (_, keep, _) in zip(self.kept, KEEPERS.values(), strict=True):
            keep(kept, y)
        return self.sharing(y)

    model = Does(forward, layer=nn.Linear(3, 3), kept=[make() for make, _, _ in KEEPERS.values()], sharing=Heir())
    profile(model, X)
    gc.collect()
    assert not [one for one in gc.get_objects() if issubclass(type(one), Tensor) and one.is_meta]


class Remembering(nn.Module):
    """It writes to tensors that it holds, and puts others in their place."""

    running: Tensor
    replaced: Tensor

    def __init__(self, write: Callable[[Any, Tensor], Any]) -> None:
        super().__init__()
        self.write, self.layer = write, nn.Linear(3, 3)
        self.register_buffer("running", torch.zeros(3))
        self.register_buffer("replaced", torch.zeros(3))
        self.plain, self.listed = torch.zeros(3), [torch.zeros(3)]

    def forward(self, x: Tensor) -> Any:
        y = self.layer(x + self.running + self.replaced + self.plain + self.listed[0])
        self.write(self, y)
        return y


def renormed(self: Any, _: Tensor) -> None:
    self.layer.weight.data = torch.renorm(self.layer.weight.data, 2, 0, 0.1)


WRITES: dict[str, Callable[[Any, Tensor], Any]] = {
    "a buffer, counted up": lambda self, y: self.running.add_(1),
    "a buffer, written to": lambda self, y: self.running.copy_(y[0]),
    "a buffer, in another's place": lambda self, y: setattr(self, "replaced", y[0]),
    "the memory of a buffer": lambda self, y: setattr(self.running, "data", torch.ones(3)),
    "a tensor": lambda self, y: self.plain.add_(1),
    "a part of a tensor": lambda self, y: self.plain[:2].copy_(y[0, :2]),
    "a tensor in a list": lambda self, y: self.listed[0].fill_(7),
    "the memory of a parameter": renormed,
    "statistics in training": lambda self, y: F.batch_norm(y, self.running, self.replaced, training=True),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_a_model_gives_afterwards_what_it_would_have_given(
    write: Callable[[Any, Tensor], Any], end: Callable[[Tensor], None]
) -> None:
    def writing_and_ending(self: Any, y: Tensor) -> None:
        write(self, y)
        end(y)

    with torch.no_grad():
        torch.manual_seed(0)
        untouched = Remembering(write)
        torch.manual_seed(0)
        model = Remembering(writing_and_ending)
        with suppress(KeyError):
            profile(model, X)
        model.write = write
        for _ in range(2):
            assert torch.equal(model(X), untouched(X))


def test_the_memory_of_what_is_held_is_the_same_afterwards() -> None:
    model = Remembering(renormed)
    before = [tensor.data_ptr() for tensor in (*model.parameters(), *model.buffers(), model.plain)]
    profile(model, X)
    assert [tensor.data_ptr() for tensor in (*model.parameters(), *model.buffers(), model.plain)] == before


def test_what_the_cache_of_a_function_keeps_of_outlines_is_not_found_by_values() -> None:
    class Cached(nn.Module):
        @lru_cache  # noqa: B019  (models have such methods)
        def mask(self, size: int, device: torch.device) -> Tensor:
            return torch.ones(size, device=device)

        def forward(self, x: Tensor) -> Any:
            return x * self.mask(x.shape[1], x.device)

    model = Cached()
    profile(model, X)
    assert torch.equal(model(X), X)


def test_a_model_on_the_meta_device_keeps_its_outlines() -> None:
    with torch.device("meta"):
        model = Remembering(lambda self, y: self.running.add_(1))
        kept = [*model.parameters(), *model.buffers(), model.plain, model.listed[0]]
        profile(model, torch.ones(2, 3))
    after = [*model.parameters(), *model.buffers(), model.plain, model.listed[0]]
    assert all(one is other for one, other in zip(after, kept, strict=True))
