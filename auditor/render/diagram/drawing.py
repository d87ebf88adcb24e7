"""The whole diagram of one audit: four panels and a legend, in columns that fill a page."""

from __future__ import annotations

from functools import partial

from auditor.auditing import Audit
from auditor.render.diagram.architecture import architecture
from auditor.render.diagram.comparison import comparison
from auditor.render.diagram.details import attention, head
from auditor.render.diagram.dot import dot
from auditor.render.diagram.engine import draw
from auditor.render.diagram.legend import legend
from auditor.render.diagram.level import Level, drawing_name
from auditor.render.page import printable
from auditor.render.pictures import DPI, Picture


def diagram(audit: Audit, level: Level = Level.COMPONENT, dpi: int = DPI) -> Picture:
    """The architecture as a picture, whose source is DOT."""
    caption = f"The architecture of {printable(audit.spec.title)}, with parameters and MACs as measured."
    source = _source(audit, level)
    return Picture(drawing_name(audit.spec.name, level), caption, source, partial(draw, source, dpi=dpi), dpi)


def _source(audit: Audit, level: Level) -> str:
    main, gates, heads, figures = architecture(audit, level), attention(audit), head(audit), comparison(audit)
    key = legend([panel for panel in (main, gates, heads, figures) if panel])
    columns = ((main, figures), (gates, key), (heads,))
    return dot(audit.spec.title, [[panel for panel in column if panel] for column in columns if any(column)])
