"""Read a spec file, together with the one it extends, into a checked `Spec`."""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from auditor.errors import SpecError, hint
from auditor.spec.bind import bind_fields
from auditor.spec.check import check
from auditor.spec.extend import extend
from auditor.spec.factory import FACTORY, Factory
from auditor.spec.parse import read_tree
from auditor.spec.tree import Entry, Node
from auditor.spec.types import Spec


def load(path: str | Path, *, given: Iterable[str | Path] | None = None) -> Spec:
    """Read the spec at `path`; a SpecError says where and how it is wrong.

    A factory is code, and is imported only if it stands in a spec file that the user gave. These
    are `given`; if nothing is said, it is this one alone.
    """
    return load_all([path], given=[path] if given is None else given)[Path(path)]


def load_all(paths: Iterable[str | Path], *, given: Iterable[str | Path]) -> dict[Path, Spec]:
    """Read several specs, each file once, even if others extend it."""
    files = frozenset(Path(file).resolve() for file in given)
    known: Known = {}
    return {path: _load(path, (), files, known)[0] for path in map(Path, paths)}


Known = dict[Path, tuple[Spec, Node]]
"""The specs that were read, with their trees."""


def _load(path: Path, chain: tuple[Path, ...], given: frozenset[Path], known: Known) -> tuple[Spec, Node]:
    if path not in known:
        tree = read_tree(path, path.as_posix())
        if not tree.is_mapping:
            raise SpecError(tree.mark, f"a spec must be a mapping, not {tree.kind}")
        base = None
        if "extends" in tree.value:
            base, base_tree = _load(*_base_path(tree.value["extends"], path, chain), given, known)
            tree = extend(tree, base_tree)
        spec = replace(_bound(tree), path=path, base=base, given=given)
        known[path] = check(spec, tree), tree
    return known[path]


def _bound(tree: Node) -> Spec:
    """The spec of a tree, whose model is a factory or else stages."""
    model, factory = tree.value.get("model"), None
    if model is not None and model.is_mapping and FACTORY in model.value:
        factory = Factory.from_node(model)
        no_stages = Entry(tree.keys["model"], Node(model.mark, {}))
        tree = Node.mapping(tree.mark, tree.entries() | {"model": no_stages})
    spec: Spec = bind_fields(tree, Spec, "the spec")
    return replace(spec, factory=factory)


def _base_path(extends: Node, path: Path, chain: tuple[Path, ...]) -> tuple[Path, tuple[Path, ...]]:
    if not isinstance(extends.value, str):
        raise SpecError(extends.mark, f"'extends' must be the path of a spec file, not {extends.kind}")
    base = Path(os.path.normpath(path.parent / extends.text))
    if not os.path.isfile(base):
        folder = base.parent if os.path.isdir(base.parent) else path.parent
        beside = [os.path.relpath(other, path.parent) for other in folder.glob("*.yaml") if other != path]
        raise SpecError(extends.mark, f"there is no spec '{extends.text}'" + hint(extends.text, beside, "specs here"))
    chain = (*chain, path)
    if any(base.resolve() == earlier.resolve() for earlier in chain):
        circle = " → ".join(step.as_posix() for step in (*chain, base))
        raise SpecError(extends.mark, f"'extends' goes in a circle: {circle}")
    return base, chain
