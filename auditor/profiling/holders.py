"""What keeps something for later, such as attributes, lists and caches: found, copied, and put back."""

from __future__ import annotations

import sys
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from operator import is_
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import torch
from torch import Tensor, nn

Inside = Mapping[Any, Any]
"""A copy of what a holder holds: by name, by place in a list, by itself in a set."""

Held = tuple[Any, Inside]
"""A holder, and what it held."""

_CONTAINERS = (dict, list, deque, set)
_VALUES = (str, int, float, type(None), Tensor, torch.dtype, torch.device)
_CODE = (type, ModuleType, FunctionType, BuiltinFunctionType, MethodType)
_INERT = (*_VALUES, *_CODE)
"""What holds nothing that a run could change."""

_USUAL = frozenset({bool, int, float, str, type(None)})
"""The types of most attributes, of which it is said sooner that they hold nothing."""

_MOST = 10_000
"""A longer list or mapping is taken for data, which running a model leaves alone."""

_HOOKS = frozenset(vars(nn.Module())) - {"_parameters", "_buffers", "_modules"}
"""Attributes of every module that hold nothing of its own."""


def held_by(roots: Iterable[Any]) -> tuple[list[Held], list[Tensor]]:
    """What objects such as modules keep, and what lies in that in turn; and the tensors among that, each once."""
    held: list[Held] = []
    tensors: dict[int, Tensor] = {}
    seen: set[int] = set()
    stack = list(roots)
    while stack:
        one = stack.pop()
        if isinstance(one, Tensor):
            tensors[id(one)] = one
            continue
        if isinstance(one, tuple):
            stack += one
            continue
        hooks = _HOOKS if isinstance(one, nn.Module) else ()
        for holder in _holders(one):
            if id(holder) not in seen and not (isinstance(holder, _CONTAINERS) and len(holder) > _MOST):
                seen.add(id(holder))
                inside = _copied(holder)
                held.append((holder, inside))
                stack += [item for name, item in inside.items() if type(item) not in _USUAL and name not in hooks]
    return held, list(tensors.values())


def held_for_all(modules: Sequence[nn.Module]) -> Iterator[Held]:
    """What the classes of modules, the files that define these, and functions keep, whichever module runs."""
    classes = {cls for kind in set(map(type, modules)) for cls in kind.__mro__ if not _is_torchs(cls)}
    files = {sys.modules[cls.__module__] for cls in classes if cls.__module__ in sys.modules}
    namespaces = [(namespace, _copied(namespace)) for namespace in (*classes, *files)]
    yield from namespaces
    common = [value for _, inside in namespaces for value in inside.values()]
    own = (value for module in modules for value in vars(module).values())
    functions = (value for value in (*common, *own) if isinstance(value, FunctionType))
    behind = (value for function in functions for value in _behind(function))
    yield from held_by(value for value in (*common, *behind) if isinstance(value, _CONTAINERS))[0]


def put_back(holder: Any, inside: Inside) -> None:
    """Let a holder hold again what it held."""
    if isinstance(holder, dict):
        _put_back_entries(holder, inside)
    elif isinstance(holder, list):
        holder[:] = inside.values()
    elif isinstance(holder, deque):
        holder.clear()
        holder.extend(inside.values())
    elif isinstance(holder, set):
        holder.clear()
        holder.update(inside)
    else:
        for name in {**_copied(holder), **inside}:
            _put_back_attribute(holder, name, inside)


def put_back_outlines(holder: Any, inside: Inside) -> None:
    """Let a holder hold again what it held, where it now holds an outline."""
    outlines = [name for name, value in _copied(holder).items() if _is_outline(value)]
    if outlines and isinstance(holder, _CONTAINERS):
        put_back(holder, inside)
    else:
        for name in outlines:
            _put_back_attribute(holder, name, inside)


def _behind(function: FunctionType) -> Iterator[Any]:
    """What a function has at hand besides its arguments: their defaults, and what was around it when it was defined."""
    yield from function.__defaults__ or ()
    yield from (function.__kwdefaults__ or {}).values()
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing was put in it yet
            yield cell.cell_contents


def _is_torchs(cls: type) -> bool:
    return cls is object or cls.__module__.partition(".")[0] == "torch"


def _is_outline(value: Any) -> bool:
    return any(map(_is_outline, value)) if isinstance(value, tuple) else isinstance(value, Tensor) and value.is_meta


def _holders(one: Any) -> list[Any]:
    """Where something keeps what it holds; nowhere if it holds nothing that a run could change."""
    if type(one) in _CONTAINERS:
        return [one]
    if isinstance(one, nn.Module):
        return [one.__dict__]
    if isinstance(one, _INERT):
        return []
    attributes = getattr(one, "__dict__", None)
    found = [attributes] if isinstance(attributes, dict) else []
    return [*found, one] if isinstance(one, _CONTAINERS) or any(_slots(one)) else found


def _slots(one: Any) -> Iterator[str]:
    """The attributes that an object has places of their own for, instead of its mapping of others or beside it."""
    for cls in type(one).__mro__:
        if "__slots__" in vars(cls):
            yield from (name for name, slot in vars(cls).items() if isinstance(slot, MemberDescriptorType))


def _copied(holder: Any) -> Inside:
    if isinstance(holder, dict):
        return dict(_plain(holder).items(holder))
    if isinstance(holder, (list, deque)):
        return dict(enumerate(holder))
    if isinstance(holder, set):
        return {item: item for item in holder}
    if isinstance(holder, (type, ModuleType)):
        return dict(vars(holder))
    return {name: getattr(holder, name) for name in _slots(holder) if hasattr(holder, name)}


def _plain(holder: dict[Any, Any]) -> type[dict[Any, Any]]:
    """What a mapping is, whatever its own class does when it is read or written to."""
    return OrderedDict if isinstance(holder, OrderedDict) else dict


def _put_back_entries(holder: dict[Any, Any], inside: Inside) -> None:
    plain = _plain(holder)
    names, values = plain.keys(holder), plain.values(holder)
    if len(names) == len(inside) and all(map(is_, names, inside)) and all(map(is_, values, inside.values())):
        return
    plain.clear(holder)
    for name, value in inside.items():
        plain.__setitem__(holder, name, value)


def _put_back_attribute(holder: Any, name: str, inside: Inside) -> None:
    plain: Any = type if isinstance(holder, type) else object
    if name not in inside:
        plain.__delattr__(holder, name)
    elif getattr(holder, name, None) is not inside[name]:
        plain.__setattr__(holder, name, inside[name])
