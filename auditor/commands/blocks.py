"""The list of blocks."""

from __future__ import annotations

import argparse
import sys

from auditor.commands import EXIT_PASSED

SUMMARY = "list the blocks that specs can be made of"


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the list."""
    return argparse.ArgumentParser(prog=program, description="List the blocks of the library.")


def run(options: argparse.Namespace) -> int:
    """Print the list."""
    from auditor.models import blocks
    from auditor.render.library import library
    from auditor.render.markdown import markdown

    sys.stdout.write(markdown(library(blocks().values())))
    return EXIT_PASSED
