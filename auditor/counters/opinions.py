"""From a spec to what other counters make of its model, beside what was measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from auditor.auditing import measure
from auditor.claims.scope import Variant
from auditor.counters.count import Opinion
from auditor.counters.registry import count_by, counters, installed_counter
from auditor.models import build
from auditor.models.factories import at_home
from auditor.models.inputs import arguments
from auditor.spec import Spec

Report = Callable[[int, int], None]
"""Told how much is done, of how much."""

_USUAL = ("torch", "fvcore", "thop")
"""Whom papers quote; they are asked where nobody is named, if they are installed."""


@dataclass(frozen=True)
class Opinions:
    """A measured model, and what others make of the same one."""

    variant: Variant
    others: tuple[Opinion, ...]


def opinions(spec: Spec, names: Iterable[str], report: Report | None = None) -> Opinions:
    """Measure the model of a spec, and have it counted by the counters that are named."""
    asked = [installed_counter(name) for name in dict.fromkeys(names)] or [
        counters()[name] for name in _USUAL if counters()[name].is_installed
    ]
    variant, model = measure(spec), build(spec)
    positional, named = arguments(model, spec.input)
    others = []
    for counter in asked:
        with at_home(spec.factory):
            others.append(count_by(counter.name, model, *positional, **named))
        if report:
            report(len(others), len(asked))
    return Opinions(variant, tuple(others))
