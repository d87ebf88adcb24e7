"""A model lent to somebody else's code: a copy of it, as a function of tensors alone, that runs in silence.

Counters hang hooks and buffers on modules, change modes, print, log and warn, and leave some of that
behind, above all when they fail. All of it is done to a copy that is thrown away.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from copy import deepcopy
from dataclasses import is_dataclass
from io import StringIO
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

from auditor.errors import first_line

INSIDE = "model"
"""The path of the model within what is lent."""


class Lent(nn.Module):
    """A model whose inputs are put together from tensors, and whose results are taken apart into tensors.

    There are counters that can be given nothing else, or that leave out what leads to no tensor.
    """

    def __init__(self, model: nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> None:
        super().__init__()
        self.model = model
        self._leaves, self._structure = tree_flatten((inputs, keywords))
        self.tensors = tuple(leaf for leaf in self._leaves if isinstance(leaf, Tensor))

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        given = iter(tensors)
        leaves = [next(given) if isinstance(leaf, Tensor) else leaf for leaf in self._leaves]
        inputs, keywords = tree_unflatten(leaves, self._structure)
        return tuple(_tensors(self.model(*inputs, **keywords)))

    def paths(self) -> dict[int, str]:
        """By the identity of a module: its first path within the model; the frame around that counts as the model."""
        return {id(module): path_inside(path) for path, module in self.named_modules()}


def path_inside(path: str) -> str:
    """A path of what is lent as a path of the model."""
    return path.removeprefix(INSIDE).removeprefix(".")


@contextmanager
def lent(model: nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Iterator[Lent]:
    """A copy of the model with its inputs, in evaluation mode and without gradients, attention step by step."""
    fused = torch.backends.mha.get_fastpath_enabled()
    with _silence(), torch.no_grad(), torch.random.fork_rng(devices=[]):
        copy = Lent(*_copied(model, inputs, keywords))
        for module in copy.modules():
            module.training = False
        copy.requires_grad_(False)
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            yield copy
        finally:
            torch.backends.mha.set_fastpath_enabled(fused)


def _copied(model: nn.Module, inputs: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
    """Copies of all three; tensors that were computed from others are copied without that history."""
    held = [value for module in model.modules() for value in vars(module).values()]
    tensors = [value for value in (*held, *tree_leaves((inputs, keywords))) if isinstance(value, Tensor)]
    copies = {id(tensor): tensor.detach().clone() for tensor in tensors if not tensor.is_leaf}
    try:
        return deepcopy((model, inputs, keywords), copies)
    except Exception as error:
        raise TypeError(f"the model cannot be copied: {first_line(error)}") from None


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing is printed, logged or warned of; what logs for the first time sets up no handlers that stay."""
    handlers, level = logging.root.handlers[:], logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)
        logging.root.handlers[:] = handlers


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors that results hold, in order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, Mapping):
        yield from _tensors(list(value.values()))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif is_dataclass(value):
        yield from _tensors(vars(value))
