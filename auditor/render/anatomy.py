"""What the model is made of, and where its parameters and operations lie."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable

from auditor.auditing import Audit, Component
from auditor.render.cells import MARKS
from auditor.render.figures import compact, count, percent
from auditor.render.page import Cell, Code, Section, Table, columns
from auditor.spec.factory import plain

_LARGEST = 10
"""How many modules are listed."""


def components(audit: Audit) -> Section:
    """The parts that documents speak of, measured beside claimed."""
    return _component_table(audit, count)


def components_in_short(audit: Audit) -> Section:
    """The same for a narrow screen."""
    return _component_table(audit, compact)


def _component_table(audit: Audit, work: Callable[[int], str]) -> Section:
    rest = audit.outside.totals
    listed = [*audit.components, *([audit.outside] if rest.params or rest.flops else []), audit.total]
    rows = tuple(
        (
            component.name,
            count(component.totals.params),
            percent(audit.share(component.totals.params)),
            _claimed(component),
            work(component.totals.macs),
            work(component.totals.flops),
        )
        for component in listed
    )
    headings = columns("Component", "#Parameters", "#Share", "Claimed", "#MACs", "#FLOPs")
    overlap = sum(component.totals.params for component in listed[:-1]) - audit.total.totals.params
    note = f"{count(overlap)} parameters belong to more than one row." if overlap else ""
    return Section("Components", table=Table(headings, rows), note=note)


def _claimed(component: Component) -> str:
    """The sizes that are claimed of a component, each with its mark and how often it is printed."""
    figures = Counter(f"{judgement.claim.says.figure} {MARKS[judgement.verdict]}" for judgement in component.claims)
    return ", ".join(figure if times == 1 else f"{figure} ({times}×)" for figure, times in figures.items())


def largest_modules(audit: Audit) -> Section:
    """The modules that hold the most parameters themselves."""
    own = audit.profile.own_params
    modules = sorted((m for m in audit.profile.modules if own[m.path]), key=lambda m: (-own[m.path], m.path))
    total = audit.total.totals
    rows: list[tuple[Cell, ...]] = []
    for module in modules[:_LARGEST]:
        size = count(own[module.path]), percent(audit.share(own[module.path]))
        rows.append((Code(module.path), module.type, *size, count(audit.profile.under([module.path]).macs)))
    note = f"Parameters that a module holds itself, of {count(total.params)} in {len(modules)} modules."
    headings = columns("Module", "Type", "#Parameters", "#Share", "#MACs")
    return Section("Largest modules", table=Table(headings, tuple(rows)), note=note)


def operations(audit: Audit) -> Section:
    """The work by the kind of operator."""
    rows = tuple(
        (kind.value, count(calls), count(work.macs), count(work.other), count(work.flops))
        for kind, (calls, work) in audit.profile.by_kind.items()
    )
    headings = columns("Kind", "#Calls", "#MACs", "#Other operations", "#FLOPs")
    note = "FLOPs are twice the MACs plus the other operations; what papers print as FLOPs are mostly MACs."
    return Section("Operations", table=Table(headings, rows), note=note)


def blind_spots(audit: Audit) -> Section | None:
    """What ran but could not be counted, and what has parameters but took no part."""
    calls: dict[str, int] = {}
    for entry in audit.profile.uncounted:
        calls[entry.operator] = calls.get(entry.operator, 0) + entry.calls
    points: list[tuple[Cell, ...]] = [
        (Code(name), f" ran {count(times)} times and is not counted.") for name, times in sorted(calls.items())
    ]
    points += [
        (Code(parameter.names[0]), f" ({count(parameter.count)} parameters) took no part.")
        for parameter in audit.profile.unused
    ]
    return Section("Not counted", points=tuple(points)) if points else None


def measuring(audit: Audit) -> Section | None:
    """Where it took more than shapes to measure the model."""
    points = tuple((f"{remark[0].upper()}{remark[1:]}.",) for remark in audit.profile.remarks)
    return Section("How it was measured", points=points) if points else None


def model(audit: Audit) -> Section:
    """What was built: the stages, or the factory, with their arguments."""
    spec = audit.spec
    alone = len(spec.input.tensors) == 1
    measured = f"measured on one input of {spec.input}." if alone else f"measured on inputs of {spec.input}."
    if spec.factory:
        given = spec.factory.arguments.items()
        lead = f"Made by {spec.factory.name} for the spec {spec.name}, {measured}"
        arguments = tuple((name, Code(json.dumps(plain(entry.node), ensure_ascii=False))) for name, entry in given)
        return Section("Model", lead, table=Table(columns("Argument", "Value"), arguments) if arguments else None)
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            Code(stage.block),
            Code(", ".join(f"{argument}: {entry.node.text}" for argument, entry in stage.arguments.items())),
        )
        for name, stage in spec.model.items()
    )
    lead = f"Built from the spec {spec.name}, {measured}"
    return Section("Model", lead, table=Table(columns("Stage", "Block", "Arguments"), rows))


def assumptions(audit: Audit) -> Section | None:
    """Why values were chosen that no document prints."""
    points = tuple((Code(topic.text), f": {reason}") for topic, reason in audit.spec.assumptions.items())
    return Section("Assumptions", "What the documents leave open.", points) if points else None


def documents(audit: Audit) -> Section | None:
    """The texts that make the claims."""
    rows = tuple(
        (name, document.title, document.file or "", Code(document.sha256) if document.sha256 else "no checksum")
        for name, document in audit.spec.documents.items()
    )
    headings = columns("Document", "Title", "File", "SHA-256")
    note = "What is claimed was read from the texts with these checksums."
    return Section("Documents", table=Table(headings, rows), note=note) if rows else None
