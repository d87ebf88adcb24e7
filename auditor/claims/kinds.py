"""What kinds of things documents claim."""

from __future__ import annotations

from enum import Enum

from auditor.spec import Claim
from auditor.spec.expression import Operation
from auditor.spec.printed import BYTES

_COUNTED = ("params", "trainable", "buffers")
_WORK = ("macs", "flops")


class Kind(Enum):
    """What a claim is about."""

    PARAMETERS = "parameters"
    OPERATIONS = "operations"
    SIZE = "size"
    RATIO = "ratio"
    STRUCTURE = "structure"
    REPORTED = "reported"


def kind_of(claim: Claim) -> Kind:
    """The kind of a claim, by what it is held against."""
    if claim.of is None or not claim.is_measurable:
        return Kind.REPORTED
    words = {quantity.word for quantity in claim.of.quantities()}
    if claim.of.is_statement or not words <= {*_COUNTED, *_WORK}:
        return Kind.STRUCTURE
    unit = claim.says.intervals[0].unit
    if unit in BYTES:
        return Kind.SIZE
    if unit in ("%", "×", "points") or (isinstance(claim.of.root, Operation) and claim.of.root.sign == "/"):
        return Kind.RATIO
    return Kind.OPERATIONS if words & {*_WORK} else Kind.PARAMETERS
