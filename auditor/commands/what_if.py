"""What if: the same model with some settings changed, measured beside the original."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.commands import EXIT_PASSED, add_import_options, described, importable
from auditor.spec import load
from auditor.spec.settings import parse_setting

SUMMARY = "measure a spec with some settings changed, beside the original"


def parser(program: str) -> argparse.ArgumentParser:
    """The options of what-if."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}: what it saves, and which claims would hold then."),
    )
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a spec file")
    parser.add_argument(
        "--set",
        action="append",
        required=True,
        metavar="STAGE.ARGUMENT=VALUE",
        help="a setting to change; STAGE.block=NAME takes another block, STAGE=off leaves the stage out;"
        " args.NAME=VALUE is an argument of the spec's factory",
    )
    add_import_options(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Measure both, and judge the claims of both."""
    spec = load(options.spec, given=importable(options, [options.spec]))
    settings = [parse_setting(text, "--set") for text in options.set]

    from auditor.comparing import compare_variants
    from auditor.render.comparison import comparison
    from auditor.render.console import show
    from auditor.spec.overrides import changed

    show([comparison(compare_variants(spec, changed(spec, settings), settings))], sys.stdout)
    return EXIT_PASSED
