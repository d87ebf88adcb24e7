"""What the report on one audit says, section by section, beginning with the answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from auditor.auditing import Audit, Component
from auditor.claims import Inconsistency, Judgement
from auditor.claims.arithmetic import SHARES
from auditor.render.cells import MARKS, comes_to, figures, gap, measured, places, side, subject, together
from auditor.render.figures import amount, compact, count, difference, percent, span
from auditor.render.page import Cell, Code, Page, Section, Table, columns
from auditor.spec import Verdict

_LARGEST = 10


def report(audit: Audit) -> Page:
    """The full report, as it is kept in a file."""
    return _page(audit, _REPORT)


def summary(audit: Audit) -> Page:
    """What the console shows: the answer, and the tables that bear it out."""
    return _page(audit, _SUMMARY)


def _page(audit: Audit, makers: Iterable[Callable[[Audit], Section | None]]) -> Page:
    sections = (maker(audit) for maker in makers)
    return Page(audit.spec.title, tuple(section for section in sections if section))


def _answer(audit: Audit) -> Section:
    verified, wrong = audit.with_verdict(Verdict.VERIFIED), audit.wrong
    sentences = ["Passed: everything is as on record." if audit.passed else "Failed."]
    if judged := len(verified) + len(wrong):
        holding = f"{len(verified)} of {judged} claims hold"
        sentences.append(holding + (f", {len(wrong)} {'does' if len(wrong) == 1 else 'do'} not." if wrong else "."))
    if unverifiable := audit.with_verdict(Verdict.UNVERIFIABLE):
        sentences.append(f"{len(unverifiable)} more cannot be checked here.")
    if audit.budgets:
        sentences.append(f"{len(audit.budgets) - len(audit.exceeded)} of {len(audit.budgets)} budgets are kept.")
    total = audit.total.totals
    sentences.append(f"The model has {count(total.params)} parameters and does {compact(total.macs)} MACs.")
    return Section("Answer", " ".join(sentences), points=tuple(_failures(audit)))


def _failures(audit: Audit) -> Iterable[tuple[Cell, ...]]:
    """Why the audit does not pass, a sentence each."""
    for budget in audit.exceeded:
        over = difference(budget.measured, budget.limit.value, "")
        yield "Budget exceeded: ", Code(budget.of.text), f" is {amount(budget.measured, '')}, {over}."
    for judgement in audit.changed:
        yield (_change(judgement),)
    if audit.strict and not audit.passed:
        for judgement in audit.wrong:
            if judgement.as_expected:
                yield (f"Strict: {judgement.id} is {judgement.verdict.value}.",)
    if audit.judged_nothing:
        yield ("Nothing was judged: the spec has neither a budget nor a claim that can be measured.",)


def _change(judgement: Judgement) -> str:
    now = judgement.verdict.value
    if judgement.claim.known:
        was = judgement.claim.known.value
        return f"{judgement.id} is {now}, but 'known: {was}' is on record: the document or the model has changed."
    return f"{judgement.id} is {now}: correct the document, or put it on record with 'known' and a 'reason'."


def _refuted(audit: Audit) -> Section | None:
    rows = tuple(
        (
            group.first.claim.says.figure,
            subject(group.first),
            measured(group.first),
            gap(group.first),
            group.places,
            group.first.claim.reason or "not on record",
        )
        for group in together(audit.wrong)
    )
    headings = columns("Claimed", "Of", "#Measured", "#Off by", "Where", "On record because")
    return Section("What does not hold", table=Table(headings, rows)) if rows else None


def _refuted_in_words(audit: Audit) -> Section | None:
    """The same for a narrow screen."""
    points: tuple[tuple[Cell, ...], ...] = tuple(
        (
            f"{group.first.claim.says.figure} for ",
            subject(group.first),
            f" ({group.places}): measured {measured(group.first)}",
            f", {off}" if (off := gap(group.first)) else "",
            f". {group.first.claim.reason or ''}".rstrip(),
        )
        for group in together(audit.wrong)
    )
    return Section("What does not hold", points=points) if points else None


def _inconsistencies(audit: Audit) -> Section | None:
    rows = tuple(
        (
            figures(finding.claims),
            _about(finding),
            finding.what,
            comes_to(finding),
            figures(finding.sources),
            side(finding),
        )
        for finding in audit.inconsistencies
    )
    headings = columns("Printed", "Of", "Is", "#Which come to", "Namely", "The model")
    return Section("Where documents contradict themselves", table=Table(headings, rows)) if rows else None


def _inconsistencies_in_words(audit: Audit) -> Section | None:
    points: tuple[tuple[Cell, ...], ...] = tuple(
        (f"{figures(finding.claims)} for ", _about(finding), f": {finding.what} {comes_to(finding)}".rstrip() + ".")
        for finding in audit.inconsistencies
    )
    return Section("Where documents contradict themselves", points=points) if points else None


def _about(finding: Inconsistency) -> Cell:
    of = finding.claims[0].of
    return Code(of.text) if of and finding.what != SHARES else ""


def _verified(audit: Audit) -> Section | None:
    rows = tuple(
        (group.first.claim.says.figure, subject(group.first), measured(group.first), group.places)
        for group in together(audit.with_verdict(Verdict.VERIFIED))
    )
    headings = columns("Claimed", "Of", "#Measured", "Where")
    return Section("What holds", table=Table(headings, rows)) if rows else None


def _components(audit: Audit) -> Section:
    return _component_table(audit, count)


def _components_in_short(audit: Audit) -> Section:
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


def _largest_modules(audit: Audit) -> Section:
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


def _operations(audit: Audit) -> Section:
    rows = tuple(
        (kind.value, count(calls), count(work.macs), count(work.other), count(work.flops))
        for kind, (calls, work) in audit.profile.by_kind.items()
    )
    headings = columns("Kind", "#Calls", "#MACs", "#Other operations", "#FLOPs")
    note = "FLOPs are twice the MACs plus the other operations; what papers print as FLOPs are mostly MACs."
    return Section("Operations", table=Table(headings, rows), note=note)


def _blind_spots(audit: Audit) -> Section | None:
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


def _claims(audit: Audit) -> Section | None:
    rows = tuple(
        (MARKS[j.verdict], places([j.claim]), j.claim.says.text, span(j.interval), subject(j), measured(j))
        for j in audit.judgements
    )
    headings = columns("", "Where", "Says", "That is", "Of", "#Measured")
    return Section("Claims", table=Table(headings, rows)) if rows else None


def _unverifiable(audit: Audit) -> Section | None:
    points = tuple(
        (f"{places([j.claim])} says {j.claim.says.text}; it takes {j.claim.needs}",)
        for j in audit.with_verdict(Verdict.UNVERIFIABLE)
    )
    return Section("What cannot be checked here", points=points) if points else None


def _budgets(audit: Audit) -> Section | None:
    rows = tuple(
        (
            "✓" if budget.passed else "✗",
            Code(budget.of.text),
            budget.limit.text,
            amount(budget.measured, ""),
            difference(budget.measured, budget.limit.value, ""),
        )
        for budget in audit.budgets
    )
    headings = columns("", "Budget", "#Limit", "#Measured", "#Against limit")
    return Section("Budgets", table=Table(headings, rows)) if rows else None


def _model(audit: Audit) -> Section:
    spec = audit.spec
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (
            name,
            Code(stage.block),
            Code(", ".join(f"{argument}: {entry.node.text}" for argument, entry in stage.arguments.items())),
        )
        for name, stage in spec.model.items()
    )
    size = "×".join(map(str, spec.input.shape))
    lead = f"Built from the spec {spec.name}, measured on one input of {size}."
    return Section("Model", lead, table=Table(columns("Stage", "Block", "Arguments"), rows))


def _assumptions(audit: Audit) -> Section | None:
    points = tuple((Code(topic.text), f": {reason}") for topic, reason in audit.spec.assumptions.items())
    return Section("Assumptions", "What the documents leave open.", points) if points else None


def _documents_at_hand(audit: Audit) -> Section | None:
    """Which documents were read again; the claims of the others stand on their checksum."""
    absent = [name for name in audit.spec.documents if name not in audit.read]
    sentences = []
    if audit.read:
        sentences.append(f"Read again, and as claimed: {', '.join(audit.read)}.")
    if absent:
        sentences.append(f"Not at hand, so that claims stand on the checksum: {', '.join(absent)}.")
    return Section("Documents", " ".join(sentences)) if sentences else None


def _documents(audit: Audit) -> Section | None:
    rows = tuple(
        (name, document.title, document.file or "", Code(document.sha256) if document.sha256 else "no checksum")
        for name, document in audit.spec.documents.items()
    )
    headings = columns("Document", "Title", "File", "SHA-256")
    note = "What is claimed was read from the texts with these checksums."
    return Section("Documents", table=Table(headings, rows), note=note) if rows else None


_REPORT = (
    _answer,
    _refuted,
    _inconsistencies,
    _verified,
    _components,
    _largest_modules,
    _operations,
    _blind_spots,
    _claims,
    _unverifiable,
    _budgets,
    _model,
    _assumptions,
    _documents,
)
_SUMMARY = (
    _answer,
    _refuted_in_words,
    _inconsistencies_in_words,
    _components_in_short,
    _blind_spots,
    _unverifiable,
    _budgets,
    _documents_at_hand,
)
