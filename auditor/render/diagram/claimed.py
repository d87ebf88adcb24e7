"""How claims stand beside what was measured: those that hold with a tick, the others struck through."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from auditor.auditing import Audit
from auditor.claims import Judgement
from auditor.render.cells import MARKS
from auditor.render.diagram.panel import Line
from auditor.render.diagram.words import shortened
from auditor.spec import Verdict
from auditor.spec.expression import Quantity

_MOST = 5
"""Different figures that are shown of one thing."""


def claimed(judgements: Iterable[Judgement]) -> tuple[Line, ...]:
    """Every figure that is claimed of one thing, on a line of its own."""
    figures = Counter((judgement.claim.says.figure, judgement.verdict) for judgement in judgements)
    lines = [_line(shortened(figure), verdict, times) for (figure, verdict), times in figures.items()]
    more = [Line(f"and {len(lines) - _MOST} more")] if len(lines) > _MOST else []
    return (*lines[:_MOST], *more)


def of_work(audit: Audit, word: str) -> tuple[Judgement, ...]:
    """The claims about the whole model's operations: `macs` or `flops`."""
    return tuple(judgement for judgement in audit.judgements if _is_about(judgement, word))


def _is_about(judgement: Judgement, word: str) -> bool:
    root = judgement.claim.of.root if judgement.claim.of else None
    return isinstance(root, Quantity) and root.word == word and not root.arguments


def _line(figure: str, verdict: Verdict, times: int) -> Line:
    often = f" ({times}×)" if times > 1 else ""
    remark = f"{MARKS[verdict]}{often}"
    if verdict in (Verdict.REFUTED, Verdict.INCONSISTENT):
        return Line(f" {remark}", struck=figure)
    return Line(f"{figure} {remark}")
