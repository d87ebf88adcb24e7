"""The commands: each one a module with a parser of its options and a function that runs it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from textwrap import fill

from auditor.errors import AuditError

EXIT_PASSED, EXIT_FINDINGS, EXIT_WRONG_INPUT = 0, 1, 2
EXIT_INTERRUPTED = 130
"""What shells tell of a command that ended when it was interrupted."""


@dataclass(frozen=True)
class Command:
    """One word after the program's name, and what it does."""

    summary: str
    parser: Callable[[str], argparse.ArgumentParser]
    run: Callable[[argparse.Namespace], int]


NAMES = ("diagram", "scan", "explain", "solve", "what-if", "counters", "blocks", "schema")
"""The commands beside the audit, which has no word of its own."""


def described(text: str) -> str:
    """A command's description, broken into lines, since the help leaves lines as they are."""
    return fill(text, 79)


def add_import_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that builds models: which factories may be imported."""
    parser.add_argument(
        "--import",
        dest="imports",
        action="append",
        default=[],
        type=Path,
        metavar="SPEC",
        help="import the factory of this spec, too, which those named refer to",
    )
    parser.add_argument("--no-import", action="store_true", help="import no factory: models are made of blocks alone")


def importable(options: argparse.Namespace, named: Iterable[Path]) -> tuple[Path, ...]:
    """The spec files whose factories may be imported: those named as arguments or by an option."""
    for path in options.imports:
        if not path.is_file():
            raise AuditError(f"--import {path.as_posix()}: there is no such spec file")
    return () if options.no_import else (*named, *options.imports)


def command(name: str) -> Command:
    """The command of a name; only that one's module is imported."""
    module = import_module(f"{__name__}.{name.replace('-', '_')}")
    return Command(module.SUMMARY, module.parser, module.run)
