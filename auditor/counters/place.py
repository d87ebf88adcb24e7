"""One module as measured, beside what a counter charges it with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod

from auditor.counters.count import Charge, Count, Knows
from auditor.profiling.facts import Module, Profile
from auditor.profiling.flow import Step
from auditor.profiling.formulas import NO_WORK, PRODUCTS, Kind, Shape, Work


@dataclass(frozen=True)
class Place:
    """A module under all its names: the operators that ran in it itself, and what it is charged with.

    `weights` and `biases` are how many of them it holds itself, those included that it shares.
    """

    profile: Profile
    count: Count
    modules: tuple[Module, ...]
    steps: tuple[Step, ...]
    charges: tuple[Charge, ...]
    weights: int
    biases: int

    @property
    def module(self) -> Module:
        return self.modules[0]

    @property
    def path(self) -> str:
        return self.module.path

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(module.path for module in self.modules)

    @property
    def calls(self) -> int:
        return sum(module.calls for module in self.modules)

    @property
    def output(self) -> Shape:
        """The shape of its first result; none if it gave none."""
        return next((module.outputs[0] for module in self.modules if module.outputs), ())

    @property
    def knows(self) -> Knows:
        return self.count.knows

    @property
    def sees_modules(self) -> bool:
        """Whether the counter looks at modules, and not at the operators that run in them."""
        return self.knows in (Knows.CLASSES, Knows.PARAMETERS)

    @cached_property
    def products(self) -> dict[str, tuple[Kind, Work]]:
        """What was measured of the operators that multiply and accumulate."""
        sums: dict[str, tuple[Kind, Work]] = {}
        for step in self.steps:
            if step.kind in PRODUCTS:
                _, work = sums.get(step.operator, (step.kind, NO_WORK))
                sums[step.operator] = (step.kind, work + step.work)
        return sums

    @property
    def macs(self) -> int:
        return sum(work.macs for _, work in self.products.values())

    @property
    def charged(self) -> int:
        return sum(charge.value for charge in self.charges)

    @property
    def charged_names(self) -> int:
        """Under how many of its names a module is charged, if under each of them with the same; else one."""
        values = dict.fromkeys(self.names, 0)
        for charge in self.charges:
            values[charge.path] = values.get(charge.path, 0) + charge.value
        charged = [value for value in values.values() if value]
        return len(charged) if len(set(charged)) == 1 else 1

    @property
    def uncounted(self) -> tuple[str, ...]:
        """The operators that ran here and for which there was no formula."""
        return tuple(dict.fromkeys(u.operator for u in self.profile.uncounted if u.path in self.names))

    @property
    def bypassed(self) -> tuple[str, ...]:
        """The layers right inside that were never called, and of which a parameter took part all the same."""
        used = {name.rpartition(".")[0] for p in self.profile.parameters if p.used for name in p.names}
        idle = (module for module in self.profile.modules if not module.calls and module.path in used)
        layers = (module.path for module in idle if module.type not in ("ParameterList", "ParameterDict"))
        return tuple(path for path in layers if path.rpartition(".")[0] in self.names)

    def results(self, kind: Kind) -> int:
        """How many values operators of a kind gave."""
        return sum(prod(self.result(step)) for step in self.steps if step.kind is kind)

    def result(self, step: Step) -> Shape:
        """The shape of what a step gave first."""
        return self.profile.flow.values[step.gives[0]] if step.gives else ()


def places(profile: Profile, count: Count) -> Iterator[Place]:
    """Every module with what ran in it and what it is charged with; what lies nowhere counts as the model's own."""
    modules: dict[int, list[Module]] = {}
    for module in profile.modules:
        modules.setdefault(module.identity, []).append(module)
    first = {module.path: same[0].path for same in modules.values() for module in same}
    steps: dict[str, list[Step]] = {path: [] for path in first.values()}
    for step in profile.flow.steps:
        steps[first[profile.flow.calls[step.call].path]].append(step)
    charges: dict[str, list[Charge]] = {path: [] for path in first.values()}
    for charge in count.charges:
        charges[first.get(charge.path, "")].append(charge)
    held = {is_bias: dict.fromkeys(charges, 0) for is_bias in (False, True)}
    for parameter in profile.parameters:
        holders = (name.rpartition(".") for name in parameter.names)
        for path, is_bias in {(first[path], "bias" in name) for path, _, name in holders}:
            held[is_bias][path] += parameter.count
    for same in modules.values():
        path = same[0].path
        found = tuple(steps[path]), tuple(charges[path])
        yield Place(profile, count, tuple(same), *found, weights=held[False][path], biases=held[True][path])
