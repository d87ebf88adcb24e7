"""The register of blocks: what a spec's `block:` can name, and which arguments each one takes.

A block is one class with one decorator. Its first parameter is the number of channels it is
given: `int` for a block that is made once per level, `tuple[int, ...]` for one that sees all
levels at once. Its keyword-only parameters are the arguments a spec can set. A block that changes
the number of channels says so in an attribute `out_channels`; None there ends the pipeline. Its
role is what it does for the whole, by which diagrams colour it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar, get_type_hints

from torch import nn

from auditor.spec.schema import BlockShape

M = TypeVar("M", bound=type[nn.Module])


class Role(Enum):
    """What a block does for the whole model."""

    PROCESSING = "processing"
    ATTENTION = "attention"
    PYRAMID = "pyramid"
    CONTEXT = "multi-scale features"
    HEAD = "detection outputs"


@dataclass(frozen=True)
class Argument:
    """One setting of a block."""

    name: str
    type: Any
    default: Any

    @property
    def is_required(self) -> bool:
        return self.default is inspect.Parameter.empty


@dataclass(frozen=True)
class Block:
    """A registered class with what its signature says of it."""

    name: str
    module: Callable[..., nn.Module]
    per_level: bool
    arguments: Mapping[str, Argument]
    summary: str
    role: Role


_BLOCKS: dict[str, Block] = {}


def block(name: str, role: Role = Role.PROCESSING) -> Callable[[M], M]:
    """Register a class as the block `name`."""

    def register(module: M) -> M:
        if name in _BLOCKS:
            raise ValueError(f"two blocks are called '{name}'")
        _BLOCKS[name] = _describe(name, module, role)
        return module

    return register


def blocks() -> Mapping[str, Block]:
    """All registered blocks by name."""
    return _BLOCKS


def shapes() -> dict[str, BlockShape]:
    """What the JSON Schema of spec files says of every block."""
    return {
        name: BlockShape(
            block.summary,
            {argument.name: argument.type for argument in block.arguments.values()},
            tuple(argument.name for argument in block.arguments.values() if argument.is_required),
        )
        for name, block in _BLOCKS.items()
    }


def _describe(name: str, module: type[nn.Module], role: Role) -> Block:
    hints = get_type_hints(module.__init__)
    _, inputs, *settings = inspect.signature(module.__init__).parameters.values()
    arguments = {
        parameter.name: Argument(parameter.name, hints[parameter.name], parameter.default)
        for parameter in settings
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    summary = (inspect.getdoc(module) or "").partition("\n")[0]
    return Block(name, module, hints[inputs.name] is int, arguments, summary, role)
