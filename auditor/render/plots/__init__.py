"""Plots of what was measured and claimed, as wide as one column of a paper."""

from __future__ import annotations

from auditor.auditing import Audit
from auditor.render.pictures import Picture
from auditor.render.plots.bars import largest, parameters
from auditor.render.plots.intensity import intensity
from auditor.render.plots.overall import overall
from auditor.render.plots.sizes import sizes

__all__ = ["overall", "plots"]


def plots(audit: Audit) -> tuple[Picture, ...]:
    """The plots of one spec that have something to show."""
    drawn = parameters(audit), sizes(audit), intensity(audit), largest(audit)
    return tuple(picture for picture in drawn if picture)
