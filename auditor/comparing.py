"""A spec beside the same spec with some settings changed: what each measures, and which claims hold of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from auditor.auditing import measure
from auditor.claims import Judgement
from auditor.claims.judge import judge_claim
from auditor.claims.scope import Scope, Variant
from auditor.errors import SpecError
from auditor.spec import Claim, Spec, load
from auditor.spec.expression import Operation
from auditor.spec.settings import Setting


@dataclass(frozen=True)
class Judged:
    """A claim as judged of the original, and of the changed model; None where that lacks what it is about."""

    before: Judgement
    after: Judgement | None


@dataclass(frozen=True)
class Comparison:
    """Two variants of one spec, and what claims come to in each.

    `promised` are what other specs' documents claim of a model made from this one, judged of the
    changed model in its place.
    """

    settings: tuple[Setting, ...]
    before: Variant
    after: Variant
    claims: tuple[Judged, ...]
    promised: tuple[Judgement, ...]


def compare_variants(spec: Spec, other: Spec, settings: Sequence[Setting]) -> Comparison:
    """Measure both, and judge the claims about numbers in both."""
    before, after = measure(spec), _as_named(measure(other))
    known = {spec.path.resolve(): before}

    def find(path: Path) -> Variant:
        key = path.resolve()
        if key not in known:
            known[key] = measure(load(path, given=spec.given))
        return known[key]

    claims = [claim for claim in spec.claims if _is_number(claim)]
    judged = [Judged(judge_claim(claim, Scope(before, find)), _judged(claim, Scope(after, find))) for claim in claims]
    return Comparison(tuple(settings), before, after, tuple(judged), tuple(_promised(after, find)))


def _as_named(variant: Variant) -> Variant:
    """The variant with those of its components that it still has modules for."""
    kept = {
        name: paths
        for name, paths in variant.spec.components.items()
        if all(variant.matching(path.text) for path in paths)
    }
    return Variant(replace(variant.spec, components=kept), variant.profile)


def _promised(after: Variant, find: Callable[[Path], Variant]) -> Iterator[Judgement]:
    """The savings that documents promise of this variant, by the specs beside it that compare themselves with it."""
    own = after.spec.path
    for path in sorted(own.parent.glob("*.yaml")):
        spec = load(path, given=after.spec.given) if path.resolve() != own.resolve() else None
        if spec is None:
            continue
        in_its_place = replace(after.spec, path=spec.path, base=spec.base, components=spec.components)
        scope = Scope(Variant(in_its_place, after.profile), find)
        for claim in spec.claims:
            if _is_number(claim) and _compares(claim, own.stem) and (found := _judged(claim, scope)):
                yield found


def _compares(claim: Claim, name: str) -> bool:
    """Whether a claim reckons something of this variant against something of its own."""
    assert claim.of is not None
    names = [n.text.partition(".")[0] for quantity in claim.of.quantities() for n in quantity.names]
    is_own = any(not quantity.names for quantity in claim.of.quantities()) or any(text != name for text in names)
    return isinstance(claim.of.root, Operation) and name in names and is_own


def _is_number(claim: Claim) -> bool:
    return claim.is_measurable and claim.of is not None and not claim.of.is_statement


def _judged(claim: Claim, scope: Scope) -> Judgement | None:
    try:
        return judge_claim(claim, scope)
    except SpecError:
        return None
