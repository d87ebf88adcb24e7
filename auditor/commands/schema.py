"""The JSON Schema of spec files."""

from __future__ import annotations

import argparse
import json

from auditor.commands import EXIT_PASSED

SUMMARY = "print the JSON Schema of spec files, for editors"


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the schema."""
    return argparse.ArgumentParser(prog=program, description="Print the JSON Schema of spec files.")


def run(options: argparse.Namespace) -> int:
    """Print the schema."""
    from auditor.models.registry import shapes
    from auditor.spec.schema import spec_schema

    print(json.dumps(spec_schema(shapes()), indent=2, ensure_ascii=False))
    return EXIT_PASSED
