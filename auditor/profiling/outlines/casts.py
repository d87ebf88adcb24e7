"""Casts that a model asks for on the device of its inputs, of which PyTorch has none for outlines."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import torch

from auditor.profiling.outlines.rules import META
from auditor.standins import standing_in


def casting_as_on_cpu() -> AbstractContextManager[None]:
    """Have what is asked for on the device of outlines be done as it is on the CPU."""
    return standing_in(_CASTS, _on_cpu)


_CASTS = ((torch.autocast, "__init__"), (torch, "is_autocast_enabled"), (torch, "get_autocast_dtype"))


def _on_cpu(function: Any) -> Any:
    return lambda *args, **kwargs: function(*map(_there, args), **{name: _there(kwargs[name]) for name in kwargs})


def _there(value: Any) -> Any:
    return "cpu" if isinstance(value, str) and value == META.type else value
