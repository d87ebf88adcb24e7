"""The audit: build what specs describe, judge what documents claim of it, write the reports."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from auditor import __version__
from auditor.commands import EXIT_FINDINGS, EXIT_PASSED, NAMES, add_import_options, command, described, importable
from auditor.selection import select
from auditor.spec import load

SUMMARY = "check what documents claim about a model against the model itself, built and measured"

_EPILOG = """\
exit codes:
  0  everything is as the specs expect
  1  a budget is exceeded, a verdict is not the one on record, nothing was
     judged, or (with --check) a committed file is stale
  2  the input is wrong; nothing was written

other commands:
{commands}
"""


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the audit."""
    others = "\n".join(f"  {name:<8}  {command(name).summary}" for name in NAMES)
    parser = argparse.ArgumentParser(
        prog=program,
        description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}."),
        epilog=_EPILOG.format(commands=others),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("specs", nargs="+", type=Path, metavar="SPEC", help="a spec file, or a folder of them")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is not up to date")
    parser.add_argument("--strict", action="store_true", help="let no refuted claim pass, not even one on record")
    parser.add_argument(
        "--documents",
        type=Path,
        metavar="DIR",
        help="where the documents are, to check that they print what is claimed",
    )
    parser.add_argument("--json", metavar="FILE", help="write the audits as data to FILE, or to standard output ('-')")
    parser.add_argument(
        "--reports", type=Path, default=Path("reports"), metavar="DIR", help="where reports are kept (reports)"
    )
    parser.add_argument(
        "--diagrams", type=Path, metavar="DIR", help="where pictures are kept (diagrams, beside the reports)"
    )
    add_import_options(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Audit the specs that were named."""
    # Specs are read before PyTorch is imported, so that a mistake in one shows at once.
    selection = select(options.specs)
    given = importable(options, selection.specs)
    specs = {path: load(path, given=given) for path in dict.fromkeys(selection.specs + selection.folder)}

    from auditor.auditing import audit_all
    from auditor.render.console import show
    from auditor.render.data import as_data
    from auditor.render.files import free, orphans, stale, write, written
    from auditor.render.overview import overview
    from auditor.render.progress import progress
    from auditor.render.report import summary
    from auditor.render.reports import Folders, coverings, report_files

    with progress("auditing") as report:
        audited = audit_all(specs.values(), strict=options.strict, documents=options.documents, report=report)
    by_path = dict(zip(specs, audited, strict=True))
    audits = [by_path[path] for path in selection.specs]
    folder = [by_path[path] for path in selection.folder]
    covered = coverings(folder, options.reports)
    with progress("drawing and writing") as report:
        reports = report_files(
            audits,
            folder,
            covered,
            Folders(options.reports, options.diagrams or options.reports.parent / "diagrams"),
            report,
        )
    data = json.dumps(as_data(audits), indent=2) + "\n" if options.json else ""

    complaints = [f"{path.as_posix()} is missing or out of date" for path in stale(reports)] if options.check else []
    if options.check and set(selection.folder) == set(selection.specs):
        complaints += [f"{path.as_posix()} belongs to no spec; delete it" for path in orphans(reports)]
    files = {} if options.check else reports
    if options.json and options.json != "-":
        files = files | {free(Path(options.json), [*reports, *specs]): data}
    write(files)

    if options.json == "-":
        sys.stdout.write(data)
    else:
        show([*([overview(folder, covered)] if folder else []), *(summary(audit) for audit in audits)], sys.stdout)
        if not options.check:
            print(f"\nWritten: {written(reports)}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return EXIT_FINDINGS if complaints or not all(audit.passed for audit in audits) else EXIT_PASSED
