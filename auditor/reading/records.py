"""What is kept of a document's coverage, so that it can be told where the document is not at hand."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from auditor.errors import AuditError
from auditor.reading.coverage import Coverage, Source, coverage, percent_claimed, text_of
from auditor.reading.structure import Reading
from auditor.spec import Spec
from auditor.spec.types import Aside, Document


@dataclass(frozen=True)
class Record:
    """How many figures of a document were claimed, set aside and overlooked, and by which quotes.

    The quotes are known by a digest: a record holds as long as they and the document are the same.
    """

    title: str
    quotes: str
    claimed: int
    aside: Mapping[str, int]
    overlooked: int

    @property
    def figures(self) -> int:
        return self.claimed + sum(self.aside.values()) + self.overlooked

    @property
    def percent(self) -> float:
        """The share of claimed figures among those that are not set aside, in per cent."""
        return percent_claimed(self.claimed, self.overlooked)


@dataclass(frozen=True)
class Subject:
    """A document that specs speak of, with everything they quote from it."""

    document: Document
    sources: tuple[Source, ...]

    @property
    def key(self) -> str:
        """What its record is kept under."""
        return self.document.sha256 or f"{self.document.title} ({self.document.file or 'no file'})"


def subjects(specs: Iterable[Spec]) -> tuple[Subject, ...]:
    """The documents of some specs; one that several speak of is one subject."""
    found: list[Subject] = []
    for spec in specs:
        for name, document in spec.documents.items():
            known = next((one for one in found if one.document.is_same(document)), None)
            sources = (*(known.sources if known else ()), Source(spec, name))
            if known:
                found[found.index(known)] = Subject(known.document, sources)
            else:
                found.append(Subject(document, sources))
    return tuple(found)


def record(subject: Subject, reading: Reading | None, kept: Mapping[str, Record]) -> Record | None:
    """The record of a document that is at hand, or else the kept one if nothing has changed since."""
    digest = _digest(subject.sources)
    if reading is None:
        old = kept.get(subject.key)
        return old if old and old.quotes == digest else None
    return _record(subject.document.title, digest, coverage(reading, subject.sources))


def _record(title: str, digest: str, found: Coverage) -> Record:
    own = Counter("a spec's reason" if covered.quotes else covered.aside for covered in found.aside)
    return Record(title, digest, len(found.claimed), dict(sorted(own.items())), len(found.open))


def _digest(sources: Iterable[Source]) -> str:
    quotes = sorted(
        [quote.line or 0, quote.occurrence, isinstance(quote, Aside), text_of(quote)]
        for source in sources
        for quote in source.quotes
    )
    return hashlib.sha256(json.dumps(quotes).encode()).hexdigest()[:16]


def load_records(path: Path) -> dict[str, Record]:
    """The kept records; none where there is no file."""
    try:
        text = path.read_text(encoding="utf-8")
        return {key: _checked(Record(**values)) for key, values in json.loads(text).items()}
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, TypeError, AttributeError):
        raise AuditError(f"{path.as_posix()}: is no record of coverage; delete it and audit the folder again") from None


def _checked(record: Record) -> Record:
    counts = [record.claimed, record.overlooked, *record.aside.values()]
    if not all(type(number) is int for number in counts) or not isinstance(record.quotes, str):
        raise TypeError("a record holds whole numbers")
    return record


def dump_records(records: Mapping[str, Record]) -> str:
    """The records as they are kept."""
    return json.dumps({key: asdict(record) for key, record in records.items()}, indent=2, ensure_ascii=False) + "\n"
