"""The commands: each one a module with a parser of its options and a function that runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from textwrap import fill

EXIT_PASSED, EXIT_FINDINGS, EXIT_WRONG_INPUT = 0, 1, 2


@dataclass(frozen=True)
class Command:
    """One word after the program's name, and what it does."""

    summary: str
    parser: Callable[[str], argparse.ArgumentParser]
    run: Callable[[argparse.Namespace], int]


NAMES = ("diagram", "scan", "explain", "solve", "what-if", "blocks", "schema")
"""The commands beside the audit, which has no word of its own."""


def described(text: str) -> str:
    """A command's description, broken into lines, since the help leaves lines as they are."""
    return fill(text, 79)


def command(name: str) -> Command:
    """The command of a name; only that one's module is imported."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    return Command(module.SUMMARY, module.parser, module.run)
