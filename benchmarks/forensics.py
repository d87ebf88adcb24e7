"""How often forensics names the true mistake, and how often it tells a tale about a random figure.

    python -m benchmarks.forensics [--figures N] [--seed S]

Models are drawn at each run, and so are their mistakes. Half of the figures are wrong by a mistake
that people make, half are random; each is printed exactly, or to four digits.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import cycle, islice
from math import exp, log
from pathlib import Path
from random import Random, SystemRandom

from auditor.claims.judge import judge_claims
from auditor.claims.scope import Scope, Variant
from auditor.errors import Mark
from auditor.forensics.explain import Explanation, explanations
from auditor.forensics.terms import Cases
from auditor.profiling import profile
from auditor.render.console import show
from auditor.render.page import Page, Section, Table, columns
from auditor.spec import Claim, Document, Spec, Verdict
from auditor.spec.expression import Expression, Name
from auditor.spec.inputs import Input, Tensor
from auditor.spec.printed import Printed
from benchmarks.mistakes import OPERATIONS, PARAMETERS, same_figure
from benchmarks.zoo import FAMILIES, Drawn, drawn

EXACT, ROUNDED = "exactly", "to four digits"
_MARK = Mark("benchmark", 1, 1)


@dataclass(frozen=True)
class Trial:
    """A wrong figure, what made it, and what forensics says of it."""

    mechanism: str
    family: str
    precision: str
    told: tuple[Explanation, ...]
    value: int

    @property
    def is_first(self) -> bool:
        return bool(self.told) and self.told[0].mechanism == self.mechanism

    @property
    def is_same_value(self) -> bool:
        """Whether the first explanation is another way to exactly the same figure."""
        return bool(self.told) and self.told[0].reproduces == self.value


def variant(model: Drawn, name: str, claims: tuple[Claim, ...] = ()) -> Variant:
    """A model as the auditor sees one, its direct children as components."""
    children = {child: (Name(child, _MARK),) for child, _ in model.module.named_children()}
    spec = Spec(
        name=name,
        title=name,
        input=Input(Tensor(tuple(model.inputs[0].shape[1:]), _MARK), _MARK),
        model={},
        components=children,
        documents={"d": Document("A document", _MARK)},
        claims=claims,
        path=Path(f"{name}.yaml"),
    )
    return Variant(spec, profile(model.module, *model.inputs))


def told(model: Variant, older: Variant, text: str, of: str) -> tuple[Explanation, ...] | None:
    """What forensics says of a figure; None if it is not wrong."""
    claim = Claim("d", Printed.parse(text), _MARK, of=Expression.parse(of, _MARK))
    spec = Spec(**{**vars(model.spec), "claims": (claim,)})
    known = Variant(spec, model.profile)
    scope = Scope(known, lambda path: known)
    (judgement,) = judge_claims(scope)
    if judgement.verdict is not Verdict.REFUTED:
        return None
    return explanations(judgement, Cases(scope, (older,)), None)


def printed(value: int, precision: str) -> str:
    """A figure as a document would print it."""
    if precision == EXACT or value < 10_000:
        return f"{value:,}"
    for unit, scale in (("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if value >= scale:
            digits = len(str(value // scale))
            return f"{value / scale:.{max(4 - digits, 0)}f}{unit}"
    return str(value)


def _models(draw: Random) -> Iterator[tuple[Drawn, Drawn, Variant, Variant]]:
    """Models with an older version of each, from every family in turn, without end."""
    for family in cycle(FAMILIES):
        model, older = drawn(family, draw), drawn(family, draw)
        yield model, older, variant(model, "model"), variant(older, "older")


def wrong_figures(draw: Random, number: int) -> Iterator[Trial]:
    """Figures made by mistakes."""
    return islice(_wrong_figures(draw), number)


def _wrong_figures(draw: Random) -> Iterator[Trial]:
    for model, older, seen, before in _models(draw):
        for mistakes, of in ((PARAMETERS, "params()"), (OPERATIONS, "macs()")):
            made_of = {name: make(model, older, draw) for name, make in mistakes.items()}
            for name, value in made_of.items():
                mechanism = name.partition("/")[0]
                precision = EXACT if mechanism == "transposed digits" else draw.choice([EXACT, EXACT, ROUNDED])
                if not value or _is_another_mistake(model, mechanism, value, made_of):
                    continue
                said = told(seen, before, printed(value, precision), of)
                if said is not None:
                    yield Trial(mechanism, model.family, precision, said, value)


def _is_another_mistake(model: Drawn, mechanism: str, value: int, made_of: Mapping[str, int | None]) -> bool:
    """Whether some other mistake makes the very same figure, so that nobody could tell which it was."""
    if mechanism != "multiply-accumulates or operations" and same_figure(model, mechanism, value):
        return True
    return any(value == other and mechanism != name.partition("/")[0] for name, other in made_of.items())


def random_figures(draw: Random, number: int) -> Iterator[Trial]:
    """Figures of about the right size, and nothing else."""
    return islice(_random_figures(draw), number)


def _random_figures(draw: Random) -> Iterator[Trial]:
    for model, _, seen, before in _models(draw):
        total = seen.profile.total
        for of, size in (("params()", total.params), ("macs()", total.macs)) * 5:
            value = round(exp(draw.uniform(log(size / 3), log(size * 3))))
            precision = draw.choice([EXACT, EXACT, ROUNDED])
            said = told(seen, before, printed(value, precision), of)
            if said is not None:
                yield Trial("", model.family, precision, said, value)


def _share(number: int, of: int) -> str:
    return f"{100 * number / of:.1f}%" if of else ""


def page(wrong: list[Trial], random: list[Trial], seconds: float, seed: int) -> Page:
    """The outcome as a table by mechanism, and one of what is said of random figures."""
    groups: dict[str, list[Trial]] = defaultdict(list)
    for trial in wrong:
        groups[trial.mechanism].append(trial)
    rows = [_row(name, trials) for name, trials in sorted(groups.items())] + [_row("all", wrong)]
    headings = columns("Mistake", "#Figures", "#Named first", "#Same value, told otherwise", "#Unexplained")
    by_precision = [
        (p, str(len(t)), _share(sum(bool(x.told) for x in t), len(t)))
        for p in (EXACT, ROUNDED)
        if (t := [x for x in random if x.precision == p])
    ]
    every = ("all", str(len(random)), _share(sum(bool(x.told) for x in random), len(random)))
    return Page(
        f"Forensics, put to the test (seed {seed}, {seconds:.0f} s)",
        (
            Section("Figures that are wrong by a mistake", table=Table(headings, tuple(rows))),
            Section(
                "Random figures",
                table=Table(columns("Printed", "#Figures", "#Explained all the same"), (*by_precision, every)),
            ),
        ),
    )


def _row(name: str, trials: list[Trial]) -> tuple[str, ...]:
    first = sum(trial.is_first for trial in trials)
    same = sum(trial.is_same_value and not trial.is_first for trial in trials)
    silent = sum(not trial.told for trial in trials)
    return name, str(len(trials)), _share(first, len(trials)), str(same), str(silent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=int, default=300, metavar="N", help="figures of each sort (300)")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**6), help="to repeat a run")
    options = parser.parse_args()
    draw = Random(options.seed)
    start = time.perf_counter()
    wrong, random = list(wrong_figures(draw, options.figures)), list(random_figures(draw, options.figures))
    show([page(wrong, random, time.perf_counter() - start, options.seed)], sys.stdout)


if __name__ == "__main__":
    main()
