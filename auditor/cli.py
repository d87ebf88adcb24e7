"""The command: options, files and exit codes; what is decided is decided elsewhere."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from auditor import __version__
from auditor.errors import AuditError
from auditor.selection import select
from auditor.spec import load

EXIT_PASSED, EXIT_FINDINGS, EXIT_WRONG_INPUT = 0, 1, 2

_EPILOG = """\
exit codes:
  0  everything is as the specs expect
  1  a budget is exceeded, a verdict is not the one on record, nothing was
     judged, or (with --check) a committed report is stale
  2  the input is wrong; nothing was written

other commands:
  blocks    list the blocks that specs can be made of
  schema    print the JSON Schema of spec files, for editors
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a narrow terminal encoding must not end the audit
    try:
        if words[:1] == ["schema"]:
            return _schema(words[1:])
        if words[:1] == ["blocks"]:
            return _blocks(words[1:])
        return _audit(_parser().parse_args(words))
    except AuditError as error:
        print(error, file=sys.stderr)
        return EXIT_WRONG_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FINDINGS


def _program() -> str:
    """The command's name, as it was called."""
    name = Path(sys.argv[0]).name
    return name if name in ("audit.py", "auditor") else "audit.py"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_program(),
        description="Check what documents claim about a model against the model itself, built and measured.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    parser.add_argument("specs", nargs="+", type=Path, metavar="SPEC", help="a spec file, or a folder of them")
    parser.add_argument("--check", action="store_true", help="write no report; fail if one is not up to date")
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
    return parser


def _audit(options: argparse.Namespace) -> int:
    # Specs are read before PyTorch is imported, so that a mistake in one shows at once.
    selection = select(options.specs)
    specs = {path: load(path) for path in dict.fromkeys(selection.specs + selection.folder)}

    from auditor.auditing import audit_all
    from auditor.render.console import show
    from auditor.render.data import as_data
    from auditor.render.files import orphans, report_files, stale, write
    from auditor.render.overview import overview
    from auditor.render.report import summary

    by_path = dict(
        zip(specs, audit_all(specs.values(), strict=options.strict, documents=options.documents), strict=True)
    )
    audits = [by_path[path] for path in selection.specs]
    folder = [by_path[path] for path in selection.folder]
    reports = report_files(audits, folder, options.reports)
    data = json.dumps(as_data(audits), indent=2) + "\n" if options.json else ""

    complaints = [f"{path.as_posix()} is missing or out of date" for path in stale(reports)] if options.check else []
    if options.check and set(selection.folder) == set(selection.specs):
        complaints += [f"{path.as_posix()} belongs to no spec; delete it" for path in orphans(reports)]
    files = {} if options.check else reports
    if options.json and options.json != "-":
        files = files | {_free(Path(options.json), [*reports, *specs]): data}
    write(files)

    if options.json == "-":
        sys.stdout.write(data)
    else:
        show([*([overview(folder)] if folder else []), *(summary(audit) for audit in audits)], sys.stdout)
        if not options.check:
            print(f"\nWritten: {', '.join(path.as_posix() for path in reports)}")
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return EXIT_FINDINGS if complaints or not all(audit.passed for audit in audits) else EXIT_PASSED


def _free(path: Path, taken: Sequence[Path]) -> Path:
    """The path, if writing to it would not lose a spec or a report."""
    if any(path.resolve() == other.resolve() for other in taken):
        raise AuditError(f"{path.as_posix()}: is a spec or a report; the data would take its place")
    return path


def _blocks(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{_program()} blocks", description="List the blocks of the library.")
    parser.parse_args(words)
    from auditor.models import blocks
    from auditor.render.library import library
    from auditor.render.markdown import markdown

    sys.stdout.write(markdown(library(blocks().values())))
    return EXIT_PASSED


def _schema(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog=f"{_program()} schema", description="Print the JSON Schema of spec files.")
    parser.parse_args(words)
    from auditor.models.registry import shapes
    from auditor.spec.schema import spec_schema

    print(json.dumps(spec_schema(shapes()), indent=2, ensure_ascii=False))
    return EXIT_PASSED
