"""A document against itself, by the structure of its tables, lists and lines, without any spec."""

from auditor.reading.arithmetic.changes import change_slips
from auditor.reading.arithmetic.columns import column_slips, share_slips
from auditor.reading.arithmetic.equations import equation_slips
from auditor.reading.arithmetic.lists import enumeration_slips, list_slips
from auditor.reading.arithmetic.ratios import ratio_slips
from auditor.reading.arithmetic.sizes import size_slips
from auditor.reading.arithmetic.slips import Slip
from auditor.reading.arithmetic.twins import twin_slips
from auditor.reading.structure import Reading

CHECKS = (
    column_slips,
    share_slips,
    change_slips,
    list_slips,
    enumeration_slips,
    equation_slips,
    twin_slips,
    size_slips,
    ratio_slips,
)
"""Every way in which a document's figures are held against each other."""

__all__ = ["CHECKS", "Slip", "slips"]


def slips(reading: Reading) -> tuple[Slip, ...]:
    """Every figure that the other figures of the document contradict, in the document's order."""
    found = {found: None for check in CHECKS for found in check(reading)}
    return tuple(sorted(found, key=lambda one: (one.line, one.says)))
