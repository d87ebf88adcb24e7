"""The command line: which command is meant, and how it ends."""

from __future__ import annotations

import atexit
import gc
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from auditor.commands import EXIT_FINDINGS, EXIT_INTERRUPTED, EXIT_WRONG_INPUT, NAMES, command
from auditor.errors import AuditError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a narrow terminal encoding must not end the audit
    named = words[0] if words and words[0] in NAMES else None
    chosen = command(named or "audit")
    program = f"{_program()} {named}" if named else _program()
    try:
        return chosen.run(chosen.parser(program).parse_args(words[1:] if named else words))
    except AuditError as error:
        print(error, file=sys.stderr)
        return EXIT_WRONG_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FINDINGS


def run() -> NoReturn:
    """The command as a process of its own, which looks for garbage seldom and ends at once.

    To go through all that PyTorch consists of time and again, and to take it apart in the end, would
    take a quarter of the time that importing it takes.
    """
    gc.set_threshold(500_000)
    try:
        code = main()
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        os._exit(EXIT_INTERRUPTED)  # without waiting for others, which end by themselves
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)


def _program() -> str:
    """The command's name, as it was called."""
    name = Path(sys.argv[0]).name
    return name if name in ("audit.py", "auditor") else "audit.py"
