"""The tree of an ordinary YAML text by way of libyaml, in a sixth of the time that PyYAML takes.

The two do not agree about all of YAML, least of all about places. So whatever they may see differently
is left to PyYAML, and so is everything that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import takewhile
from typing import Any

import yaml

from auditor.errors import Mark
from auditor.spec.tree import Entry, Node

_UNUSUAL = re.compile(r"[\t\r\x85\u2028\u2029\ufeff?]|\S#")
"""Tabs, rare line breaks, byte order marks, question marks, and comments that no space precedes."""

_DEEPEST = 50
"""Lists and mappings within each other, beyond which PyYAML may give up."""

_TEXT = "tag:yaml.org,2002:str"


def quick_tree(text: str, shown: str) -> Node | None:
    """The tree of a text; None if libyaml is not at hand, or PyYAML must be asked."""
    if not yaml.__with_libyaml__ or _UNUSUAL.search(text):
        return None
    try:
        return _Composer(text, shown).tree()
    except Exception:  # PyYAML will say what it is, and where
        return None


def inside(scalar: Any, mark: Mark) -> Mark:
    """Where the text of a scalar begins, behind its quote; if it spans lines, no other place in it is known."""
    inner = mark.shifted(1) if scalar.style in ("'", '"') else mark
    return inner if scalar.start_mark.line == scalar.end_mark.line else replace(inner, is_inexact=True)


class _Composer:
    """Recursive descent over the events of a text; the first that is not ordinary raises an error."""

    def __init__(self, text: str, shown: str) -> None:
        self.shown = shown
        self.events: Iterator[Any] = yaml.parse(text, yaml.CSafeLoader)
        self.constructor = yaml.SafeLoader("")

    def tree(self) -> Node:
        """The only document."""
        self.expect(yaml.StreamStartEvent)
        self.expect(yaml.DocumentStartEvent)
        root = self.node(next(self.events), 0, in_flow=True)
        self.expect(yaml.DocumentEndEvent)
        self.expect(yaml.StreamEndEvent)
        return root

    def expect(self, kind: type) -> None:
        if not isinstance(next(self.events), kind):
            raise ValueError("not a single document")

    def node(self, event: Any, depth: int, in_flow: bool) -> Node:
        if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag or depth > _DEEPEST:
            raise ValueError("an alias, an anchor, a tag, or nested deeply")
        mark = Mark(self.shown, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.ScalarEvent):
            if in_flow and not event.value and not event.style:
                raise ValueError("nothing, whose place the two see differently")
            return Node(inside(event, mark), self.value(event), event.value)
        within = partial(self.node, depth=depth + 1, in_flow=event.flow_style)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(mark, tuple(map(within, self.until(yaml.SequenceEndEvent))))
        entries: dict[str, Entry] = {}
        for item in self.until(yaml.MappingEndEvent):
            key = within(item)
            if not key.is_scalar or key.text in entries:
                raise ValueError("a key that is no word, or is given twice")
            entries[key.text] = Entry(key.mark, within(next(self.events)))
        return Node.mapping(mark, entries)

    def until(self, end: type) -> Iterator[Any]:
        return takewhile(lambda event: not isinstance(event, end), self.events)

    def value(self, event: yaml.ScalarEvent) -> Any:
        tag = self.constructor.resolve(yaml.ScalarNode, event.value, event.implicit)  # type: ignore[no-untyped-call]
        return event.value if tag == _TEXT else self.constructor.construct_object(yaml.ScalarNode(tag, event.value))
