"""What a spec must hold together: names that exist, claims that can be judged, no claim twice."""

from __future__ import annotations

import re
from dataclasses import replace

from auditor.errors import SpecError, hint
from auditor.spec.printed import Printed, Shape
from auditor.spec.tree import Node
from auditor.spec.types import Aside, Claim, Spec, Verdict

_NAME = re.compile(r"[A-Za-z_]\w*")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][\w.-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def check(spec: Spec, tree: Node) -> Spec:
    """Return the spec if it holds together; else say at its place what does not."""
    values: dict[str, Node] = tree.value
    if not _FILE_NAME.fullmatch(spec.name):
        raise SpecError(values["name"].mark, f"'{spec.name}' cannot name a report file; use letters, digits, _ . -")
    _check_model(spec, values)
    _check_documents(spec, values)
    _check_budgets(spec, values)
    claims = values["claims"].value if "claims" in values else ()
    checked = tuple(_checked_claim(claim, node.value, spec) for claim, node in zip(spec.claims, claims, strict=True))
    _check_no_claim_twice(checked)
    for aside, node in zip(spec.aside, values["aside"].value if "aside" in values else (), strict=True):
        _check_aside(aside, node.value, spec)
    return replace(spec, claims=checked)


def _check_model(spec: Spec, values: dict[str, Node]) -> None:
    if not spec.model and not spec.factory:
        raise SpecError(values["model"].mark, "'model' has no stages")
    for section in ("components",) if spec.factory else ("model", "components"):
        for name, mark in values[section].keys.items() if section in values else ():
            if not _NAME.fullmatch(name):
                raise SpecError(mark, f"'{name}' cannot be a name; use letters, digits and _")
            if section == "components" and name in spec.model:
                raise SpecError(mark, f"'{name}' is already a stage of the model")
    for name, paths in spec.components.items():
        if not paths:
            raise SpecError(values["components"].value[name].mark, f"the component '{name}' names no module path")
    subjects = {*spec.model, *spec.components, "input"}
    for subject in () if spec.factory else spec.assumptions:  # what a factory's model has shows when it is built
        stage = subject.text.partition(".")[0]
        if stage not in subjects:
            message = f"an assumption about '{stage}', which is no stage" + hint(stage, subjects, "stages")
            raise SpecError(subject.mark, message)


def _check_documents(spec: Spec, values: dict[str, Node]) -> None:
    for name, document in spec.documents.items():
        if document.sha256 is not None and not _SHA256.fullmatch(document.sha256):
            mark = values["documents"].value[name].value["sha256"].mark
            raise SpecError(mark, "'sha256' must be 64 hexadecimal digits in lower case")


def _check_budgets(spec: Spec, values: dict[str, Node]) -> None:
    for of, limit in spec.budgets.items():
        if limit.shape not in (Shape.EXACT, Shape.ROUNDED) or limit.value < 0:
            mark = values["budgets"].value[of.text].mark
            raise SpecError(mark, f"a budget must be a plain figure such as 490K, not '{limit.text}'")


def _checked_claim(claim: Claim, values: dict[str, Node], spec: Spec) -> Claim:
    _check_place(claim, values, spec)
    decimal_comma = spec.documents[claim.doc].decimal == "comma"
    if decimal_comma:
        claim = replace(claim, says=_with_decimal_comma(claim.says))
    _check_subject(claim, values)
    for key in ("needs", "reason"):
        if key in values and not values[key].text.strip():
            raise SpecError(values[key].mark, f"'{key}' says nothing")
    if (claim.known is None) != (claim.reason is None):
        raise SpecError(claim.mark, "'known' and 'reason' go together: a verdict on record says why")
    impossible = (Verdict.UNVERIFIABLE,) if claim.is_measurable else (Verdict.VERIFIED, Verdict.REFUTED)
    if claim.known in impossible:
        can = "can" if claim.is_measurable else "cannot"
        raise SpecError(values["known"].mark, f"'{values['known'].text}' is impossible: the claim {can} be measured")
    if claim.of and claim.of.is_statement:
        return replace(claim, says=Printed.words(claim.says.text))
    if claim.within is None:
        return claim
    if claim.says.shape is not Shape.APPROXIMATE:
        raise SpecError(
            values["within"].mark, f"'within' is for approximate figures; '{claim.says.figure}' limits itself"
        )
    if (
        claim.within.intervals[0].unit != "%"
        or claim.within.shape is not Shape.ROUNDED
        or not 0 <= claim.within.value < 1
    ):
        raise SpecError(values["within"].mark, f"'within' is a share such as 5%, not '{claim.within.text}'")
    return replace(claim, says=Printed.parse(claim.says.text, claim.within.value, decimal_comma))


def _with_decimal_comma(says: Printed) -> Printed:
    try:
        return Printed.parse(says.text, decimal_comma=True)
    except ValueError:
        return Printed.words(says.text)


def _check_place(quoted: Claim | Aside, values: dict[str, Node], spec: Spec) -> None:
    if quoted.doc not in spec.documents:
        message = f"unknown document '{quoted.doc}'" + hint(quoted.doc, spec.documents, "documents")
        raise SpecError(values["doc"].mark, message)
    if quoted.line is not None and quoted.line < 1:
        raise SpecError(values["line"].mark, "lines are counted from 1")
    if quoted.occurrence < 1:
        raise SpecError(values["occurrence"].mark, "occurrences are counted from 1")
    if "occurrence" in values and quoted.line is None:
        raise SpecError(values["occurrence"].mark, "'occurrence' goes with a line")


def _check_aside(aside: Aside, values: dict[str, Node], spec: Spec) -> None:
    _check_place(aside, values, spec)
    for key in ("says", "reason"):
        if not values[key].text.strip():
            raise SpecError(values[key].mark, f"'{key}' says nothing")


def _check_subject(claim: Claim, values: dict[str, Node]) -> None:
    if claim.of is None and claim.needs is None:
        raise SpecError(
            claim.mark, "a claim says either what it is 'of' or, if that cannot be measured, what checking it 'needs'"
        )
    if claim.of is None:
        return
    if not any(claim.of.quantities()):
        raise SpecError(values["of"].mark, f"'{claim.of.text}' measures nothing; name a quantity such as params()")
    if claim.is_measurable == (claim.needs is not None):
        given = (
            "can be measured and needs nothing"
            if claim.needs
            else "rests on reported(…), so it must say what it 'needs'"
        )
        raise SpecError(values["of"].mark, f"'{claim.of.text}' {given}")
    if claim.says.shape is Shape.WORDS and not claim.of.is_statement:
        try:
            Printed.parse(claim.says.text)  # which says why it is none
        except ValueError as error:
            raise SpecError(values["says"].mark, f"'says': {error}") from None


def _check_no_claim_twice(claims: tuple[Claim, ...]) -> None:
    first: dict[tuple[object, ...], Claim] = {}
    for claim in claims:
        subject = "".join(claim.of.text.split()) if claim.of else claim.needs
        key = (claim.doc, claim.line, claim.says.figure, claim.occurrence, subject)
        if key in first:
            raise SpecError(claim.mark, f"the same claim as in line {first[key].mark.line}")
        first[key] = claim
