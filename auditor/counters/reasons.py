"""Why counters differ: one function for each way of counting otherwise, which tells what it would come to.

A reason looks at what ran in one place, and lists the differences that this way of counting makes
there. It holds where these, alone or with others, come to the difference that there is. Adding one is
adding a decorated function; those that come first are told first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod

from torch import nn

from auditor.counters.count import Knows
from auditor.counters.difference import Difference, Sort
from auditor.counters.place import Place
from auditor.profiling.flow import Flow, Step
from auditor.profiling.formulas import PRODUCTS, Kind

Reason = Callable[[Place], Iterator[Difference]]
Guess = Callable[[Place, int], Iterator[Difference]]

REASONS: list[Reason] = []
"""Those that reckon what a difference would be."""

GUESSES: list[Guess] = []
"""Those that only know the circumstances of a difference, tried where nothing adds up to it."""


def reason(function: Reason) -> Reason:
    """Register a function as a reason."""
    REASONS.append(function)
    return function


def guess(function: Guess) -> Guess:
    """Register a function as a reason that takes whatever the difference is."""
    GUESSES.append(function)
    return function


def other_work(place: Place) -> Iterator[Difference]:
    """What a counter itself tells from products: normalisation, pooling and the like."""
    for charge in place.charges:
        if charge.kind and charge.kind not in PRODUCTS:
            told = _per_result(place, charge.kind, charge.value, charge.operator)
            yield Difference(place.path, charge.operator, 0, charge.value, Sort.OTHER_WORK, told)


@reason
def leads_nowhere(place: Place) -> Iterator[Difference]:
    """Work that no result of the model is made of, which is no part of a graph."""
    needed = _needed(place.profile.flow) if place.knows is Knows.GRAPH else set()
    if not needed:
        return
    idle = [step for step in place.steps if step.work.macs and step not in needed]
    for operator in dict.fromkeys(step.operator for step in idle):
        macs = sum(step.work.macs for step in idle if step.operator == operator)
        yield Difference(place.path, operator, macs, 0, Sort.MISSED, "leaves out what leads to no result")


def _needed(flow: Flow) -> set[Step]:
    """The steps that results of the model are made of."""
    wanted, found = {port.value for port in flow.outputs}, set[Step]()
    for step in reversed(flow.steps):
        if wanted.intersection(step.gives):
            wanted.update(step.reads)
            found.add(step)
    return found


@reason
def missed(place: Place) -> Iterator[Difference]:
    """Operators without a formula; or, for counters of classes, work that no module of a known class does."""
    charged = {charge.operator for charge in place.charges}
    for operator, (_, work) in place.products.items():
        if operator not in charged:
            yield Difference(place.path, operator, work.macs, 0, Sort.MISSED, _missing(place, operator))


def _missing(place: Place, operator: str) -> str:
    """What a counter lacks to see an operator."""
    if place.knows is Knows.OPERATORS:
        return f"no formula for {operator}"
    if place.knows is Knows.GRAPH:
        return f"no formula for {operator} or for the operator that it is part of"
    if hasattr(nn, place.module.type):
        return f"no rule for {place.module.type}"
    if place.bypassed:
        return "a module's forward called directly, or its weights used without it"
    return "knows no functional call"


@reason
def biases(place: Place) -> Iterator[Difference]:
    """An addition for each result as if it were a multiply-accumulate."""
    for operator, (kind, work) in place.products.items():
        if kind is not Kind.ATTENTION:
            yield Difference(place.path, operator, 0, work.other, Sort.OTHER_WORK, _BIAS)
    if _gates(place):
        yield Difference(place.path, "", 0, _added(place), Sort.OTHER_WORK, _BIAS)


_BIAS = "counts the bias"


def _added(place: Place) -> int:
    """How often a recurrent layer or cell adds a bias to something: each of them in every step."""
    return place.biases * prod(place.output[:-1]) * place.calls


@reason
def gates(place: Place) -> Iterator[Difference]:
    """Recurrent layers with all that their gates do beside the products, for each unit and step."""
    if place.knows is Knows.CLASSES and _gates(place):
        work, added = _GATES[_gates(place)]
        operations = work + (added if place.biases else 0)
        layers = place.module.settings.get("num_layers", 1)
        units = prod(place.output) * int(str(layers)) * place.calls
        told = f"counts biases and gates, {operations} operations for each unit and step"
        yield Difference(place.path, "", 0, operations * units, Sort.OTHER_WORK, told)


_GATES = {"RNN": (1, 2), "GRU": (7, 6), "LSTM": (8, 8)}
"""What a unit does in one step beside products, and what its biases add to that."""


def _gates(place: Place) -> str:
    """Of which sort of gates a recurrent layer or cell has run; nothing if it is none."""
    name = place.module.type.removesuffix("Cell")
    return name if name in _GATES and place.output else ""


@reason
def every_name(place: Place) -> Iterator[Difference]:
    """A module that several parents share, hooked once for each of its names, and then added up once for each."""
    names = place.charged_names
    told = f"counts a module with {names} names {names**2} times"
    yield Difference(place.path, "", _once(place), place.charged, Sort.MISCOUNTED, told)


def _once(place: Place) -> int:
    """What a module would be charged with if it had a single name."""
    return place.charged // place.charged_names**2


@reason
def filter_for_each_result(place: Place) -> Iterator[Difference]:
    """A transposed convolution reckoned like any other, by its result, of which it fills in most with few products."""
    settings, told = place.module.settings, "counts a filter for every value of a transposed convolution's result"
    kernel, channels, groups = settings.get("kernel_size"), settings.get("in_channels"), settings.get("groups")
    if place.sees_modules and place.module.type.startswith("ConvTranspose") and isinstance(kernel, tuple):
        filters = int(str(channels)) // int(str(groups)) * prod(kernel)
        for operator, (kind, work) in place.products.items():
            predicted = place.results(kind) * filters
            yield Difference(place.path, operator, work.macs, predicted, Sort.MISCOUNTED, told)


@reason
def parameters_by_batch(place: Place) -> Iterator[Difference]:
    """Parameters times the batch, or times the first two dimensions of the result, whatever is done with them."""
    if place.knows is not Knows.PARAMETERS or not place.output or place.uncounted:
        return
    sort, factor = Sort.MISCOUNTED if place.macs else Sort.OTHER_WORK, (place.weights + place.biases) * place.calls
    for count, what in (
        (prod(place.output[:1]), "the batch"),
        (prod(place.output[:2]), "two dimensions of the result"),
    ):
        yield Difference(place.path, "", place.macs, factor * count, sort, f"multiplies all parameters by {what}")


@reason
def work_without_products(place: Place) -> Iterator[Difference]:
    """Modules in which nothing multiplies and accumulates."""
    if place.sees_modules and not place.macs and not place.uncounted:
        work = {kind: sum(s.work.other for s in place.steps if s.kind is kind) for kind in Kind}
        kind = max(work, key=work.__getitem__)
        told = _per_result(place, kind, _once(place), place.module.type)
        yield Difference(place.path, "", 0, _once(place), Sort.OTHER_WORK, told)


@guess
def no_formula_here(place: Place, gap: int) -> Iterator[Difference]:
    """Operators that the measurement has no formula for, and says so."""
    if place.uncounted and gap > 0:
        operators = ", ".join(place.uncounted)
        yield Difference(place.path, operators, 0, gap, Sort.UNCOUNTED, f"counts {operators}; there is no formula here")


@guess
def some_biases(place: Place, gap: int) -> Iterator[Difference]:
    """Recurrent layers that add some of their biases by an operator of their own, as memory happens to lie."""
    if _gates(place) and 0 < gap < _added(place):
        yield Difference(place.path, "", 0, gap, Sort.OTHER_WORK, "counts some of the biases")


@guess
def shapes_before_broadcasting(place: Place, gap: int) -> Iterator[Difference]:
    """A product reckoned from the shape of its first factor, before that is repeated for a batch of second ones."""
    counted = place.macs + gap
    if 0 < counted < place.macs and not place.macs % counted and _counts_in_graph(place, "matmul"):
        told = "counts a product without the batch it is broadcast to"
        yield Difference(place.path, "matmul", place.macs, counted, Sort.MISCOUNTED, told)


@guess
def einsum(place: Place, gap: int) -> Iterator[Difference]:
    """Einsum by another order of products than PyTorch takes."""
    if _counts_in_graph(place, "einsum"):
        told = "counts einsum in an order of products that is not PyTorch's"
        yield Difference(place.path, "einsum", place.macs, place.macs + gap, Sort.MISCOUNTED, told)


def _counts_in_graph(place: Place, operator: str) -> bool:
    return place.knows is Knows.GRAPH and any(charge.operator == operator for charge in place.charges)


def _per_result(place: Place, kind: Kind, value: int, what: str) -> str:
    """How work that is no product is counted: in operations for each result, if it comes to a whole number of them."""
    results = place.results(kind)
    if results and not value % results:
        times = value // results
        return f"counts {kind.value}, {times} operation{'s' if times > 1 else ''} for each result"
    return f"counts {what}, which multiplies and accumulates nothing"
