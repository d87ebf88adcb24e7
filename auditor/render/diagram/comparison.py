"""The panel of figures: the variant beside the one it extends, and what is claimed beside what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.auditing import Audit
from auditor.profiling import Totals
from auditor.render.diagram.claimed import claimed
from auditor.render.diagram.labels import shortened
from auditor.render.diagram.panel import Cell, Line, Panel
from auditor.render.figures import brief, count
from auditor.spec import Spec

_WIDE = 34
"""Characters that fit into a cell of the table."""

Row = tuple[Cell, ...]


def comparison(audit: Audit) -> Panel:
    """Parameters and operations of each part, beside those of the extended variant, if there is one."""
    base = audit.spec.base
    if base is None:
        return Panel("d", "Measured and claimed", table=tuple(_measured(audit)))
    title = f"Against {shortened(base.name)}, which it extends"
    return Panel("d", title, table=tuple(_compared(audit, base)))


def _measured(audit: Audit) -> Iterator[Row]:
    yield _headings("", "Parameters", "MACs", "FLOPs", "Claimed")
    for component in (*audit.components, audit.total):
        totals = component.totals
        yield (_text(component.name), *map(_text, _amounts(totals)), claimed(component))


def _compared(audit: Audit, base: Spec) -> Iterator[Row]:
    before, after = audit.scope.find(base.path).profile, audit.profile
    claims = {component.name: claimed(component) for component in audit.components}
    yield _headings("Parameters", base.name, audit.spec.name, "Change", "Claimed")
    for stage in dict.fromkeys([*base.model, *audit.spec.model]):
        counts = before.under([stage]).params, after.under([stage]).params
        name = _named(stage, ", ".join(_changes(base, audit.spec, stage)))
        yield (name, *_difference(*counts, count), claims.get(stage, ()))
    yield (_text("total"), *_difference(before.total.params, after.total.params, count), claimed(audit.total))
    yield (_text("MACs"), *_difference(before.total.macs, after.total.macs, brief), ())
    yield (_text("FLOPs"), *_difference(before.total.flops, after.total.flops, brief), ())


def _named(stage: str, changes: str) -> Cell:
    """A stage with what became of it, on one line if there is room."""
    if not changes or len(f"{stage}: {changes}") <= _WIDE:
        return _text(f"{stage}: {changes}" if changes else stage)
    return (*_text(stage), Line(shortened(changes, _WIDE), faint=True))


def _changes(base: Spec, spec: Spec, stage: str) -> Iterator[str]:
    """What became of a stage: added, removed, another block, or other settings."""
    before, after = base.model.get(stage), spec.model.get(stage)
    if before is None or after is None:
        yield "added" if before is None else "removed"
    elif before.block != after.block:
        yield f"{before.block} → {after.block}"
    else:
        old, new = ({name: entry.node.text for name, entry in made.arguments.items()} for made in (before, after))
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                yield f"{name}: {old.get(name, 'default')} → {new.get(name, 'default')}"


def _difference(before: int, after: int, write: Callable[[int], str]) -> tuple[Cell, Cell, Cell]:
    gap = after - before
    change = f"{'+' if gap > 0 else '−'}{write(abs(gap))}" if gap else "same"
    return _text(write(before)), _text(write(after)), _text(change)


def _amounts(totals: Totals) -> tuple[str, str, str]:
    return count(totals.params), brief(totals.macs), brief(totals.flops)


def _headings(*texts: str) -> Row:
    return tuple((Line(shortened(text, _WIDE), bold=True),) for text in texts)


def _text(text: str) -> Cell:
    return (Line(shortened(text, _WIDE)),)
