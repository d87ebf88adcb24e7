"""What parts of models are made of, for mechanisms to leave out, double or mistake."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.forensics.candidate import Case


@dataclass(frozen=True)
class Piece:
    """Something inside a part, with its share of the quantity in question."""

    name: str
    paths: tuple[str, ...]
    value: Fraction


def pieces(case: Case) -> list[Piece]:
    """What a part is made of: the components inside it; of a single one, the modules right below."""
    variant = case.variant
    inside = {
        name: paths
        for name, paths in variant.components.items()
        if set(paths) != set(case.part.paths) and all(map(case.part.holds, paths))
    }
    if len(inside) < 2:
        inside = {path: (path,) for path in _children(case)} | inside
    return _measured(case, inside | _same_block(case, inside))


def _same_block(case: Case, inside: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """All stages of one block together, where no component names them."""
    stages: dict[str, list[str]] = defaultdict(list)
    for name, stage in case.variant.spec.model.items():
        if name in inside:
            stages[stage.block].append(name)
    known = {frozenset(paths) for paths in inside.values()}
    groups = {block: tuple(names) for block, names in stages.items() if len(names) > 1}
    return {f"every {block}": paths for block, paths in groups.items() if frozenset(paths) not in known}


def submodules(case: Case) -> list[Piece]:
    """Every module of the variant, each value once."""
    found: dict[int, str] = {}
    for path, value in case.sizes.items():
        found.setdefault(value, path)
    return [Piece(path, (path,), Fraction(value)) for value, path in found.items() if value]


def siblings(case: Case) -> Iterator[tuple[str, Fraction, int]]:
    """Kinds of modules that the part holds, or that it is one of, each with its value and their number."""
    groups: dict[tuple[str, int], int] = defaultdict(int)
    types = {module.path: module.type for module in case.variant.profile.modules}
    alike = {types[own] for own in case.part.paths if own in types}
    around = {own[:end] for own in case.part.paths for end, sign in enumerate(own) if sign == "."}
    for path, value in case.sizes.items():
        if case.part.holds(path) or (types[path] in alike and path not in around):
            groups[types[path], value] += 1
    for (name, value), number in groups.items():
        if value:
            yield name, Fraction(value), number


def _children(case: Case) -> list[str]:
    """The modules right below the part's paths, passing through lists of one."""
    found = []
    for own in case.part.paths:
        start = f"{own}." if own else ""
        found += [p for p in case.sizes if p.startswith(start) and p != own and "." not in p[len(start) :]]
    return found


def _measured(case: Case, named: dict[str, tuple[str, ...]]) -> list[Piece]:
    sizes = {name: case.under(paths) for name, paths in named.items()}
    return [Piece(name, named[name], Fraction(value)) for name, value in sizes.items() if value]
