"""Second opinions: what other counters make of a spec's model, and why they differ."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from auditor.commands import EXIT_PASSED, add_import_options, described, importable
from auditor.spec import load

SUMMARY = "count a spec's multiply-accumulates with other counters, too, and say why they differ"


def parser(program: str) -> argparse.ArgumentParser:
    """The options of second opinions."""
    parser = argparse.ArgumentParser(prog=program, description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}."))
    parser.add_argument("spec", type=Path, metavar="SPEC", help="a spec file")
    parser.add_argument(
        "--with",
        dest="names",
        action="append",
        default=[],
        metavar="COUNTER",
        help="torch, fvcore, thop, torchinfo or ptflops (those of the first three that are installed)",
    )
    parser.add_argument("--json", metavar="FILE", help="write it all as data to FILE, or to standard output ('-')")
    add_import_options(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Have the model counted, and show what comes out."""
    spec = load(options.spec, given=importable(options, [options.spec]))

    from auditor.counters.data import as_data
    from auditor.counters.opinions import opinions
    from auditor.counters.page import opinions_page
    from auditor.render.console import show
    from auditor.render.files import free, write
    from auditor.render.progress import progress

    with progress("counting") as report:
        found = opinions(spec, options.names, report)
    data = json.dumps(as_data(found), indent=2) + "\n" if options.json else ""
    if options.json == "-":
        sys.stdout.write(data)
        return EXIT_PASSED
    if options.json:
        write({free(Path(options.json), [options.spec]): data})
    show([opinions_page(found)], sys.stdout)
    return EXIT_PASSED
