"""Which files a run gives, with all that stands in them: reports, pages, diagrams and plots."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from auditor.auditing import Audit, explain_all
from auditor.errors import AuditError
from auditor.later import Later
from auditor.reading.records import dump_records, load_records, record, subjects
from auditor.render.diagram.drawing import diagram
from auditor.render.diagram.level import Level, drawing_name
from auditor.render.files import Files
from auditor.render.html import html
from auditor.render.markdown import markdown
from auditor.render.overview import Covering, overview, report_file
from auditor.render.page import Image, Page, Section
from auditor.render.pictures import Picture, begun
from auditor.render.plots import KINDS, OVERALL, overall, plots
from auditor.render.report import report as reported
from auditor.sharing import Share, alone
from auditor.spec import Spec
from auditor.workers import Begin, at_once

OVERVIEW, INDEX = "README.md", "index.html"

COVERAGE = "coverage.json"

Drawings = Mapping[Path, Later[bytes]]
"""The files of pictures, for when they are drawn."""


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


def report_files(
    audits: Iterable[Audit],
    folder: Callable[[], Folder],
    into: Folders,
    begin: Begin = at_once,
    share: Share = alone,
) -> Later[Files]:
    """Every file with its content, when all is drawn: those of each audit, and those of the overview of a whole folder.

    What has to be drawn is begun while further audits are made; the folder is asked for when all
    are there. What others can help with is shared.
    """
    shown: list[_Shown] = []
    sizes: list[Picture] = []

    def wanted() -> Iterator[tuple[Picture, tuple[str, ...]]]:
        for audit in map(_as_kept, audits):
            one = _Shown(audit, diagram(audit), plots(audit))
            shown.append(one)
            yield one.architecture, ("png", "svg")
            yield from ((picture, ("svg",)) for picture in one.figures)
        if folder().audits:
            sizes.append(overall([_as_kept(audit) for audit in folder().audits]))
            yield sizes[0], ("svg",)

    drawings = begun(wanted(), into.diagrams, begin)
    explain_all([one.audit for one in shown], share)  # while all this is being drawn
    files: Files = {into.diagrams / f"{one.architecture.name}.dot": one.architecture.source for one in shown}
    told = [_told(one, into) for one in shown]
    if sizes:
        audited, covered = [_as_kept(audit) for audit in folder().audits], folder().covered
        names = into.reports / OVERVIEW, into.reports / INDEX
        told.append(_Told(overview(audited, covered), *names, {"Sizes": sizes}, before="Variants"))
        records = {one.subject.key: one.record for one in covered if one.record}
        if records or (into.reports / COVERAGE).exists():
            files[into.reports / COVERAGE] = dump_records(records)
    texts = [_text(one, into) for one in told]

    def ended() -> Files:
        pages: Files = {}
        for one, text in zip(told, texts, strict=True):
            pages |= {one.text: text, one.html: _html(one, drawings, into)}
        return pages | files | {path: drawing.value for path, drawing in drawings.items()}

    return Later(ended)


@dataclass(frozen=True)
class _Shown:
    """An audit with all its pictures."""

    audit: Audit
    architecture: Picture
    figures: tuple[Picture, ...]


@dataclass(frozen=True)
class _Told:
    """A page that is written as text and as HTML, with pictures in sections of their own before one of its others."""

    page: Page
    text: Path
    html: Path
    pictures: Mapping[str, Sequence[Picture]]
    before: str


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


def _told(shown: _Shown, into: Folders) -> _Told:
    text = into.reports / report_file(shown.audit)
    pictures = {_ARCHITECTURE: [shown.architecture], "Plots": shown.figures}
    return _Told(reported(shown.audit), text, text.with_suffix(".html"), pictures, before="Components")


_ARCHITECTURE = "Architecture"


def _text(told: _Told, into: Folders) -> str:
    """The page as a code host shows it; sections without pictures are left out."""
    page = told.page
    place = [section.title for section in page.sections].index(told.before)
    new = [_illustrated(title, pictures, into) for title, pictures in told.pictures.items() if pictures]
    return markdown(replace(page, sections=(*page.sections[:place], *new, *page.sections[place:])))


def _illustrated(title: str, pictures: Iterable[Picture], into: Folders) -> Section:
    folder = os.path.relpath(into.diagrams, into.reports).replace(os.sep, "/")
    images = tuple(Image(picture.caption, quote(f"{folder}/{picture.name}.svg")) for picture in pictures)
    return Section(title, images=images)


def _html(told: _Told, drawings: Drawings, into: Folders) -> str:
    """The page as one file, with the pictures in it."""

    def svg(picture: Picture) -> str:
        return drawings[into.diagrams / f"{picture.name}.svg"].value.decode()

    drawing = "".join(map(svg, told.pictures.get(_ARCHITECTURE, ())))
    plots = (picture for title, some in told.pictures.items() if title != _ARCHITECTURE for picture in some)
    return html(told.page, drawing=drawing, pictures=[(picture.caption, svg(picture)) for picture in plots])


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
