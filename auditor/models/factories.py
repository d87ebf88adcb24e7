"""From a factory to its model: anyone's callable, called with what the spec says."""

from __future__ import annotations

import inspect
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import numpy as np
import torch
from torch import nn

from auditor.errors import SpecError, first_line, hint
from auditor.models.importing import beside, modules_in
from auditor.spec import Spec
from auditor.spec.factory import ARGS, Factory, plain

Parameters = Mapping[str, inspect.Parameter]

_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def make(spec: Spec, factory: Factory) -> nn.Module:
    """Call a factory, always with the same random numbers; a SpecError points at what is wrong."""
    if spec.refusal:
        raise SpecError(factory.mark, spec.refusal)
    with at_home(factory), _seeded():
        called = _callable(factory)
        arguments = {name: plain(entry.node) for name, entry in factory.arguments.items()}
        _check_arguments(factory, _parameters(called))
        try:
            model = called(**arguments)
        except (Exception, SystemExit) as error:
            raise _failed(factory, "fails", error) from error
    if not isinstance(model, nn.Module):
        raise SpecError(factory.mark, f"'{factory.name}' gives {_kind(model)}, not an nn.Module")
    _check_assumptions(spec, factory, called, model)
    return model


@contextmanager
def at_home(factory: Factory | None) -> Iterator[None]:
    """Let a factory's code find the modules beside it, and let nothing stay that it changes of Python's or torch's.

    What it prints goes where errors go, not among results.
    """
    if factory is None:
        yield
        return
    dtype, grad = torch.get_default_dtype(), torch.is_grad_enabled()
    try:
        with redirect_stdout(sys.stderr), beside(factory.folder, factory.module.partition(".")[0]):
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(grad)


@contextmanager
def _seeded() -> Iterator[None]:
    """The same random numbers each time, and afterwards those that would have come anyway."""
    python, numbers = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        random.seed(0)
        np.random.seed(0)
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(numbers)


def parameters(factory: Factory) -> Parameters | None:
    """What a factory can be called with, by name; None if that is anything."""
    with at_home(factory):
        return _parameters(_callable(factory))


def _callable(factory: Factory) -> Callable[..., Any]:
    try:
        found: Any = import_module(factory.module)
    except ModuleNotFoundError as error:
        if error.name and f"{factory.module}.".startswith(f"{error.name}."):
            raise SpecError(factory.mark, _no_module(factory, error.name)) from None
        raise _failed(factory, "cannot be imported", error) from error
    except (Exception, SystemExit) as error:
        raise _failed(factory, "cannot be imported", error) from error
    name = factory.module
    for step in factory.attribute.split("."):
        try:
            found = getattr(found, step)
        except AttributeError:
            known = {key for key, value in getattr(found, "__dict__", {}).items() if callable(value) and key[0] != "_"}
            message = f"'{name}' has no '{step}'" + hint(step, known, "it has", dir(found))
            raise SpecError(factory.mark.shifted(len(factory.module) + 1), message) from None
        except Exception as error:  # some packages import their parts only when asked for them
            raise _failed(factory, "cannot be imported", error) from error
        name = f"{name}.{step}"
    if not callable(found):
        message = f"'{factory.name}' is {_kind(found)}, which cannot be called"
        raise SpecError(factory.mark.shifted(len(factory.module) + 1), message)
    called: Callable[..., Any] = found
    return called


def _no_module(factory: Factory, missing: str) -> str:
    parent, _, name = missing.rpartition(".")
    if parent:
        known = {module.name for module in iter_modules(getattr(sys.modules.get(parent), "__path__", []))}
        return f"'{parent}' has no module '{name}'" + hint(name, known, "modules there")
    installed = {module.name for module in iter_modules()}
    advice = hint(name, modules_in(factory.folder), "modules beside the spec", installed)
    return f"there is no module '{name}', neither beside the spec nor installed{advice}"


def _failed(factory: Factory, how: str, error: BaseException) -> SpecError:
    return SpecError(factory.mark, f"'{factory.name}' {how}: {type(error).__name__}: {first_line(error)}")


def _kind(value: Any) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else f"a value of type {type(value).__name__}"


def _parameters(called: Callable[..., Any]) -> Parameters | None:
    try:
        found = inspect.signature(called).parameters
    except (TypeError, ValueError):  # what is not written in Python may have none
        return None
    if any(parameter.kind is inspect.Parameter.VAR_KEYWORD for parameter in found.values()):
        return None
    return {name: parameter for name, parameter in found.items() if parameter.kind in _NAMED}


def _check_arguments(factory: Factory, known: Parameters | None) -> None:
    if known is None:
        return
    for name, entry in factory.arguments.items():
        if name not in known:
            message = f"'{factory.attribute}' has no argument '{name}'" + hint(name, known, "arguments")
            raise SpecError(entry.mark, message)
    for name, parameter in known.items():
        if parameter.default is inspect.Parameter.empty and name not in factory.arguments:
            raise SpecError(factory.mark, f"'{factory.attribute}' lacks the argument '{name}'")


def _check_assumptions(spec: Spec, factory: Factory, called: Callable[..., Any], model: nn.Module) -> None:
    """An assumption is about the input, an argument, or a component."""
    known = _parameters(called)
    components = {ARGS, "input", *spec.components, *(name for name, _ in model.named_children())}
    for subject in spec.assumptions:
        part, _, argument = subject.text.partition(".")
        if part not in components:
            message = f"an assumption about '{part}', which is no component" + hint(part, components, "subjects")
            raise SpecError(subject.mark, message)
        if part == ARGS and argument and known is not None and argument not in known:
            message = f"'{factory.attribute}' has no argument '{argument}' to assume"
            raise SpecError(subject.mark, message + hint(argument, known, "arguments"))
