"""From a spec to a real model: its stages, built and put in a row, or what its factory makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from auditor.errors import SpecError, first_line, hint
from auditor.models.factories import make
from auditor.models.registry import Block, blocks
from auditor.spec import Spec, Stage
from auditor.spec.bind import bind


class PerLevel(nn.ModuleList):
    """One module for each level, applied to its own level."""

    def forward(self, levels: list[Tensor]) -> list[Tensor]:
        return [module(x_BCHW) for module, x_BCHW in zip(self, levels, strict=True)]


_ANY_MODULE = nn.Module()


class Pipeline(nn.Module):
    """Stages in a row: the image enters as a single level, the last stage's result comes out."""

    def __init__(self, stages: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, stage in stages.items():
            self.add_module(name, stage)

    def forward(self, image: Tensor) -> Any:
        result: Any = [image]
        for stage in self.children():
            result = stage(result)
        return result


def build(spec: Spec) -> nn.Module:
    """Build the model a spec describes; a SpecError points at what cannot be built."""
    return make(spec, spec.factory) if spec.factory else _pipeline(spec)


def _pipeline(spec: Spec) -> Pipeline:
    channels: tuple[int, ...] | None = spec.input.shape[:1]
    stages: dict[str, nn.Module] = {}
    for name, stage in spec.model.items():
        if hasattr(_ANY_MODULE, name):
            raise SpecError(stage.mark, f"'{name}' cannot name a stage: every PyTorch module has a member so called")
        if channels is None:
            raise SpecError(stage.mark, f"the stage '{name}' comes after '{list(stages)[-1]}', which ends the pipeline")
        stages[name], channels = build_stage(name, stage, channels)
    _check_assumptions(spec)
    return Pipeline(stages)


def _check_assumptions(spec: Spec) -> None:
    """An assumption about a stage's argument must be about one that its block has."""
    for subject in spec.assumptions:
        stage, _, argument = subject.text.partition(".")
        if argument and stage in spec.model:
            known = blocks()[spec.model[stage].block].arguments
            if argument not in known:
                message = f"'{stage}' has no argument '{argument}' to assume" + hint(argument, known, "arguments")
                raise SpecError(subject.mark, message)


def build_stage(name: str, stage: Stage, channels: tuple[int, ...]) -> tuple[nn.Module, tuple[int, ...] | None]:
    """Build one stage on the channels of its levels, and say which ones it gives; None ends the pipeline."""
    block = blocks().get(stage.block)
    if block is None:
        raise SpecError(stage.mark, f"unknown block '{stage.block}'" + hint(stage.block, blocks(), "blocks"))
    arguments = _bind_arguments(name, stage, block)
    try:
        if not block.per_level:
            module = block.module(channels, **arguments)
            return module, getattr(module, "out_channels", channels)
        levels = [block.module(width, **arguments) for width in channels]
    except Exception as error:  # a block may be anyone's code
        raise SpecError(stage.mark, f"'{name}' cannot be built: {first_line(error)}") from error
    outputs = [getattr(level, "out_channels", width) for level, width in zip(levels, channels, strict=True)]
    return PerLevel(levels), None if None in outputs else tuple(outputs)


def _bind_arguments(name: str, stage: Stage, block: Block) -> dict[str, Any]:
    for given, entry in stage.arguments.items():
        if given not in block.arguments:
            message = f"block '{block.name}' has no argument '{given}'" + hint(given, block.arguments, "arguments")
            raise SpecError(entry.mark, message)
    for argument in block.arguments.values():
        if argument.is_required and argument.name not in stage.arguments:
            raise SpecError(stage.mark, f"'{name}' lacks the argument '{argument.name}' of block '{block.name}'")
    return {
        given: bind(entry.node, block.arguments[given].type, f"'{given}'") for given, entry in stage.arguments.items()
    }
