"""The documents themselves, where they are at hand: whether they still print what is claimed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from auditor.errors import AuditError, SpecError
from auditor.spec.types import Claim, Document, Spec


class DriftError(AuditError):
    """A document no longer prints what a spec claims of it; one line for every claim."""


def read_documents(spec: Spec, folder: Path) -> tuple[str, ...]:
    """Check the spec's claims against the documents found in a folder, and return which were found.

    A document that is not there is passed over: its claims stand on the checksum.
    """
    if not folder.is_dir():
        raise AuditError(f"{folder.as_posix()}: is no folder")
    found = {
        name: (folder / d.file).read_bytes()
        for name, d in spec.documents.items()
        if d.file and (folder / d.file).is_file()
    }
    drifted = [str(error) for name, content in found.items() for error in _drifted(spec, name, content)]
    if drifted:
        raise DriftError("\n".join(drifted))
    return tuple(found)


def _drifted(spec: Spec, name: str, content: bytes) -> Iterator[SpecError]:
    document = spec.documents[name]
    lines = [_plain(line) for line in content.decode("utf-8", errors="replace").split("\n")]
    errors = [_gone(claim, lines) for claim in spec.claims if claim.doc == name]
    moved = [error for error in errors if error]
    yield from moved
    if not moved and _changed(document, content):
        yield SpecError(
            document.mark, f"'{name}' has changed, but prints all that is claimed; its sha256 is now {_sum(content)}"
        )


def _gone(claim: Claim, lines: list[str]) -> SpecError | None:
    """What is wrong if the claim's line does not print the claimed text."""
    wanted = _plain(claim.says.text)
    if claim.line is None or (claim.line <= len(lines) and wanted in lines[claim.line - 1]):
        return None
    elsewhere = [number for number, line in enumerate(lines, start=1) if wanted in line]
    nearest = sorted(elsewhere, key=lambda number: abs(number - (claim.line or 0)))[:3]
    now = f"line {' and '.join(map(str, sorted(nearest)))} does" if nearest else "no line does"
    return SpecError(claim.mark, f"{claim.doc}:{claim.line} does not print '{claim.says.text}'; {now}")


def _plain(text: str) -> str:
    """The text without emphasis and with single spaces, as a reader sees it."""
    return " ".join(re.sub(r"[*_`]", "", text).split())


def _changed(document: Document, content: bytes) -> bool:
    return document.sha256 is not None and document.sha256 != _sum(content)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
