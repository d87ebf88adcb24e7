"""YAML as a tree in which every value knows its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from auditor.errors import Mark, SpecError
from auditor.spec.quick import inside, quick_tree
from auditor.spec.tree import Entry, Node


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases, which would make one place stand for two."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases (*name) are not supported", problem_mark=mark)
        return super().compose_node(parent, index)


def read_tree(path: Path, shown: str) -> Node:
    """Read a YAML file; `shown` is the name that errors print for it."""
    start = Mark(shown, 1, 1)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SpecError(start, f"cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SpecError(start, f"is not UTF-8 text (byte {error.start})") from None
    return parse_tree(text, shown)


def parse_tree(text: str, shown: str) -> Node:
    """Read YAML; `shown` is the name that errors print for where it stands."""
    return quick_tree(text, shown) or exact_tree(text, shown)


def exact_tree(text: str, shown: str) -> Node:
    """Read YAML by PyYAML alone, which says best where a text is wrong."""
    start = Mark(shown, 1, 1)
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            raise SpecError(start, "the file is empty")
        return _node(root, loader, shown)
    except yaml.reader.ReaderError as error:
        raise SpecError(start, f"not YAML: {error.reason} at position {error.position}") from None
    except yaml.MarkedYAMLError as error:
        place = error.problem_mark or error.context_mark
        mark = Mark(shown, place.line + 1, place.column + 1) if place else start
        reason = ", ".join(part for part in (error.context, error.problem) if part)
        raise SpecError(mark, f"not YAML: {reason}") from None
    except RecursionError:
        raise SpecError(start, "not YAML: nested too deeply") from None


def _node(raw: yaml.Node, loader: yaml.SafeLoader, shown: str) -> Node:
    mark = Mark(shown, raw.start_mark.line + 1, raw.start_mark.column + 1)
    if isinstance(raw, yaml.ScalarNode):
        return Node(inside(raw, mark), _scalar(raw, loader, mark), raw.value)
    if isinstance(raw, yaml.SequenceNode):
        return Node(mark, tuple(_node(item, loader, shown) for item in raw.value))
    entries: dict[str, Entry] = {}
    for raw_key, raw_value in raw.value:
        key = _node(raw_key, loader, shown)
        if not key.is_scalar:
            raise SpecError(key.mark, "a key must be a word")
        if key.text in entries:
            raise SpecError(key.mark, f"the key '{key.text}' is given twice")
        entries[key.text] = Entry(key.mark, _node(raw_value, loader, shown))
    return Node.mapping(mark, entries)


def _scalar(raw: yaml.ScalarNode, loader: yaml.SafeLoader, mark: Mark) -> Any:
    try:
        return loader.construct_object(raw)
    except (
        yaml.YAMLError,
        ValueError,
        LookupError,
        ArithmeticError,
        AttributeError,
        TypeError,
    ):  # a tag that does not fit its text
        raise SpecError(mark, f"not a YAML value: {raw.value!r}") from None
