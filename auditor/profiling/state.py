"""What a model holds, kept while it runs and put back afterwards."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from operator import is_
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, attention step by step, a random state of its own; afterwards all is as before.

    The mode is set module by module, since a module may do more when told to change it.
    """
    modules = list(model.modules())
    held = list(_held(modules))
    kept = {id(tensor): tensor.detach() for tensor in (*model.buffers(), *_plain_tensors(held)) if not tensor.is_meta}
    values = [(tensor, tensor.clone()) for tensor in kept.values()]
    fused = torch.backends.mha.get_fastpath_enabled()
    try:
        for module in modules:
            module.training = False
            if isinstance(module, nn.DataParallel):
                module.device_ids = []  # then it runs the module itself, not copies of it
        torch.backends.mha.set_fastpath_enabled(False)
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)
        for holder, inside in held:
            _put_back(holder, inside)
        for tensor, value in values:
            if not torch.equal(tensor, value):
                tensor.copy_(value)


Holder = dict[Any, Any] | list[Any] | set[Any] | deque[Any] | tuple[Any, ...]
Inside = dict[Any, Any] | list[Any]

_MOST = 10_000
"""A longer list or mapping is taken for data, which running a model leaves alone."""

_HOOKS = frozenset(vars(nn.Module())) - {"_parameters", "_buffers", "_modules"}
"""Attributes of every module that hold nothing of its own."""


def _held(modules: Iterable[nn.Module]) -> Iterator[tuple[Holder, Inside]]:
    """The attributes of modules, and what lies in them in turn: each holder with a copy of it."""
    seen: set[int] = set()
    stack: list[Any] = list(modules)
    while stack:
        one = stack.pop()
        holder = _holder(one)
        if holder is None or id(holder) in seen or len(holder) > _MOST:
            continue
        seen.add(id(holder))
        yield holder, dict(holder) if isinstance(holder, dict) else list(holder)
        if isinstance(one, nn.Module):
            inside: Iterable[Any] = [value for name, value in holder.items() if name not in _HOOKS]
        else:
            inside = holder.values() if isinstance(holder, dict) else holder
        stack += [value for value in inside if type(value) not in _USUAL]


def _plain_tensors(held: Iterable[tuple[Holder, Inside]]) -> Iterator[Tensor]:
    """The tensors in holders that are no parameters, such as keys and values kept for the next step."""
    for _, inside in held:
        for value in inside.values() if isinstance(inside, dict) else inside:
            if type(value) is Tensor and value.layout is torch.strided:
                yield value


def _holder(one: Any) -> Any:
    """Where something keeps what it holds; None if it holds nothing that a run could change."""
    if isinstance(one, (dict, list, set, tuple, deque)):
        return one
    if isinstance(one, nn.Module) or not isinstance(one, (*_VALUES, *_CODE)):
        return getattr(one, "__dict__", None)
    return None


_USUAL = frozenset({bool, int, float, str, type(None), Tensor, nn.Parameter})
"""The types of most attributes, of which it is quickly said that they hold nothing."""

_VALUES = (str, int, float, type(None), Tensor, torch.dtype, torch.device)
_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)


def _put_back(holder: Holder, inside: Any) -> None:
    if isinstance(holder, dict):
        if not _is_same(holder, inside):
            kind = OrderedDict if isinstance(holder, OrderedDict) else dict  # the former keeps a list of its own
            kind.clear(holder)
            kind.update(holder, inside)
    elif isinstance(holder, set):
        holder.clear()
        holder.update(inside)
    elif isinstance(holder, (list, deque)):
        holder.clear()
        holder.extend(inside)


def _is_same(holder: dict[Any, Any], inside: dict[Any, Any]) -> bool:
    """Whether a mapping holds just what it held, in the same order."""
    return list(holder) == list(inside) and all(map(is_, holder.values(), inside.values()))
