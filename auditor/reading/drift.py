"""Whether documents that are at hand still print what is claimed of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import AuditError, SpecError
from auditor.reading.places import printing, spans
from auditor.reading.structure import Reading, read
from auditor.spec.types import Aside, Claim, Document, Spec
from auditor.watching import look


class DriftError(AuditError):
    """A document no longer prints what a spec claims of it; one line for every claim."""


def read_documents(spec: Spec, folder: Path | None = None) -> dict[str, Reading]:
    """Read the spec's documents, and check that they print what is claimed of them.

    They are looked for in the folder, or else beside the spec. One that is not there is passed
    over: its claims stand on the checksum.
    """
    if folder is not None and not folder.is_dir():
        raise AuditError(f"{folder.as_posix()}: is no folder")
    where = folder or spec.path.parent
    paths = {name: where / document.file for name, document in spec.documents.items() if document.file}
    contents = {name: content for name, path in paths.items() if (content := _content(path)) is not None}
    readings = {name: read(content, paths[name].name) for name, content in contents.items()}
    drifted = [str(error) for name in readings for error in _drifted(spec, name, readings[name], contents[name])]
    if drifted:
        raise DriftError("\n".join(drifted))
    return readings


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if look(path).is_file() else None
    except OSError as error:
        raise AuditError(f"{path.as_posix()}: cannot be read: {error.strerror}") from None


def _drifted(spec: Spec, name: str, reading: Reading, content: bytes) -> Iterator[SpecError]:
    quotes: list[Claim | Aside] = [*spec.claims, *spec.aside]
    missing = [error for quote in quotes if quote.doc == name and (error := gone(quote, reading))]
    yield from missing
    document = spec.documents[name]
    if not missing and _changed(document, content):
        yield SpecError(
            document.mark,
            f"'{name}' has changed, but prints all that is claimed; its sha256 is now {checksum(content)}",
        )


def gone(quote: Claim | Aside, reading: Reading) -> SpecError | None:
    """What is wrong if a quoted line does not print the quoted text."""
    text = quote.says if isinstance(quote, Aside) else quote.says.text
    if quote.line is None:
        return None
    printed = spans(text, reading.lines[quote.line - 1]) if quote.line <= len(reading.lines) else []
    if len(printed) >= quote.occurrence:
        return None
    if printed:
        return SpecError(quote.mark, f"{quote.doc}:{quote.line} prints '{text}' only {len(printed)} times")
    nearest = sorted(printing(text, reading), key=lambda number: abs(number - (quote.line or 0)))[:3]
    now = f"line {' and '.join(map(str, sorted(nearest)))} does" if nearest else "no line does"
    return SpecError(quote.mark, f"{quote.doc}:{quote.line} does not print '{text}'; {now}")


def _changed(document: Document, content: bytes) -> bool:
    return document.sha256 is not None and document.sha256 != checksum(content)


def checksum(content: bytes) -> str:
    """What a document is known by."""
    return hashlib.sha256(content).hexdigest()
