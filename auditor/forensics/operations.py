"""Ways in which operations are counted otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from auditor.claims.scope import WHOLE, Part
from auditor.forensics.candidate import Case, Evidence, Found, mechanism
from auditor.forensics.fvcore import NOT_FOLLOWED, counts, enlarged
from auditor.forensics.thop import LAYERS, RECURRENT, extra_operations, layer_macs
from auditor.profiling.facts import Module, Operation
from auditor.profiling.formulas import PRODUCTS, Kind

_WORK = ("macs", "flops")
_BATCHES = (2, 4, 8, 16, 32, 64)
_SIZES = (
    128,
    160,
    192,
    224,
    256,
    288,
    299,
    300,
    320,
    384,
    416,
    448,
    480,
    512,
    576,
    600,
    608,
    640,
    672,
    720,
    768,
    800,
    1024,
)


@mechanism("multiply-accumulates or operations", *_WORK)
def convention(case: Case) -> Iterator[Found]:
    """MACs sold as FLOPs, or the reverse."""
    totals = case.variant.profile.under(case.part.paths)
    if case.word == "flops":
        yield Found(totals.macs, "the multiply-accumulates (MACs), not the operations (FLOPs)", 1)
        yield Found(2 * totals.macs, "twice the multiply-accumulates, with no other arithmetic", 1)
    else:
        yield Found(2 * totals.macs, "the FLOPs as two for each multiply-accumulate, not the MACs", 1)
        yield Found(totals.flops, "all arithmetic (FLOPs), not the multiply-accumulates (MACs)", 1)


@mechanism("which operations", *_WORK)
def which_operations(case: Case) -> Iterator[Found]:
    """Some kinds of operations counted in, or left out."""
    by_kind: dict[Kind, tuple[int, int]] = {}
    for operation in case.part.operations:
        macs, other = by_kind.get(operation.kind, (0, 0))
        by_kind[operation.kind] = (macs + operation.work.macs, other + operation.work.other)
    macs = sum(macs for macs, _ in by_kind.values())
    for kind, (own, other) in by_kind.items():
        if kind in PRODUCTS and own and own < macs:
            terms = _terms(case, f"less what is no {kind.value}", own - macs)
            yield Found(own, f"the multiply-accumulates of {kind.value} alone", 2, terms)
        name = f"biases of {kind.value}" if kind in PRODUCTS else f"{kind.value} operations"
        if other:
            yield Found(macs + other, f"right with the {name} counted in", 2, _terms(case, name, other))
    biases = sum(other for kind, (_, other) in by_kind.items() if kind in PRODUCTS - {Kind.ATTENTION})
    if biases:
        yield Found(macs + biases, "right with all biases counted in", 2, _terms(case, "biases", biases))
    everything = sum(other for _, other in by_kind.values())
    yield Found(macs + everything, "multiply-accumulates as one, and all other arithmetic with them", 2)


def _terms(case: Case, name: str, value: int) -> list[Evidence]:
    macs = case.variant.profile.under(case.part.paths).macs
    return [Evidence("multiply-accumulates", Fraction(macs)), Evidence(name, Fraction(value))]


@mechanism("another counter", *_WORK)
def hooks(case: Case) -> Iterator[Found]:
    """What counters report that look at modules of known classes only, and so miss the rest."""
    modules = {module.path: module for module in case.variant.profile.modules}
    products = [o for o in case.part.operations if o.kind in PRODUCTS]
    seen = [o for o in products if _is_layer(o, modules)]
    total, found = sum(o.macs for o in products), sum(o.macs for o in seen)
    missed = [Evidence(f"missed: {place}", Fraction(-macs)) for place, macs in _missed(products, modules)]
    base = [Evidence("multiply-accumulates", Fraction(total)), *missed]
    if found < total:
        yield Found(found, "what is counted from layers of known classes, without what functions do", 1, base)
    other: dict[str, int] = {}
    for operation in case.part.operations:
        other[operation.path] = other.get(operation.path, 0) + operation.work.other
    around = {path.rpartition(".")[0] for path in modules if "." in path}
    leaves = [m for m in case.part.modules if m.calls and m.path not in around]
    extra = [(module, extra_operations(module, other.get(module.path, 0))) for module in leaves]
    transposed = sum(layer_macs(modules[o.path], o.macs) - o.macs for o in seen)
    beside = sum(value for _, value in extra) + transposed
    norms = sum(value for m, value in extra if "Norm" in m.type)
    if beside and not any(m.type in RECURRENT for m in leaves):
        terms = [*base, Evidence("norms, 4 for each value", Fraction(norms))]
        if transposed:
            terms.append(Evidence("transposed convolutions, a filter for each result", Fraction(transposed)))
        if beside > norms + transposed:
            rest = Fraction(beside - norms - transposed)
            terms.append(Evidence("poolings, upsampling, softmax and the like as thop counts them", rest))
        text = "what thop reports: layers of known classes, and four operations for each value of a norm"
        yield Found(found + beside, text, 1, terms)


@mechanism("another counter: fvcore", *_WORK)
def by_operator(case: Case) -> Iterator[Found]:
    """What fvcore reports: matrix products but fused ones, and norms and poolings as it counts them."""
    modules = {module.path: module for module in case.variant.profile.modules}
    if any(operation.operator in NOT_FOLLOWED for operation in case.part.operations):
        return
    sums: dict[str, int] = {}
    for operation in case.part.operations:
        kind = operation.kind.value
        sums[kind] = sums.get(kind, 0) + counts(operation, modules.get(operation.path))
    sums["enlargement"] = sum(map(enlarged, case.part.modules))
    total = sum(sums.values())
    if total != case.variant.profile.under(case.part.paths).macs:
        evidence = [Evidence(f"{kind} as fvcore counts it", Fraction(value)) for kind, value in sums.items() if value]
        yield Found(
            total, "what fvcore reports: products, norms, adaptive poolings and bilinear enlargement", 1, evidence
        )


@mechanism("another counter of another variant", *_WORK)
def of_another_variant(case: Case) -> Iterator[Found]:
    """What other counters report of another variant: a stale figure, and not an exact one."""
    for variant in case.related if case.part.paths == WHOLE else ():
        macs = Fraction(variant.profile.total.macs)
        other = Case(case.word, Part(variant, WHOLE), macs)
        for candidate in (*hooks(other), *by_operator(other)):
            yield Found(candidate.value, f"{candidate.text}; of {variant.spec.name}", 2, candidate.evidence)


def _is_layer(operation: Operation, modules: dict[str, Module]) -> bool:
    module = modules.get(operation.path)
    return module is not None and module.type in LAYERS


def _missed(products: list[Operation], modules: dict[str, Module]) -> list[tuple[str, int]]:
    """The work that no known layer did, by the class of the module that did it."""
    sums: dict[str, int] = {}
    for operation in products:
        if operation.macs and not _is_layer(operation, modules):
            owner = modules[operation.path].type if operation.path in modules else operation.path
            place = f"{operation.operator.removeprefix('aten.')} in {owner or 'the model'}"
            sums[place] = sums.get(place, 0) + operation.macs
    return list(sums.items())


@mechanism("another batch", *_WORK)
def batch(case: Case) -> Iterator[Found]:
    """Operations of more than one input."""
    for number in _BATCHES:
        yield Found(case.measured * number, f"right for a batch of {number}", 3)


@mechanism("another input size", *_WORK)
def input_size(case: Case) -> Iterator[Found]:
    """Operations at another resolution, where they grow with the number of pixels."""
    first, *more = case.variant.spec.input.tensors
    shape = first.shape
    if more or len(shape) != 3 or shape[1] != shape[2]:
        return
    for size in _SIZES:
        if size != shape[1]:
            scaled = case.measured * Fraction(size * size, shape[1] * shape[2])
            yield Found(scaled, f"right for an input of {size}×{size}, scaled by the number of pixels", 3)
