"""What an audit does: read, measure, judge, draw, write."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from auditor.commands import EXIT_FINDINGS, EXIT_PASSED, importable
from auditor.render.prepare import prepare
from auditor.selection import Selection, select
from auditor.sharing import Share, shared_by
from auditor.watching import look, unwatched
from auditor.workers import Begin, at_once, workers

T = TypeVar("T")
R = TypeVar("R")

if TYPE_CHECKING:
    from auditor.render.files import Files
    from auditor.spec import Spec


@dataclass(frozen=True)
class Chosen:
    """The specs of a selection, as they were read."""

    selection: Selection
    specs: Mapping[Path, Spec]

    @property
    def has_factory(self) -> bool:
        """Whether anybody's code has a part in the audit."""
        return any(spec.factory for spec in self.specs.values())


@dataclass(frozen=True)
class Done:
    """What came of an audit; of the files that were written, those carried on were read for what is to stay in them."""

    text: str
    code: int
    complaints: tuple[str, ...] = ()
    written: Files = field(default_factory=dict)
    carried: tuple[Path, ...] = ()


def read(options: argparse.Namespace) -> Chosen:
    """Read the specs that were named, before PyTorch is imported, so that a mistake in one shows at once."""
    from auditor.spec import load_all

    for path in (*options.specs, *options.imports, *([options.documents] if options.documents else ())):
        look(path)
    selection = select(options.specs)
    given = importable(options, selection.specs)
    paths = dict.fromkeys(selection.specs + selection.folder)
    return Chosen(selection, load_all(paths, given=given))


def report(options: argparse.Namespace, chosen: Chosen) -> Done:
    """Audit specs, and write what there is to tell of them."""
    # A process that has PyTorch already may have threads, with which it must not be copied.
    jobs = options.jobs if "torch" not in sys.modules else 1
    if jobs > 1:
        import numpy  # noqa: F401  # all processes need it, and so have it from the start
    with workers(jobs if jobs > 1 else 0, prepare) as begin:
        return _reported(options, chosen.selection, chosen.specs, begin or _here, shared_by(jobs))


def _here(work: Callable[[T], R], thing: T) -> Callable[[], R]:
    """Draw in this process; what is looked at for that, such as fonts, is no part of what a run follows from."""
    with unwatched():
        return at_once(work, thing)


def _reported(
    options: argparse.Namespace, selection: Selection, specs: Mapping[Path, Spec], begin: Begin, share: Share
) -> Done:
    from auditor.auditing import Audit, audit_each

    found = audit_each(specs.values(), strict=options.strict, documents=options.documents, share=share)

    from auditor.render.console import shown  # while others have begun to measure
    from auditor.render.data import as_data
    from auditor.render.files import free, orphans, stale, write, written
    from auditor.render.overview import overview
    from auditor.render.progress import tracked
    from auditor.render.report import summary
    from auditor.render.reports import COVERAGE, Folder, Folders, check_names, coverings, report_files

    check_names(specs[path] for path in selection.specs)
    done: dict[Path, Audit] = {}

    def audits() -> Iterator[Audit]:
        for path, audit in zip(specs, tracked("auditing", found, len(specs)), strict=True):
            done[path] = audit
            if path in selection.specs:
                yield audit

    @cache
    def folder() -> Folder:
        among = [done[path] for path in selection.folder]
        return Folder(among, coverings(among, options.reports))

    into = Folders(options.reports, options.diagrams or options.reports.parent / "diagrams")
    coming = report_files(audits(), folder, into, begin, share)
    audited = [done[path] for path in selection.specs]
    data = json.dumps(as_data(audited), indent=2) + "\n" if options.json else ""

    text = data
    if options.json != "-":
        overviews = [overview(folder().audits, folder().covered)] if selection.folder else []
        text = shown([*overviews, *map(summary, audited)], sys.stdout)

    reports = coming.value
    complaints = [f"{path.as_posix()} is missing or out of date" for path in stale(reports)] if options.check else []
    if options.check and set(selection.folder) == set(selection.specs):
        complaints += [f"{path.as_posix()} belongs to no spec; delete it" for path in orphans(reports)]
    files = {} if options.check else reports
    if options.json and options.json != "-":
        files = files | {free(Path(options.json), [*reports, *specs]): data}
    write(files)
    if not options.check and options.json != "-":
        text += f"\nWritten: {written(reports)}\n"
    passed = not complaints and all(audit.passed for audit in audited)
    code = EXIT_PASSED if passed else EXIT_FINDINGS
    return Done(text, code, tuple(complaints), files, carried=(options.reports / COVERAGE,))
