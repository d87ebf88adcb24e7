"""The page that lists the blocks specs can be made of."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.models.registry import Argument, Block
from auditor.render.page import Cell, Code, Page, Section, Table, columns


def library(blocks: Iterable[Block]) -> Page:
    """One row for every block, with its arguments."""
    rows = tuple(_row(block) for block in sorted(blocks, key=lambda block: block.name))
    table = Table(columns("Block", "Made", "Arguments", "Is"), rows)
    return Page("Blocks", (Section("The library", table=table, note="An argument without a value must be given."),))


def _row(block: Block) -> tuple[Cell, ...]:
    made = "per level" if block.per_level else "for all levels"
    arguments = ", ".join(_argument(argument) for argument in block.arguments.values())
    return Code(block.name), made, Code(arguments) if arguments else "", block.summary


def _argument(argument: Argument) -> str:
    return argument.name if argument.is_required else f"{argument.name}={str(argument.default).lower()}"
