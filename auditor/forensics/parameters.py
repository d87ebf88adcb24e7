"""Ways in which parameters are miscounted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import combinations, permutations

from auditor.claims.scope import WHOLE
from auditor.forensics.candidate import Case, Evidence, Found, mechanism
from auditor.forensics.parts import Piece, pieces, siblings, submodules
from auditor.forensics.thop import RULES, keeps_counters
from auditor.profiling.facts import Buffer, Module, Parameter

_COUNTED = ("params", "trainable", "macs", "flops")
_MOST_LEFT_OUT = 3


@mechanism("left out", *_COUNTED)
def left_out(case: Case) -> Iterator[Found]:
    """The figure is that of the part without some of what it is made of."""
    inside = pieces(case)
    single = [piece for piece in inside if not _overlap(piece)]
    overlapping = {(one.name, other.name) for one, other in combinations(single, 2) if _overlap(one, other)}
    for number in range(1, min(_MOST_LEFT_OUT, len(inside) - 1) + 1):
        for chosen in combinations(single, number):
            if not overlapping.isdisjoint(combinations([piece.name for piece in chosen], 2)):
                continue
            gone = sum(piece.value for piece in chosen)
            yield Found(
                case.measured - gone,
                f"right without {_joined(chosen)}",
                number,
                [_measured(case), *(Evidence(f"less {piece.name}", -piece.value) for piece in chosen)],
            )


@mechanism("counted twice", *_COUNTED)
def counted_twice(case: Case) -> Iterator[Found]:
    """The figure counts something in the part two times."""
    for piece in pieces(case):
        yield Found(
            case.measured + piece.value,
            f"right if {piece.name} is counted twice",
            2,
            [_measured(case), Evidence(f"{piece.name} again", piece.value)],
        )


@mechanism("another part", *_COUNTED)
def another_part(case: Case) -> Iterator[Found]:
    """The figure is that of another part of the model, or of several together."""
    components = _components(case)
    for piece in components:
        yield Found(piece.value, f"the {case.of} of {piece.name}", 2)
    for chosen in combinations(components, 2):
        total = sum(piece.value for piece in chosen)
        evidence = [Evidence(piece.name, piece.value) for piece in chosen]
        yield Found(total, f"the {case.of} of {_joined(chosen)} together", 3, evidence)
    for piece in submodules(case):
        yield Found(piece.value, f"the {case.of} of the module {piece.name}", 3)


@mechanism("one for all", *_COUNTED)
def one_for_all(case: Case) -> Iterator[Found]:
    """The figure is that of one of several alike, or of all of them for one."""
    for name, value, number in siblings(case):
        if number > 1:
            yield Found(value, f"the {case.of} of one {name}, of which there are {number}", 2)
            yield Found(
                value * number,
                f"the {case.of} of all {number} {name} together, not of one",
                2,
                [Evidence(f"each {name}", value)],
            )
    for level in (2, 3, 4):
        if case.measured % level == 0:
            yield Found(case.measured / level, f"a {_PARTS[level]} of it: one level's share where there are {level}", 3)


_PARTS = {2: "half", 3: "third", 4: "quarter"}


@mechanism("another variant", *_COUNTED)
def another_variant(case: Case) -> Iterator[Found]:
    """The figure is right for another variant: it is stale, or was copied from the wrong column."""
    for variant in case.related:
        value = getattr(variant.profile.total, case.word)
        if case.part.paths == WHOLE:
            yield Found(value, f"right for {variant.spec.name}", 1)
            continue
        yield Found(value, f"the {case.of} of all of {variant.spec.name}", 3)
        same = [name for name, paths in case.variant.components.items() if set(paths) == set(case.part.paths)]
        for name in same:
            if name in variant.components:
                found = getattr(variant.profile.under(variant.components[name]), case.word)
                yield Found(found, f"right for the {name} of {variant.spec.name}", 1)


@mechanism("every nested module", "params", "trainable")
def nested(case: Case) -> Iterator[Found]:
    """The figure adds up modules by name, so that what lies in one counts again with each around it."""
    for chosen, told in _named_groups(case):
        total = sum(case.sizes[module.path] for module in chosen)
        evidence = [Evidence(f"{number} × {name}", value) for name, number, value in _by_type(chosen, case)]
        yield Found(
            total, f"the sum over all {len(chosen)} modules {told}, each with all that is nested in it", 2, evidence
        )


@mechanism("nested modules", "count")
def nested_count(case: Case) -> Iterator[Found]:
    """The figure counts the modules inside as well."""
    for chosen, told in _named_groups(case):
        yield Found(len(chosen), f"the number of all modules {told}, nested ones included", 2)


def _named_groups(case: Case) -> Iterator[tuple[list[Module], str]]:
    """The modules that a search by name finds: all below a part, with and without what only holds them."""
    under = [module for module in case.part.modules if module.path]
    names = ", ".join(path for path in case.part.paths if path) or case.variant.spec.name
    yield under, f"in {names}"
    inner = [module for module in under if module.type not in _HOLDERS and module.path not in case.part.paths]
    if inner and len(inner) < len(under):
        yield inner, f"in {names} but the lists that hold them"


_HOLDERS = ("ModuleList", "ModuleDict", "PerLevel")


def _by_type(modules: Iterable[Module], case: Case) -> list[tuple[str, int, Fraction]]:
    sums: dict[str, tuple[int, int]] = {}
    for module in modules:
        number, value = sums.get(module.type, (0, 0))
        sums[module.type] = (number + 1, value + case.sizes[module.path])
    return [(name, number, Fraction(value)) for name, (number, value) in sums.items() if value]


@mechanism("which parameters", "params", "trainable")
def which_parameters(case: Case) -> Iterator[Found]:
    """Biases, norms, buffers, frozen or tied parameters left out or counted in."""
    every = case.part.parameters
    held = [p for p in every if p.trainable or case.word == "params"]
    types = {module.path: module.type for module in case.variant.profile.modules}
    owner = {parameter: types.get(parameter.names[0].rpartition(".")[0], "") for parameter in held}
    biases = [p for p in held if p.names[0].rpartition(".")[2] == "bias"]
    norms = [p for p in held if "Norm" in owner[p]]
    normed = set(norms)
    groups = {
        "biases": biases,
        "the norms' parameters": norms,
        "biases and norms": list({*biases, *norms}),
        "the biases of other modules than norms": [p for p in biases if p not in normed],
        "frozen parameters": [p for p in held if not p.trainable],
        "embeddings": [p for p in held if owner[p] == "Embedding"],
    }
    for name, chosen in groups.items():
        gone = _sum(chosen)
        if gone and gone < case.measured:
            evidence = [_measured(case), Evidence(f"less {name}", Fraction(-gone))]
            yield Found(case.measured - gone, f"right without {name}", 2, evidence)
    folded = _sum(norms) // 2
    if folded:
        evidence = [_measured(case), Evidence("the norms' scales, folded into convolutions", Fraction(-folded))]
        yield Found(case.measured - folded, "right with each norm folded into its convolution as a bias", 3, evidence)
    yield from _with_buffers(case)
    if case.word == "trainable" and len(held) < len(every):
        frozen = Fraction(_sum(p for p in every if not p.trainable))
        evidence = [_measured(case), Evidence("frozen parameters", frozen)]
        yield Found(case.measured + frozen, "right with frozen parameters counted in", 2, evidence)
    again = sum(parameter.count * (len(parameter.names) - 1) for parameter in held)
    if again:
        evidence = [_measured(case), Evidence("tied parameters once more for each further name", Fraction(again))]
        yield Found(
            case.measured + again, "right if tied parameters are counted under each of their names", 1, evidence
        )


def _with_buffers(case: Case) -> Iterator[Found]:
    buffers = [b for b in case.variant.profile.buffers if any(map(case.part.holds, b.names))]
    marked = {module.identity for module in case.part.modules if keeps_counters(module)}
    extras = {
        "the buffers": buffers,
        "the running statistics of the norms": [b for b in buffers if not _is_counter(b)],
    }
    for name, chosen in extras.items():
        added = sum(buffer.count for buffer in chosen)
        if added:
            evidence = [_measured(case), Evidence(name, Fraction(added))]
            yield Found(case.measured + added, f"right with {name} counted as parameters", 1, evidence)
    everything = sum(buffer.count for buffer in buffers)
    residue = 2 * len(marked)
    if residue:
        evidence = [
            _measured(case),
            Evidence("the buffers", Fraction(everything)),
            Evidence(f"total_ops and total_params, which thop leaves in {len(marked)} modules", Fraction(residue)),
        ]
        text = "the size of a checkpoint saved after thop had counted it"
        yield Found(case.measured + everything + residue, text, 3, evidence)


def _is_counter(buffer: Buffer) -> bool:
    """Whether a norm counts its batches in it."""
    return buffer.names[0].endswith("num_batches_tracked")


@mechanism("another counter's parameters", "params")
def by_class(case: Case) -> Iterator[Found]:
    """What thop reports: the parameters of modules it has a rule for, however they are shared."""
    known = [m for m in case.part.modules if m.path and m.type in RULES and m.type != "Sequential" and m.calls]
    paths = {module.path for module in known}
    counted = sum(case.sizes[path] for path in paths)
    missed = [
        parameter
        for parameter in case.part.parameters
        if not any(name.rpartition(".")[0] in paths for name in parameter.names)
    ]
    if counted != case.measured:
        evidence = [_measured(case), *(Evidence(f"missed: {p.names[0]}", Fraction(-p.count)) for p in missed)]
        again = counted - (case.measured - _sum(missed))
        if again:
            evidence.append(Evidence("shared ones, once more for each further place", again))
        yield Found(counted, "what thop reports: the parameters of modules of known classes", 1, evidence)


def _components(case: Case) -> list[Piece]:
    """The components of the variant, other than the part itself."""
    found = []
    for name, paths in case.variant.components.items():
        if set(paths) != set(case.part.paths):
            value = case.under(paths)
            if value:
                found.append(Piece(name, paths, Fraction(value)))
    return found


def _overlap(*chosen: Piece) -> bool:
    paths = [path for piece in chosen for path in piece.paths]
    return any(one == other or other.startswith(f"{one}.") for one, other in permutations(paths, 2))


def _measured(case: Case) -> Evidence:
    return Evidence("measured", case.measured)


def _sum(parameters: Iterable[Parameter]) -> int:
    return sum(parameter.count for parameter in parameters)


def _joined(chosen: Iterable[Piece]) -> str:
    *names, last = [piece.name for piece in chosen]
    return f"{', '.join(names)} and {last}" if names else last
