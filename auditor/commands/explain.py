"""Explanations at length: how wrong figures came about, and what each telling rests on."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from auditor.commands import EXIT_PASSED, add_import_options, described, importable
from auditor.errors import AuditError, hint
from auditor.spec import load

SUMMARY = "say at length how wrong figures of a spec came about"


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the explanations."""
    parser = argparse.ArgumentParser(prog=program, description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}."))
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a spec file")
    parser.add_argument(
        "claim", nargs="?", metavar="CLAIM", help="one claim: its figure as printed (489K), or its id (diagram:36:493K)"
    )
    add_import_options(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Explain the claims that do not hold."""
    spec = load(options.spec, given=importable(options, [options.spec]))

    from auditor.auditing import audit_all
    from auditor.render.console import show
    from auditor.render.explained import explained_page

    (found,) = audit_all([spec])
    wrong = [judgement for judgement in found.wrong if judgement.id in found.explanations]
    chosen = [j for j in wrong if options.claim in (None, j.id, j.claim.says.figure, j.claim.says.text)]
    if options.claim and not chosen:
        known = [name for j in wrong for name in (j.id, j.claim.says.figure)]
        message = f"{options.claim}: no figure that is wrong is called so"
        raise AuditError(message + hint(options.claim, known, "wrong figures"))
    show([explained_page(found, chosen)], sys.stdout)
    return EXIT_PASSED
