"""How one spec builds on another: what `extends:` takes over and what the child changes."""

from __future__ import annotations

from auditor.errors import SpecError, hint
from auditor.spec.factory import ARGS, FACTORY
from auditor.spec.tree import Entry, Node

_INHERITED = ("input", "model", "assumptions")


def extend(child: Node, base: Node) -> Node:
    """Lay the child over what it inherits from a valid base; every value keeps its own place.

    Claims, documents, components and budgets belong to one variant and are never inherited.
    """
    inherited = {key: entry for key, entry in base.entries().items() if key in _INHERITED}
    own = child.entries()
    merged = inherited | own
    if _is_mapping(own, "model"):
        merged["model"] = _with(own["model"], _model(_entries(inherited, "model"), _entries(own, "model")))
    if "assumptions" in inherited:
        model = _entries(inherited, "model")
        changed = _changed_subjects(own, FACTORY in model)
        parts = () if _is_new(model, _entries(own, "model")) else (ARGS,) if FACTORY in model else model
        subjects = {"input", *parts} - changed
        kept = {
            subject: entry
            for subject, entry in _entries(inherited, "assumptions").items()
            if subject.partition(".")[0] in subjects and subject not in changed
        }
        if "assumptions" not in own:
            merged["assumptions"] = _with(inherited["assumptions"], kept)
        elif _is_mapping(own, "assumptions"):
            merged["assumptions"] = _with(own["assumptions"], kept | _entries(own, "assumptions"))
    return Node.mapping(child.mark, merged)


def _changed_subjects(own: dict[str, Entry], has_factory: bool) -> set[str]:
    """What the child says anew: `input`, whole stages, and single arguments as `stage.argument`."""
    changed = {"input"} & own.keys()
    for name, stage in _entries(own, "model").items():
        if _replaces(stage.node) and not has_factory:
            changed.add(name)
        elif stage.node.is_mapping:
            changed.update(f"{name}.{argument}" for argument in stage.node.value)
    return changed


def _model(base: dict[str, Entry], child: dict[str, Entry]) -> dict[str, Entry]:
    """The base's model, changed by the child's; a factory in place of stages or of another, or stages in its
    place, make a new one."""
    if FACTORY in child:
        return child
    if FACTORY not in base:
        return _stages(base, child)
    if not _is_new(base, child):
        args = _entries(base, ARGS) | _entries(child, ARGS)
        return {**base, **child, **({ARGS: _with(child[ARGS], args)} if _is_mapping(child, ARGS) else {})}
    for entry in child.values():
        if not entry.node.is_mapping or "block" not in entry.node.value:
            message = f"the base has a factory; change its arguments in '{ARGS}', or give stages that name a 'block'"
            raise SpecError(entry.mark, message)
    return child


def _is_new(base: dict[str, Entry], child: dict[str, Entry]) -> bool:
    """Whether nothing of the base's model is left, as one of the two has a factory."""
    return FACTORY in child or (FACTORY in base and not child.keys() <= {ARGS})


def _stages(base: dict[str, Entry], child: dict[str, Entry]) -> dict[str, Entry]:
    """The base's stages, changed by the child's.

    A stage that names a block is replaced, one that names none has its arguments changed, an empty
    one is left out, and a new one comes after the stage written before it.
    """
    order = list(base)
    place = 0
    for name, entry in child.items():
        if name not in base:
            if entry.node.value is None or (entry.node.is_mapping and "block" not in entry.node.value):
                raise SpecError(entry.mark, f"the base has no stage '{name}' to change" + hint(name, base, "stages"))
            order.insert(place, name)
        place = order.index(name) + 1
    merged = {name: _stage(base.get(name), child.get(name)) for name in order}
    return {name: entry for name, entry in merged.items() if entry.node.value is not None}


def _stage(base: Entry | None, child: Entry | None) -> Entry:
    if base is None or child is None:
        only = base or child
        assert only is not None
        return only
    if _replaces(child.node) or not child.node.is_mapping:
        return child
    return _with(child, base.node.entries() | child.node.entries())


def _replaces(stage: Node) -> bool:
    return stage.value is None or (stage.is_mapping and "block" in stage.value)


def _is_mapping(entries: dict[str, Entry], key: str) -> bool:
    return key in entries and entries[key].node.is_mapping


def _entries(entries: dict[str, Entry], key: str) -> dict[str, Entry]:
    return entries[key].node.entries() if _is_mapping(entries, key) else {}


def _with(entry: Entry, entries: dict[str, Entry]) -> Entry:
    return Entry(entry.mark, Node.mapping(entry.node.mark, entries))
