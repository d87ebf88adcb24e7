"""The answer: whether the audit passes, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.auditing import Audit
from auditor.claims import Judgement
from auditor.render.figures import amount, compact, count, difference
from auditor.render.page import Cell, Code, Section
from auditor.spec import Verdict


def answer(audit: Audit) -> Section:
    """What holds and what does not, in numbers, and why the audit fails if it does."""
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


def documents_at_hand(audit: Audit) -> Section | None:
    """Which documents were read again; the claims of the others stand on their checksum."""
    absent = [name for name in audit.spec.documents if name not in audit.read]
    sentences = []
    if audit.read:
        sentences.append(f"Read again, and as claimed: {', '.join(audit.read)}.")
    if absent:
        sentences.append(f"Not at hand, so that claims stand on the checksum: {', '.join(absent)}.")
    return Section("Documents", " ".join(sentences)) if sentences else None
