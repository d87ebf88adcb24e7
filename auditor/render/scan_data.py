"""Scans as data, for machines."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from auditor.reading.arithmetic import Slip
from auditor.reading.coverage import Covered
from auditor.scanning import Scan
from auditor.spec import Claim

VERSION = 1
"""Raised when something that a reader may rely on is renamed, moved or removed."""


def as_data(scans: Iterable[Scan]) -> dict[str, Any]:
    """The whole of some scans, ready for JSON."""
    return {"version": VERSION, "scans": [_scan(scan) for scan in scans]}


def _scan(scan: Scan) -> dict[str, Any]:
    found = scan.coverage
    return {
        "document": scan.path.as_posix(),
        "specs": [source.spec.path.as_posix() for source in scan.sources],
        "coverage": round(found.percent, 2),
        "counts": {"claimed": len(found.claimed), "aside": len(found.aside), "overlooked": len(found.open)},
        "figures": [_figure(covered) for covered in found.figures],
        "slips": [_slip(slip) for slip in scan.slips],
        "drafts": [draft.claim(scan.key) for draft in scan.drafts],
        "drifted": [str(error) for error in scan.drifted],
    }


def _figure(covered: Covered) -> dict[str, Any]:
    claims = [quote for quote in covered.quotes if isinstance(quote, Claim)]
    return {
        "line": covered.figure.line.number,
        "says": covered.figure.text,
        "is": "claimed" if covered.is_claimed else "aside" if covered.aside else "overlooked",
        "of": [claim.of.text for claim in claims if claim.of],
        "reason": covered.aside or None,
    }


def _slip(slip: Slip) -> dict[str, Any]:
    return {
        "line": slip.line,
        "says": slip.says,
        "what": slip.what,
        "low": _number(slip.computed[0].low),
        "high": _number(slip.computed[0].high),
        "of": [{"line": source.line, "says": source.text} for source in slip.sources],
    }


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)
