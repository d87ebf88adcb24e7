"""What the names in an expression stand for: components, module paths, and other variants."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from auditor.errors import Mark, SpecError, hint
from auditor.profiling import Profile
from auditor.profiling.facts import Module, Operation, Parameter, Uncounted, below
from auditor.spec import Spec
from auditor.spec.expression import Name

WHOLE = ("",)
"""The paths that stand for the whole model."""


@dataclass(frozen=True)
class Variant:
    """A spec with the profile of its model."""

    spec: Spec
    profile: Profile

    @cached_property
    def place(self) -> Path:
        """Where its spec lies, the same however that is written."""
        return self.spec.path.resolve()

    @cached_property
    def components(self) -> dict[str, tuple[str, ...]]:
        """Every component's paths: those of the stages, then those of the declared components.

        Of a factory's model without any declared, the modules right below it are its components.
        """
        parts = self._children if self.spec.factory and not self.spec.components else self.spec.model
        stages = {part: (part,) for part in parts}
        return stages | {name: self._union(patterns) for name, patterns in self.spec.components.items()}

    @cached_property
    def listed(self) -> dict[str, tuple[str, ...]]:
        """The components to list, in the model's order: the declared ones, and the stages that
        none of these takes in whole."""
        taken = {path for name in self.spec.components for path in self.components[name]}
        named = {name: paths for name, paths in self.components.items() if paths}
        listed = {name: paths for name, paths in named.items() if name in self.spec.components or name not in taken}
        order = {path: place for place, path in enumerate(self.paths)}
        return dict(sorted(listed.items(), key=lambda item: order[item[1][0]]))

    @cached_property
    def paths(self) -> dict[str, None]:
        """Every path that can be measured, of modules and of parameters, in the model's order."""
        modules = [module.path for module in self.profile.modules if module.path]
        return dict.fromkeys(modules + [name for p in self.profile.parameters for name in p.names])

    @property
    def _children(self) -> list[str]:
        """The modules right below the model that hold parameters or do work."""
        paths = [module.path for module in self.profile.modules if module.path and "." not in module.path]
        sums = {path: self.profile.under([path]) for path in paths}
        return [path for path, totals in sums.items() if totals.params or totals.flops]

    def sizes(self, word: str) -> dict[str, int]:
        """A quantity of every module below the model, by its path."""
        if word not in self._sizes:
            modules = [module.path for module in self.profile.modules if module.path]
            self._sizes[word] = {path: getattr(self.profile.under((path,)), word) for path in modules}
        return self._sizes[word]

    @cached_property
    def _sizes(self) -> dict[str, dict[str, int]]:
        return {}

    def _union(self, patterns: tuple[Name, ...]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for pattern in patterns:
            matching = self.matching(pattern.text)
            if not matching:
                message = f"no module path matches '{pattern.text}'" + hint(pattern.text, self.paths, "paths")
                raise SpecError(pattern.mark, message)
            found.update(dict.fromkeys(matching))
        return tuple(found)

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The paths that a pattern stands for, in which `*` is any one step."""
        if pattern in self.paths:
            return (pattern,)
        if "*" not in pattern:
            return ()
        steps = ("[^.]*" if step == "*" else re.escape(step) for step in pattern.split("."))
        return tuple(filter(re.compile(r"\.".join(steps)).fullmatch, self.paths))


Find = Callable[[Path], Variant]
"""How other variants are had: from the path of their spec to the spec with its profile."""


@dataclass(frozen=True)
class Part:
    """Some paths of one variant's model."""

    variant: Variant
    paths: tuple[str, ...]

    @cached_property
    def holds(self) -> Callable[[str], bool]:
        """Whether a path is one of these, or below one."""
        return below(self.paths)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """The modules at these paths and below them."""
        return tuple(module for module in self.variant.profile.modules if self.holds(module.path))

    @cached_property
    def parameters(self) -> tuple[Parameter, ...]:
        """The distinct parameters below these paths."""
        return tuple(self.variant.profile.parameters_under(self.paths))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that modules below these paths made."""
        return tuple(self.variant.profile.operations_under(self.paths))

    @property
    def others(self) -> tuple[Part, ...]:
        """The components that a part is ranked among."""
        listed = self.variant.listed.values()
        return tuple(Part(self.variant, paths) for paths in listed if set(paths) != set(self.paths))

    @property
    def uncounted(self) -> tuple[Uncounted, ...]:
        """The calls made here whose work could not be counted."""
        return tuple(entry for entry in self.variant.profile.uncounted if self.holds(entry.path))


@dataclass(frozen=True)
class Scope:
    """Where the names of one spec's expressions are looked up."""

    variant: Variant
    find: Find

    def part(self, names: tuple[Name, ...], mark: Mark) -> Part:
        """What a quantity is taken over: the whole model, or the parts named, of a single variant."""
        key = tuple(name.text for name in names)
        if key not in self._parts:
            self._parts[key] = self._joined(names, mark)
        return self._parts[key]

    @cached_property
    def _parts(self) -> dict[tuple[str, ...], Part]:
        return {(): Part(self.variant, WHOLE)}

    def _joined(self, names: tuple[Name, ...], mark: Mark) -> Part:
        parts = [self._resolve(name) for name in names]
        if any(part.variant is not parts[0].variant for part in parts):
            raise SpecError(mark, "one quantity cannot be taken over two variants; add two quantities instead")
        return Part(parts[0].variant, tuple(path for part in parts for path in part.paths))

    def find_part(self, name: Name) -> Part | None:
        """What a name stands for, or None if it names no part but, say, a class or a setting."""
        if name.text not in self._found:
            self._found[name.text] = self._find(name.text)
        return self._found[name.text]

    @cached_property
    def _found(self) -> dict[str, Part | None]:
        return {}

    def _find(self, text: str) -> Part | None:
        own = _lookup(self.variant, text)
        if own is not None:
            return Part(self.variant, own)
        first, _, rest = text.partition(".")
        if first in self.variant.components or first not in self._others:
            return None
        other = self.find(self._others[first])
        found = _lookup(other, rest) if rest else WHOLE
        return None if found is None else Part(other, found)

    def _resolve(self, name: Name) -> Part:
        part = self.find_part(name)
        if part is None:
            raise self._unknown(name)
        return part

    def _unknown(self, name: Name) -> SpecError:
        first, _, rest = name.text.partition(".")
        if rest and first in self._others and first not in self.variant.components:
            other = self.find(self._others[first])
            message = f"variant '{first}' has no '{rest}'" + hint(rest, other.components, "known", other.paths)
        else:
            known = {*self.variant.components, *self._others}
            message = f"unknown component or variant '{name.text}'"
            message += hint(name.text, known, "known", self.variant.paths)
        return SpecError(name.mark, message)

    @cached_property
    def _others(self) -> dict[str, Path]:
        """The other variants: the specs beside this one by file name, and those it extends by name."""
        spec = self.variant.spec
        beside = {path.stem: path for path in sorted(spec.path.parent.glob("*.yaml")) if path != spec.path}
        return beside | {base.name: base.path for base in spec.bases}


def _lookup(variant: Variant, name: str) -> tuple[str, ...] | None:
    if name in variant.components:
        return variant.components[name]
    return variant.matching(name) or None
