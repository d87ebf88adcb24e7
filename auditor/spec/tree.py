"""A tree of values, each of which knows its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.errors import Mark

_SHOWN = 60
"""Characters of a value that an error quotes."""


@dataclass(frozen=True)
class Node:
    """One value: a scalar (with its text as written), a sequence or a mapping of nodes."""

    mark: Mark
    value: Any
    text: str = ""
    keys: Mapping[str, Mark] = field(default_factory=dict)

    @staticmethod
    def mapping(mark: Mark, entries: Mapping[str, Entry]) -> Node:
        values = {key: entry.node for key, entry in entries.items()}
        return Node(mark, values, keys={key: entry.mark for key, entry in entries.items()})

    def entries(self) -> dict[str, Entry]:
        """A mapping's values, each with the place of its key."""
        return {key: Entry(self.keys[key], node) for key, node in self.value.items()}

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def is_sequence(self) -> bool:
        return isinstance(self.value, tuple)

    @property
    def is_scalar(self) -> bool:
        return not self.is_mapping and not self.is_sequence

    @property
    def kind(self) -> str:
        if self.is_mapping:
            return "a mapping"
        if self.is_sequence:
            return "a list"
        if self.value is None:
            return "nothing"
        return repr(self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}…")


@dataclass(frozen=True)
class Entry:
    """A value in a mapping and the place of its key."""

    mark: Mark
    node: Node
