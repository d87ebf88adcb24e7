"""From a document to its scan: what specs cover of it, what it contradicts, and what to claim next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditError, SpecError
from auditor.reading.arithmetic import Slip, slips
from auditor.reading.coverage import Coverage, Source, coverage
from auditor.reading.drafts import Draft, drafts
from auditor.reading.drift import checksum, gone
from auditor.reading.structure import Reading, read
from auditor.spec import Document, Spec


@dataclass(frozen=True)
class Scan:
    """Everything there is to say about one document without building a model.

    `drifted` are quotes that the document does not print any more.
    """

    path: Path
    coverage: Coverage
    drifted: tuple[SpecError, ...]
    slips: tuple[Slip, ...]
    drafts: tuple[Draft, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.coverage.sources

    @property
    def key(self) -> str:
        """What specs call the document."""
        return self.sources[0].doc if self.sources else "document"


def scan(path: Path, specs: Iterable[Spec] = ()) -> Scan:
    """Read the document at a path, and hold it against what specs quote from it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise AuditError(f"{path.as_posix()}: cannot be read: {error.strerror or error}") from None
    reading = read(content, path.name)
    sources = [
        Source(spec, name)
        for spec in specs
        for name, document in spec.documents.items()
        if _is_about(document, path, checksum(content))
    ]
    sources = [source for source in sources if _still_quotes(source, reading, checksum(content))]
    found = coverage(reading, sources)
    errors = (gone(quote, reading) for source in sources for quote in source.quotes)
    overlooked = [covered.figure for covered in found.open]
    about = sources[0].spec if sources else None
    return Scan(
        path,
        found,
        tuple(error for error in errors if error),
        slips(reading),
        tuple(drafts(overlooked, reading, about)),
    )


def _still_quotes(source: Source, reading: Reading, sha256: str) -> bool:
    """Whether a document that is known by its name only is the one meant: it prints some of what is quoted."""
    known = source.spec.documents[source.doc].sha256
    return known in (None, sha256) or any(not gone(quote, reading) for quote in source.quotes)


def _is_about(document: Document, path: Path, sha256: str) -> bool:
    """Whether a spec means this document: by its checksum, or by its name, for it may have changed."""
    return document.sha256 == sha256 or (document.file is not None and Path(document.file).name == path.name)
