"""The panel of figures: the variant beside the one it extends, and what is claimed beside what was measured."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from auditor.auditing import Audit, Component
from auditor.claims.scope import Variant
from auditor.profiling import Totals
from auditor.render.diagram.claimed import claimed, of_work
from auditor.render.diagram.panel import Cell, Line, Panel
from auditor.render.diagram.words import shortened
from auditor.render.figures import brief, count
from auditor.spec import Spec, Stage
from auditor.spec.factory import Factory, plain
from auditor.spec.tree import Node

_WIDE = 34
"""Characters that fit into a cell of the table."""

Row = tuple[Cell, ...]
Made = Stage | Factory


def comparison(audit: Audit) -> Panel:
    """Parameters and operations of each part, beside those of the extended variant, if there is one."""
    base = audit.spec.base
    if base is None or base.refusal:
        return Panel("d", "Measured and claimed", table=tuple(_measured(audit)))
    title = f"Against {shortened(base.name)}, which it extends"
    return Panel("d", title, table=tuple(_compared(audit, base)))


def _measured(audit: Audit) -> Iterator[Row]:
    yield _headings("", "Parameters", "MACs", "FLOPs", "Claimed")
    for component in (*audit.components, *_rest(audit)):
        yield (_text(component.name), *_amounts(component.totals), claimed(component.claims))
    work = (*of_work(audit, "macs"), *of_work(audit, "flops"))
    yield (_text("total"), *_amounts(audit.total.totals), (*claimed(audit.total.claims), *claimed(work)))


def _rest(audit: Audit) -> tuple[Component, ...]:
    """What lies outside of the components, if anything does."""
    return (audit.outside,) if audit.outside.totals.params or audit.outside.totals.flops else ()


def _compared(audit: Audit, base: Spec) -> Iterator[Row]:
    before, after = audit.scope.find(base.path), audit.scope.variant
    claims = {component.name: claimed(component.claims) for component in audit.components}
    yield _headings("Parameters", base.name, audit.spec.name, "Change", "Claimed")
    for part in dict.fromkeys([*_parts(before), *_parts(after)]):
        name = _named(part, _changes(_parts(before).get(part), _parts(after).get(part)))
        yield (name, *_difference(_params(before, part), _params(after, part), count), claims.get(part, ()))
    old, new = before.profile.total, after.profile.total
    calls = _changes(base.factory, audit.spec.factory) if base.factory and audit.spec.factory else ""
    yield (_named("total", calls), *_difference(old.params, new.params, count), claimed(audit.total.claims))
    for word, unit in (("macs", "MACs"), ("flops", "FLOPs")):
        sums = getattr(old, word), getattr(new, word)
        yield (_text(unit), *_difference(*sums, brief), claimed(of_work(audit, word)))


def _params(variant: Variant, part: str) -> int:
    return variant.profile.under(variant.components.get(part, ())).params


def _parts(variant: Variant) -> Mapping[str, Stage | None]:
    """The stages of a variant, or the components that a factory has made."""
    return variant.spec.model or dict.fromkeys(variant.listed)


def _named(stage: str, changes: str) -> Cell:
    """A stage with what became of it, on one line if there is room."""
    if not changes or len(f"{stage}: {changes}") <= _WIDE:
        return _text(f"{stage}: {changes}" if changes else stage)
    return (*_text(stage), Line(shortened(changes, _WIDE), faint=True))


def _changes(before: Made | None, after: Made | None) -> str:
    """What became of a part: added, removed, another one, or other settings."""
    if before is None or after is None:
        return "" if before is after else "added" if before is None else "removed"
    if _maker(before) != _maker(after):
        return f"{_maker(before)} → {_maker(after)}"
    old, new = ({name: _value(entry.node) for name, entry in made.arguments.items()} for made in (before, after))
    changed = (name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name))
    return ", ".join(f"{name}: {old.get(name, 'default')} → {new.get(name, 'default')}" for name in changed)


def _value(node: Node) -> str:
    return node.text if node.is_scalar else json.dumps(plain(node), ensure_ascii=False)


def _maker(made: Made) -> str:
    return made.block if isinstance(made, Stage) else made.name


def _difference(before: int, after: int, write: Callable[[int], str]) -> tuple[Cell, Cell, Cell]:
    gap = after - before
    change = f"{'+' if gap > 0 else '−'}{write(abs(gap))}" if gap else "same"
    return _text(write(before)), _text(write(after)), _text(change)


def _amounts(totals: Totals) -> tuple[Cell, ...]:
    return _text(count(totals.params)), _text(brief(totals.macs)), _text(brief(totals.flops))


def _headings(*texts: str) -> Row:
    return tuple((Line(shortened(text, _WIDE), bold=True),) for text in texts)


def _text(text: str) -> Cell:
    return (Line(shortened(text, _WIDE)),)
