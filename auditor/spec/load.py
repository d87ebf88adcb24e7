"""Read a spec file, together with the one it extends, into a checked `Spec`."""

from __future__ import annotations

import os.path
from dataclasses import replace
from pathlib import Path

from auditor.errors import SpecError, hint
from auditor.spec.bind import bind_fields
from auditor.spec.check import check
from auditor.spec.extend import extend
from auditor.spec.tree import Node, read_tree
from auditor.spec.types import Spec


def load(path: str | Path) -> Spec:
    """Read the spec at `path`; a SpecError says where and how it is wrong."""
    return _load(Path(path), ())[0]


def _load(path: Path, chain: tuple[Path, ...]) -> tuple[Spec, Node]:
    tree = read_tree(path, path.as_posix())
    if not tree.is_mapping:
        raise SpecError(tree.mark, f"a spec must be a mapping, not {tree.kind}")
    base = None
    if "extends" in tree.value:
        base, base_tree = _load(*_base_path(tree.value["extends"], path, chain))
        tree = extend(tree, base_tree)
    spec = replace(bind_fields(tree, Spec, "the spec"), path=path, base=base)
    return check(spec, tree), tree


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
