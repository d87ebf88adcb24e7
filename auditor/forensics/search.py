"""What is searched: claims about parameters, over the combinations of some settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import prod

import yaml

from auditor.claims.scope import Scope
from auditor.errors import AuditError, Mark, SpecError, hint
from auditor.models import blocks
from auditor.models.factories import parameters
from auditor.models.registry import Block
from auditor.spec import Claim, Spec
from auditor.spec.bind import bind
from auditor.spec.factory import ARGS, Factory
from auditor.spec.settings import BLOCK, OFF, parse_setting
from auditor.spec.tree import Node

SEARCHED = ("params", "trainable")
"""The quantities that can be searched, which add up over the stages."""

MOST = 20_000_000
"""Combinations beyond which a search is refused."""

MOST_CALLS = 2_000
"""The same for those of a factory's arguments, for each of which a whole model is built."""


@dataclass(frozen=True)
class Choice:
    """One setting that is varied, with all of its values."""

    stage: str
    argument: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.stage}.{self.argument}" if self.argument else self.stage


def parse_choice(text: str) -> Choice:
    """Read what is to be varied: `fpn.channels=32..96:4`, `attention.reduction=8,16,32`, `shuffle=on,off`."""
    setting = parse_setting(text, "--vary")
    values = [value for part in setting.value.split(",") for value in _range(part.strip(), text)]
    return Choice(setting.stage, setting.argument, tuple(dict.fromkeys(values)))


def _range(part: str, text: str) -> list[str]:
    if ".." not in part:
        return [part]
    ends, _, step = part.partition(":")
    first, _, last = ends.partition("..")
    try:
        by = int(step or 1)
        numbers = range(int(first), int(last) + (1 if by > 0 else -1), by)
    except ValueError:
        raise AuditError(f"--vary {text}: a range is written as 32..96 or 32..96:4, in whole numbers") from None
    if len(numbers) > MOST:
        raise AuditError(f"--vary {text}: {len(numbers):,} values are too many; at most {MOST:,} are searched")
    if not numbers:
        raise AuditError(f"--vary {text}: the range {part} is empty")
    return [str(number) for number in numbers]


@dataclass(frozen=True)
class Search:
    """What is searched: claims of a spec over the combinations of some choices."""

    scope: Scope
    claims: tuple[Claim, ...]
    choices: tuple[Choice, ...]

    @property
    def spec(self) -> Spec:
        return self.scope.variant.spec

    @property
    def size(self) -> int:
        return prod(len(choice.values) for choice in self.choices)

    @cached_property
    def own(self) -> dict[str, str]:
        """The spec's own value for each choice."""
        if self.spec.factory:
            return {choice.name: _own_argument(self.spec.factory, choice.argument) for choice in self.choices}
        found = {}
        for choice in self.choices:
            stage = self.spec.model[choice.stage]
            if not choice.argument:
                found[choice.name] = "on"
            elif choice.argument == BLOCK:
                found[choice.name] = stage.block
            else:
                entry = stage.arguments.get(choice.argument)
                argument = blocks()[stage.block].arguments.get(choice.argument)
                default = str(argument.default).lower() if argument else ""
                found[choice.name] = entry.node.text if entry else default
        return found


def _own_argument(factory: Factory, name: str) -> str:
    if name in factory.arguments:
        return factory.arguments[name].node.text
    known = parameters(factory) or {}
    return str(known[name].default).lower() if name in known else ""


def check(search: Search) -> None:
    """Refuse what cannot be searched, with the reason."""
    varied = [choice.name for choice in search.choices]
    if twice := next((name for name in varied if varied.count(name) > 1), None):
        raise AuditError(f"--vary {twice}: is given twice; list its values with commas")
    if search.spec.factory:
        _check_arguments(search.spec.factory, search.choices)
    else:
        _check_stages(search)
    most = MOST_CALLS if search.spec.factory else MOST
    if search.size > most:
        raise AuditError(f"{search.size:,} combinations are too many; at most {most:,} are searched")
    for claim in search.claims:
        for quantity in claim.of.quantities() if claim.of else ():
            if quantity.word not in SEARCHED:
                raise AuditError(
                    f"'{quantity.word}' in {claim.of.text if claim.of else ''}: only parameters are searched"
                )


def _check_stages(search: Search) -> None:
    for choice in search.choices:
        if choice.stage not in search.spec.model:
            known = search.spec.model
            raise AuditError(f"--vary {choice.name}: the spec has no such stage" + hint(choice.stage, known, "stages"))
        known_arguments = {name for block in _blocks_of(choice.stage, search) for name in block.arguments}
        if choice.argument not in ("", BLOCK, *known_arguments):
            names = " or ".join(f"'{block.name}'" for block in _blocks_of(choice.stage, search))
            advice = hint(choice.argument, known_arguments, "arguments")
            raise AuditError(f"--vary {choice.name}: the block {names} has no such argument{advice}")
        _check_values(choice, search)
        unfit = [value for value in choice.values if not choice.argument and value not in ("on", OFF)]
        if unfit:
            raise AuditError(f"--vary {choice.name}={unfit[0]}: a stage is on or off")


def _check_arguments(factory: Factory, choices: tuple[Choice, ...]) -> None:
    known = parameters(factory)
    for choice in choices:
        if choice.stage != ARGS or not choice.argument:
            raise AuditError(
                f"--vary {choice.name}: the model has no stages, but a factory; vary its arguments: {ARGS}.NAME=VALUES"
            )
        if known is not None and choice.argument not in known:
            advice = hint(choice.argument, known, "arguments")
            raise AuditError(f"--vary {choice.name}: '{factory.name}' has no such argument{advice}")


def _check_values(choice: Choice, search: Search) -> None:
    """Each value of an argument must be one that a block in question can take."""
    taking = [block for block in _blocks_of(choice.stage, search) if choice.argument in block.arguments]
    for value in choice.values if taking else ():
        mark = Mark(f"--vary {choice.name}={value}", 1, 1)
        node = Node(mark, yaml.safe_load(value), value)
        errors = []
        for block in taking:
            try:
                bind(node, block.arguments[choice.argument].type, f"'{choice.argument}'")
            except SpecError as error:
                errors.append(error)
        if len(errors) == len(taking):
            raise errors[0]


def _blocks_of(stage: str, search: Search) -> list[Block]:
    """The block of a stage, and those that may take its place."""
    names = [search.spec.model[stage].block]
    names += [
        v for choice in search.choices if (choice.stage, choice.argument) == (stage, BLOCK) for v in choice.values
    ]
    unknown = next((name for name in names if name not in blocks()), None)
    if unknown:
        advice = hint(unknown, blocks(), "blocks")
        raise AuditError(f"--vary {stage}.block={unknown}: unknown block '{unknown}'{advice}")
    return [blocks()[name] for name in dict.fromkeys(names)]
