"""Plots of what was measured and claimed, as wide as one column of a paper."""

from __future__ import annotations

from typing import TYPE_CHECKING

from auditor.render.pictures import Picture
from auditor.render.plots.bars import largest, parameters
from auditor.render.plots.intensity import intensity
from auditor.render.plots.overall import OVERALL, overall
from auditor.render.plots.sizes import sizes

if TYPE_CHECKING:
    from auditor.auditing import Audit

__all__ = ["KINDS", "OVERALL", "overall", "plots"]

KINDS = ("parameters", "claims", "intensity", "largest")
"""What stands behind the name of a spec in the names of its plots."""


def plots(audit: Audit) -> tuple[Picture, ...]:
    """The plots of one spec that have something to show."""
    drawn = parameters(audit), sizes(audit), intensity(audit), largest(audit)
    return tuple(picture for picture in drawn if picture)
