"""Which counters count which operators right, judged by the closed formula of each.

    python -m benchmarks.counters [--check]

Small models of all kinds of operators are counted by every counter, each configured as it sees most,
and what comes of it is written to docs/counters.md; with --check it is only compared.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from copy import deepcopy
from enum import Enum
from pathlib import Path

from auditor.counters import Count, Counter, Opinion, Sort, count_by, counters, differences
from auditor.counters.count import Knows
from auditor.counters.reasons import GUESSES, REASONS
from auditor.profiling import Profile, profile
from auditor.render.markdown import markdown
from auditor.render.page import Cell, Code, Page, Section, Table, columns
from benchmarks.operators import LETTERS, ROWS, SIZES, Row

PAGE = Path(__file__).parent.parent / "docs" / "counters.md"

OURS = "auditor"


class Outcome(Enum):
    """What a count is worth."""

    RIGHT = "right"
    OTHER = "+ other"
    WRONG = "wrong"
    MISSING = "missing"
    CRASH = "crash"


Verdict = tuple[Outcome, str]
"""An outcome, with what stands in the table for it."""


def verdicts(row: Row) -> dict[str, Verdict]:
    """What each counter makes of a model, by its name."""
    inputs = row.inputs()
    # On the meta device PyTorch takes no kernels that depend on the machine, nor any that counters are blind to.
    model, shapes = deepcopy(row.model).to("meta"), [tensor.to("meta") for tensor in inputs]
    measured = profile(model, *shapes)
    found = {OURS: _own(row, measured)}
    for counter in _counters():
        if counter.knows is Knows.OPERATORS:
            opinion = count_by(counter.name, model, *shapes)
        else:
            opinion = count_by(counter.name, row.model, *inputs)
        found[counter.name] = _judged(row, opinion, measured)
    return found


def _counters() -> list[Counter]:
    """All counters, PyTorch's own first."""
    return sorted(counters().values(), key=lambda counter: counter.name != "torch")


def _own(row: Row, measured: Profile) -> Verdict:
    if measured.uncounted and measured.total.macs != row.macs:
        return Outcome.MISSING, "missing, and says so"
    return _compared(measured.total.macs, row.macs)


def _judged(row: Row, opinion: Opinion, measured: Profile) -> Verdict:
    """Whether a counter is right about the products, whatever else it counts."""
    if not isinstance(opinion, Count):
        return Outcome.CRASH, Outcome.CRASH.value
    other = sum(one.gap for one in differences(measured, opinion) if one.sort is Sort.OTHER_WORK)
    outcome, text = _compared(opinion.macs - other, row.macs)
    if not other:
        return outcome, text
    beside = Outcome.OTHER.value
    return (Outcome.OTHER, beside) if outcome is Outcome.RIGHT else (outcome, f"{text} {beside}")


def _compared(counted: int, macs: int) -> Verdict:
    if counted == macs:
        return Outcome.RIGHT, Outcome.RIGHT.value
    if not counted:
        return Outcome.MISSING, Outcome.MISSING.value
    if counted > macs and not counted % macs:
        return Outcome.WRONG, f"×{counted // macs}"
    return Outcome.WRONG, f"{counted / macs - 1:+.0%}".replace("-", "−")


def page() -> Page:
    """The whole page, from a run of everything."""
    found = {family: [(row, verdicts(row)) for row in rows] for family, rows in ROWS.items()}
    everything = [judged for rows in found.values() for _, judged in rows]
    tables = (Section(family, table=_table(rows)) for family, rows in found.items())
    return Page("What counters count", (_command(), _names(), _summary(everything), *tables, _letters(), _reasons()))


def _command() -> Section:
    lead = (
        "Other counters can be asked for a second opinion on the model of a spec. Where one differs from what was"
        " measured, it is said in which modules, by which operators and why, and these differences add up to the"
        " whole. They need not be installed, and are imported only if asked. Each of them gets a copy of the model,"
        " in evaluation mode, and one that crashes is told as a finding."
    )
    points: tuple[tuple[Cell, ...], ...] = (
        (Code("python audit.py counters SPEC"), ": by those of torch, fvcore and thop that are installed"),
        (Code("python audit.py counters SPEC --with ptflops --with torchinfo"), ": by those that are named"),
        (Code("python audit.py counters SPEC --json -"), ": as data, module by module"),
        (Code("python -m benchmarks.counters"), ": counts all that is below, and writes this page"),
    )
    return Section("Second opinions", lead, points=points)


def _names() -> Section:
    rows = tuple((counter.name, counter.version.partition("+")[0], counter.summary) for counter in _counters())
    note = (
        "For the tables below torch and ptflops run on the meta device. On a processor they are blind to fused kernels:"
        " they count nothing of attention and, on most processors, of an LSTM. fvcore, whose tracing fails there, thop"
        " and torchinfo run on the processor. The auditor counts the same on both."
    )
    return Section("The counters", table=Table(columns("Counter", "Version", "Counts"), rows), note=note)


def _summary(everything: list[dict[str, Verdict]]) -> Section:
    lead = (
        f"{len(everything)} small models are judged by the closed formulas of their multiply-accumulates."
        " What a counter adds to the right figure by convention, such as biases and norms, is other work and no"
        " mistake."
    )
    rows = []
    for name in everything[0]:
        outcomes = [judged[name][0] for judged in everything]
        rows.append((name, *(str(outcomes.count(outcome)) for outcome in Outcome)))
    headings = columns("Counter", "#Right", "#Right, with other work", "#Wrong", "#Missing", "#Crash")
    return Section("How many are right", lead, table=Table(headings, tuple(rows)))


def _table(rows: list[tuple[Row, dict[str, Verdict]]]) -> Table:
    names = list(rows[0][1])
    lines = tuple(
        (row.name, f"{row.formula} = {row.macs:,}" if row.macs else "none", *(judged[name][1] for name in names))
        for row, judged in rows
    )
    return Table(columns("Model", "Multiply-accumulates", *names), lines)


def _letters() -> Section:
    rows = tuple(
        (letters, ", ".join(str(SIZES[letter]) for letter in letters.split(", ")), meaning)
        for letters, meaning in LETTERS.items()
    )
    return Section("The letters", table=Table(columns("Letters", "Here", "Stand for"), rows))


def _reasons() -> Section:
    rows = (*map(_reason, REASONS), *map(_reason, GUESSES))
    lead = (
        "These are tried on every module whose figures differ; the fewest that together come to the difference are"
        " told. Where none do, it is said that there is no known reason."
    )
    return Section("Reasons to differ", lead, table=Table(columns("Reason", "Is"), rows))


def _reason(function: Callable[..., object]) -> tuple[str, str]:
    return function.__name__.replace("_", " "), (function.__doc__ or "").partition("\n")[0]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page is not up to date")
    options = parser.parse_args()
    text = markdown(page())
    if not options.check:
        PAGE.write_text(text, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != text:
        print(f"{PAGE.name} is out of date", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
