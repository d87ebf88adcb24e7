"""The audit: build what specs describe, judge what documents claim of it, write the reports."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from enum import Enum
from pathlib import Path

from auditor import __version__
from auditor.commands import NAMES, add_import_options, command, described
from auditor.commands.reporting import Done, read, report
from auditor.recall import Outcome, grounds, is_alone, keep, name_of, recalled
from auditor.states import Digests, absolute, digest_of
from auditor.watching import Watch, unwatched, watching
from auditor.workers import cores

SUMMARY = "check what documents claim about a model against the model itself, built and measured"


class Cache(Enum):
    """When a run is told again, rather than done again, where nothing has changed."""

    BLOCKS = "blocks"
    ALL = "all"
    OFF = "off"


_EPILOG = """\
exit codes:
  0  everything is as the specs expect
  1  a budget is exceeded, a verdict is not the one on record, nothing was
     judged, or (with --check) a committed file is stale
  2  the input is wrong; nothing was written

other commands:
{commands}
"""


class _Parser(argparse.ArgumentParser):
    """A parser that looks up what the other commands do only when it is asked for help."""

    def format_help(self) -> str:
        others = "\n".join(f"  {name:<8}  {command(name).summary}" for name in NAMES)
        self.epilog = _EPILOG.format(commands=others)
        return super().format_help()


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the audit."""
    parser = _Parser(
        prog=program,
        description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}."),
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
    parser.add_argument(
        "--cache",
        choices=[cache.value for cache in Cache],
        default=Cache.BLOCKS.value,
        help="tell again what the last run told, if no file has changed since: unless the code of a factory took part"
        " ('blocks', as if nothing is said), in any case ('all'), or never ('off')",
    )
    parser.add_argument(
        "--jobs", type=_number, default=cores(), metavar="N", help="work in so many processes (the number of cores)"
    )
    add_import_options(parser)
    return parser


def _number(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of processes")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Audit the specs that were named, or tell again what came of it if nothing has changed since."""
    start = grounds() if Cache(options.cache) is not Cache.OFF and is_alone() else None
    if start is None:
        return _tell(report(options, read(options)))
    name = name_of(vars(options), start)
    known = recalled(name)
    if known:
        return _tell(Done(known.text, known.code))
    with watching() as watch:
        chosen = read(options)
        may_keep = Cache(options.cache) is Cache.ALL or not (chosen.has_factory or options.imports)
        with nullcontext() if may_keep else unwatched():
            done = report(options, chosen)
    seen = _seen(watch, done) if may_keep and not done.complaints else None
    if seen is not None and grounds() == start:
        keep(name, Outcome(done.text, done.code, seen))
    return _tell(done)


def _seen(watch: Watch, done: Done) -> Digests | None:
    """What a run looked at and wrote; None if it would go otherwise with the files as they are now."""
    if any(part.endswith(".yaml") for path in done.written for part in path.parts):
        return None  # one spec more may be another run
    written = {(place := absolute(path)): digest_of(place, content) for path, content in done.written.items()}
    return watch.seen(written, map(absolute, done.carried))


def _tell(done: Done) -> int:
    sys.stdout.write(done.text)
    sys.stdout.flush()
    for complaint in done.complaints:
        print(complaint, file=sys.stderr)
    return done.code
