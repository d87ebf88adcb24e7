"""What a model holds, kept while it runs and put back afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from auditor.profiling.holders import Held, held_by, held_for_all, put_back, put_back_outlines
from auditor.profiling.values import tensors_in


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, attention step by step, a random state of its own; afterwards all is as before.

    The mode is set module by module, since a module may do more when told to change it.
    """
    modules = list(model.modules())
    own, common = list(held_by(modules)), list(held_for_all(modules))
    tensors = list(_tensors(own))
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
        for holder, inside in own:
            put_back(holder, inside)
        for holder, inside in common:
            put_back_outlines(holder, inside)
        for tensor, memory, values in tensors:
            if tensor.data_ptr() != memory.data_ptr():
                tensor.data = memory
            if values is not None and not torch.equal(memory, values):
                memory.copy_(values)


def _tensors(held: Iterable[Held]) -> Iterator[tuple[Tensor, Tensor, Tensor | None]]:
    """The tensors with values that are held: each with its memory and, unless it is a parameter, a copy of that."""
    values = (value for _, inside in held for value in inside.values() if isinstance(value, (Tensor, tuple)))
    for tensor in {id(tensor): tensor for tensor in tensors_in(*values) if _has_values(tensor)}.values():
        memory = tensor.detach()
        yield tensor, memory, None if type(tensor) is nn.Parameter else memory.clone()


def _has_values(tensor: Tensor) -> bool:
    is_usual = type(tensor) in (Tensor, nn.Parameter) and tensor.layout is torch.strided and not tensor.is_quantized
    return is_usual and not tensor.is_meta
