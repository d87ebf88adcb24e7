"""From claims to the settings under which they hold, each of those told really built and measured."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from auditor.auditing import measure
from auditor.claims.evaluate import evaluate_number
from auditor.claims.scope import Scope, Variant
from auditor.errors import SpecError
from auditor.forensics.combinations import Progress
from auditor.forensics.search import Choice, Search
from auditor.forensics.solve import Outcome, Solution, single_changes, solve
from auditor.spec import Claim, Spec, load
from auditor.spec.expression import Name
from auditor.spec.overrides import changed
from auditor.spec.settings import Setting


@dataclass(frozen=True)
class Built:
    """A setting, what the claims came to when it was really built, and whether they hold."""

    solution: Solution
    holds: bool


@dataclass(frozen=True)
class Solved:
    """The outcome of a search, its solutions built; where there are none, the structural changes that hold."""

    search: Search
    outcome: Outcome
    built: tuple[Built, ...]
    changes: tuple[Built, ...]


def solve_claims(spec: Spec, claims: tuple[Claim, ...], choices: tuple[Choice, ...], report: Progress | None) -> Solved:
    """Search the choices for settings under which the claims hold."""
    known: dict[Path, Variant] = {}

    def find(path: Path) -> Variant:
        key = path.resolve()
        if key not in known:
            known[key] = measure(load(path, given=spec.given))
        return known[key]

    search = Search(Scope(measure(spec), find), claims, choices)
    outcome = solve(search, report)
    built = tuple(_built(search, solution.settings) for solution in outcome.best)
    tried = () if built else tuple(_built(search, settings) for settings in single_changes(search))
    return Solved(search, outcome, built, tuple(one for one in tried if one.holds))


def _with_gone(variant: Variant, spec: Spec) -> Variant:
    """The variant with the stages that were left out as names of nothing, so that sums over them can be taken."""
    gone: dict[str, tuple[Name, ...]] = {name: () for name in spec.model if name not in variant.spec.model}
    return Variant(replace(variant.spec, components={**variant.spec.components, **gone}), variant.profile)


def _built(search: Search, settings: tuple[Setting, ...]) -> Built:
    """Build a model with the settings, and hold the claims against it."""
    try:
        scope = Scope(_with_gone(measure(changed(search.spec, settings)), search.spec), search.scope.find)
        values = tuple(evaluate_number(claim.of, scope) for claim in search.claims if claim.of)
    except SpecError:
        return Built(Solution(settings, ()), False)
    holds = all(
        any(value in interval for interval in claim.says.intervals)
        for claim, value in zip(search.claims, values, strict=True)
    )
    return Built(Solution(settings, values), holds)
