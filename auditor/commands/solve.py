"""Solve: all settings under which claims about parameters hold."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.commands import EXIT_FINDINGS, EXIT_PASSED, add_import_options, described, importable
from auditor.errors import AuditError, hint
from auditor.spec import Claim, Spec, load
from auditor.spec.expression import Quantity

SUMMARY = "find the settings under which a claim about parameters holds"

_EPILOG = """\
values:
  fpn.channels=32..96:4        from 32 to 96 in steps of 4
  attention.reduction=8,16,32  one of these
  fpn.block=bifpn,bifpn_light  another block in the stage's place
  shuffle=on,off               the stage may be left out
  args.width=16..64:16         an argument of the spec's factory

exit codes:
  0  some setting holds
  1  none does
  2  the input is wrong
"""


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the search."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}, the nearest to the spec's own first."),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a spec file")
    parser.add_argument(
        "--claim",
        action="append",
        required=True,
        metavar="CLAIM",
        help="the claim that should hold: its figure (489K), its expression, its id, or 'total'; several hold together",
    )
    parser.add_argument(
        "--vary", nargs="+", action="extend", default=[], metavar="STAGE.ARGUMENT=VALUES", help="what may vary, and how"
    )
    add_import_options(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Search all combinations."""
    spec = load(options.spec, given=importable(options, [options.spec]))
    claims = tuple(_claim(spec, text) for text in options.claim)

    from auditor.forensics.search import parse_choice
    from auditor.render.console import show
    from auditor.render.progress import progress
    from auditor.render.solutions import solutions
    from auditor.solving import solve_claims

    choices = tuple(parse_choice(text) for text in options.vary)
    with progress("building blocks") as report:
        solved = solve_claims(spec, claims, choices, report)
    show([solutions(solved)], sys.stdout)
    return EXIT_PASSED if solved.outcome.holding else EXIT_FINDINGS


def _claim(spec: Spec, text: str) -> Claim:
    """The first claim that is called so."""
    for claim in spec.claims:
        is_total = text == "total" and claim.of is not None and _is_total(claim)
        called = (
            claim.says.figure,
            claim.says.text,
            claim.of.text if claim.of else "",
            f"{claim.doc}:{claim.line}:{claim.says.figure}",
        )
        if claim.is_measurable and (is_total or text in called):
            return claim
    known = [claim.says.figure for claim in spec.claims if claim.is_measurable]
    raise AuditError(f"--claim {text}: no claim of {spec.name} is called so" + hint(text, known, "figures"))


def _is_total(claim: Claim) -> bool:
    root = claim.of.root if claim.of else None
    return isinstance(root, Quantity) and root.word == "params" and not root.arguments
