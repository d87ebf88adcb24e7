"""How claims stand beside what was measured: those that hold with a tick, the others struck through."""

from __future__ import annotations

from collections import Counter

from auditor.auditing import Component
from auditor.render.diagram.labels import shortened
from auditor.render.diagram.panel import Line
from auditor.spec import Verdict

_MOST = 5
"""Different figures that are shown of one component."""


def claimed(component: Component) -> tuple[Line, ...]:
    """Every figure that is claimed of a component's size, on a line of its own."""
    figures = Counter((judgement.claim.says.figure, judgement.verdict) for judgement in component.claims)
    lines = [_line(shortened(figure), verdict, times) for (figure, verdict), times in figures.items()]
    more = [Line(f"and {len(lines) - _MOST} more")] if len(lines) > _MOST else []
    return (*lines[:_MOST], *more)


def _line(figure: str, verdict: Verdict, times: int) -> Line:
    often = f" ({times}×)" if times > 1 else ""
    return Line(f"{figure} ✓{often}") if verdict is Verdict.VERIFIED else Line(f" ✗{often}", struck=figure)
