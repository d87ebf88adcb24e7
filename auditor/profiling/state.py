"""What a model holds, kept while it runs and put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from auditor.profiling.holders import held_by, held_for_all, put_back, put_back_outlines


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode, attention step by step, a random state of its own; afterwards all is as before.

    The mode is set module by module, since a module may do more when told to change it.
    """
    modules = list(model.modules())
    own, tensors = held_by(modules)
    common = list(held_for_all(modules))
    memories = [_memory(tensor) for tensor in tensors if _has_values(tensor)]
    fused = torch.backends.mha.get_fastpath_enabled()
    try:
        for module in modules:
            own_attributes = vars(module)
            if "training" in own_attributes:
                own_attributes["training"] = False  # past the module's own care, which takes its time
            else:
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
        for tensor, memory, values in memories:
            if tensor.data_ptr() != memory.data_ptr():
                tensor.data = memory
            if values is not None and not torch.equal(memory, values):
                memory.copy_(values)


def _memory(tensor: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
    """A tensor with its memory and, unless it is a parameter, a copy of that."""
    memory = tensor.detach()
    return tensor, memory, None if type(tensor) is nn.Parameter else memory.clone()


def _has_values(tensor: Tensor) -> bool:
    is_usual = type(tensor) in (Tensor, nn.Parameter) and tensor.layout is torch.strided and not tensor.is_quantized
    return is_usual and not tensor.is_meta
