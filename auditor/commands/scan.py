"""The scan: find every figure of a document, and which of them no spec speaks of."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from auditor.commands import EXIT_FINDINGS, EXIT_PASSED, described
from auditor.selection import select
from auditor.spec import load

SUMMARY = "find every figure of a document, and which of them no spec speaks of"

_EPILOG = """\
exit codes:
  0  the document is covered as asked for, and prints what is quoted from it
  1  a document's coverage is below --min-coverage, or it does not print any
     more what a spec quotes from it
  2  the input is wrong
"""


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the scan."""
    parser = argparse.ArgumentParser(
        prog=program,
        description=described(
            f"{SUMMARY[0].upper()}{SUMMARY[1:]}; draft claims for these, and reckon what it says of itself."
        ),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("documents", nargs="+", type=Path, metavar="DOC", help="a Markdown document")
    parser.add_argument(
        "--spec",
        action="append",
        default=[],
        type=Path,
        metavar="SPEC",
        help="a spec that quotes it, or a folder of them",
    )
    parser.add_argument(
        "--min-coverage", type=_percent, metavar="N", help="fail if less than N per cent of the figures are claimed"
    )
    parser.add_argument("--all", action="store_true", help="list every figure, also those that are claimed")
    parser.add_argument("--json", metavar="FILE", help="write the scans as data to FILE, or to standard output ('-')")
    return parser


def _percent(text: str) -> float:
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise argparse.ArgumentTypeError(f"'{text}' is no percentage from 0 to 100")
    return value


def run(options: argparse.Namespace) -> int:
    """Scan the documents that were named."""
    from auditor.render.console import show
    from auditor.render.figures import percentage
    from auditor.render.files import free, write
    from auditor.render.scan import scan_page
    from auditor.render.scan_data import as_data
    from auditor.scanning import scan

    paths = select(options.spec).specs if options.spec else ()
    specs = [load(path) for path in paths]
    scans = [scan(path, specs) for path in options.documents]
    data = json.dumps(as_data(scans), indent=2, ensure_ascii=False) + "\n" if options.json else ""
    if options.json == "-":
        sys.stdout.write(data)
    else:
        if options.json:
            write({free(Path(options.json), [*paths, *options.documents]): data})
        show([scan_page(found, everything=options.all) for found in scans], sys.stdout)
    short = [found for found in scans if found.coverage.percent < (options.min_coverage or 0)]
    for found in short:
        print(
            f"{found.path.as_posix()}: {percentage(found.coverage.percent)} of its figures are claimed,"
            f" less than {options.min_coverage:g}%",
            file=sys.stderr,
        )
    return EXIT_FINDINGS if short or any(found.drifted for found in scans) else EXIT_PASSED
