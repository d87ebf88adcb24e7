"""Models of anyone's: the callable that makes one, and the files that have a say in it."""

from __future__ import annotations

import os.path
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import Mark, SpecError, hint
from auditor.spec.tree import Entry, Node

FACTORY, ARGS = "factory", "args"
"""The keys of a model that a factory makes; the second one also stands before an argument: `args.width`."""

_STEPS = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
NAME = rf"^{_STEPS}:{_STEPS}$"
"""How a factory is written: package.module:callable."""


@dataclass(frozen=True)
class Factory:
    """A callable that makes the model, the arguments it is called with, and the spec files that say so."""

    module: str
    attribute: str
    arguments: Mapping[str, Entry]
    mark: Mark
    files: tuple[Path, ...]

    @staticmethod
    def from_node(node: Node) -> Factory:
        """Read the `model` of a spec that has a factory."""
        for key, mark in node.keys.items():
            if key not in (FACTORY, ARGS):
                raise SpecError(mark, f"unknown key '{key}' beside '{FACTORY}'" + hint(key, [ARGS], "known keys"))
        name = node.value[FACTORY]
        if not isinstance(name.value, str) or not re.fullmatch(NAME, name.value):
            raise SpecError(name.mark, _malformed(name))
        args = node.value.get(ARGS, Node(node.mark, {}))
        if not args.is_mapping:
            raise SpecError(args.mark, f"'{ARGS}' must be a mapping of arguments, not {args.kind}")
        module, _, attribute = name.value.partition(":")
        marks = [name.mark, *(entry.mark for entry in args.entries().values())]
        files = dict.fromkeys(Path(mark.path).resolve() for mark in marks)
        return Factory(module, attribute, args.entries(), name.mark, tuple(files))

    @property
    def name(self) -> str:
        return f"{self.module}:{self.attribute}"

    @property
    def folder(self) -> Path:
        """Where the spec lies that names the factory."""
        return self.files[0].parent

    def refusal(self, given: Collection[Path]) -> str:
        """Why the factory must not be imported where the user gave some spec files; empty if it may be.

        Code is run only on the word of files that the user named, not of those that others refer to.
        """
        if not given:
            return f"the factory '{self.name}' is not imported (--no-import)"
        named = next((file for file in self.files if file not in given), None)
        if named is None:
            return ""
        return (
            f"the factory '{self.name}' is not imported, for {os.path.relpath(named)} was not named;"
            " to allow it, name that spec on the command line as well, or with --import"
        )


def _malformed(name: Node) -> str:
    advice = ""
    if isinstance(name.value, str) and re.fullmatch(_STEPS, name.value) and "." in name.value:
        advice = f" (did you mean '{':'.join(name.value.rsplit('.', 1))}'?)"
    return f"'{FACTORY}' must be written as package.module:callable, not {name.kind}{advice}"


def plain(node: Node) -> object:
    """A node's value as Python has it: numbers, texts, true and false, None, lists and dicts."""
    if node.is_mapping:
        return {key: plain(value) for key, value in node.value.items()}
    if node.is_sequence:
        return [plain(item) for item in node.value]
    return node.value if node.value is None or isinstance(node.value, str | int | float) else node.text
