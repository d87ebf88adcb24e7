"""Which files a run gives, with all that stands in them: reports, pages, diagrams and plots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from auditor.auditing import Audit
from auditor.errors import AuditError
from auditor.reading.records import dump_records, load_records, record, subjects
from auditor.render.diagram.drawing import diagram
from auditor.render.diagram.level import Level, drawing_name
from auditor.render.files import Files
from auditor.render.html import html
from auditor.render.markdown import markdown
from auditor.render.overview import Covering, overview, report_file
from auditor.render.page import Image, Page, Section
from auditor.render.pictures import Map, Picture, drawn
from auditor.render.plots import KINDS, OVERALL, overall, plots
from auditor.render.report import report as reported
from auditor.spec import Spec

OVERVIEW, INDEX = "README.md", "index.html"

COVERAGE = "coverage.json"

Drawings = Mapping[Path, bytes]
"""The files of pictures."""


@dataclass(frozen=True)
class Folders:
    """Where a run keeps what it writes."""

    reports: Path
    diagrams: Path


@dataclass(frozen=True)
class Folder:
    """All audits of a folder, which an overview goes over, and how much of each document they cover."""

    audits: Sequence[Audit] = ()
    covered: Sequence[Covering] = ()


def report_files(audits: Iterable[Audit], folder: Callable[[], Folder], into: Folders, each: Map = map) -> Files:
    """Every file with its content: those of each audit, and those of the overview of a whole folder.

    What has to be drawn is begun by `each` while further audits are made; the folder is asked for
    when all are there.
    """
    shown: list[_Shown] = []
    sizes: list[Picture] = []

    def wanted() -> Iterator[tuple[Picture, str]]:
        for audit in map(_as_kept, audits):
            one = _Shown(audit, diagram(audit), plots(audit))
            shown.append(one)
            yield one.architecture, "png"  # what takes longest comes first
            yield from ((picture, "svg") for picture in (one.architecture, *one.figures))
        if folder().audits:
            sizes.append(overall([_as_kept(audit) for audit in folder().audits]))
            yield sizes[0], "svg"
        for one in shown:
            one.audit.explain()  # while all this is being drawn

    drawings = drawn(wanted(), into.diagrams, each)
    files: Files = {}
    for one in shown:
        files |= _audit_files(one, drawings, into)
    covered = folder().covered
    if sizes:
        files |= _overview_files([_as_kept(audit) for audit in folder().audits], sizes, covered, drawings, into)
        records = {one.subject.key: one.record for one in covered if one.record}
        if records or (into.reports / COVERAGE).exists():
            files[into.reports / COVERAGE] = dump_records(records)
    return files | drawings


@dataclass(frozen=True)
class _Shown:
    """An audit with all its pictures."""

    audit: Audit
    architecture: Picture
    figures: tuple[Picture, ...]


def check_names(specs: Iterable[Spec]) -> None:
    """Refuse specs of which some files would have the same names, or those of the overview."""
    owners = {name.casefold(): "the overview" for name in ("README", "index", OVERALL)}
    for spec in specs:
        shown = spec.path.as_posix()
        diagrams = (drawing_name(spec.name, level) for level in Level)
        for name in (*diagrams, *(f"{spec.name}-{kind}" for kind in KINDS)):
            owner = owners.setdefault(name.casefold(), shown)
            if owner != shown:
                raise AuditError(f"{shown}: the name '{name}' is taken by {owner}; some of their files would be one")


def _audit_files(shown: _Shown, drawings: Drawings, into: Folders) -> Files:
    architecture, figures, page = shown.architecture, shown.figures, reported(shown.audit)
    sections = [_illustrated("Architecture", [architecture], into), _illustrated("Plots", figures, into)]
    written = into.reports / report_file(shown.audit)
    drawing, plotted = _svg(architecture, drawings, into), _captioned(figures, drawings, into)
    return {
        written: markdown(_with(page, sections, before="Components")),
        written.with_suffix(".html"): html(page, drawing=drawing, pictures=plotted),
        into.diagrams / f"{architecture.name}.dot": architecture.source,
    }


def _overview_files(
    audits: Sequence[Audit],
    pictures: Sequence[Picture],
    covered: Sequence[Covering],
    drawings: Drawings,
    into: Folders,
) -> Files:
    page = overview(audits, covered)
    return {
        into.reports / OVERVIEW: markdown(_with(page, [_illustrated("Sizes", pictures, into)], before="Variants")),
        into.reports / INDEX: html(page, pictures=_captioned(pictures, drawings, into)),
    }


def _illustrated(title: str, pictures: Sequence[Picture], into: Folders) -> Section:
    """Pictures as a report on a code host shows them."""
    folder = os.path.relpath(into.diagrams, into.reports).replace(os.sep, "/")
    images = tuple(Image(picture.caption, quote(f"{folder}/{picture.name}.svg")) for picture in pictures)
    return Section(title, images=images)


def _with(page: Page, sections: Iterable[Section], before: str) -> Page:
    """The page with sections put before another one; those without pictures are left out."""
    place = [section.title for section in page.sections].index(before)
    new = (section for section in sections if section.images)
    return replace(page, sections=(*page.sections[:place], *new, *page.sections[place:]))


def _captioned(pictures: Iterable[Picture], drawings: Drawings, into: Folders) -> list[tuple[str, str]]:
    return [(picture.caption, _svg(picture, drawings, into)) for picture in pictures]


def _svg(picture: Picture, drawings: Drawings, into: Folders) -> str:
    return drawings[into.diagrams / f"{picture.name}.svg"].decode()


def coverings(folder: Sequence[Audit], kept_in: Path) -> tuple[Covering, ...]:
    """How much of each document is covered: of one that is not at hand, what is on record of it."""
    kept = load_records(kept_in / COVERAGE)
    read = {(audit.spec.path, name): reading for audit in folder for name, reading in audit.read.items()}
    found = []
    for subject in subjects(audit.spec for audit in folder):
        at_hand = (read[key] for source in subject.sources if (key := (source.spec.path, source.doc)) in read)
        found.append(Covering(subject, record(subject, next(at_hand, None), kept)))
    return tuple(found)


def _as_kept(audit: Audit) -> Audit:
    """The audit as reports tell it: how strict one run was is not the model's or the document's affair."""
    return replace(audit, strict=False)
