"""Which report files a run gives, with their text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from auditor.auditing import Audit
from auditor.errors import AuditError
from auditor.reading.records import dump_records, load_records, record, subjects
from auditor.render.markdown import markdown
from auditor.render.overview import Covering, overview, report_file
from auditor.render.report import report

OVERVIEW = "README.md"


COVERAGE = "coverage.json"


def report_files(
    audits: Iterable[Audit], folder: Sequence[Audit], covered: Sequence[Covering], into: Path
) -> dict[Path, str]:
    """Every report file with its text: one for each audit, and the overview of a whole folder."""
    owners = {OVERVIEW.casefold(): "the overview"}
    files = {}
    for audit in audits:
        file, spec = report_file(audit), audit.spec.path.as_posix()
        owner = owners.setdefault(file.casefold(), spec)
        if owner != spec:
            message = f"the name '{audit.spec.name}' is taken by {owner}; their reports would be one file"
            raise AuditError(f"{spec}: {message}")
        files[into / file] = markdown(report(_as_kept(audit)))
    if folder:
        files[into / OVERVIEW] = markdown(overview([_as_kept(audit) for audit in folder], covered))
        records = {one.subject.key: one.record for one in covered if one.record}
        if records or (into / COVERAGE).exists():
            files[into / COVERAGE] = dump_records(records)
    return files


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
