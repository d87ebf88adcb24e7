"""From marked nodes to typed values: a dataclass's annotations say what a spec may contain."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from auditor.errors import Mark, SpecError, hint
from auditor.spec.expression import Expression, Name
from auditor.spec.printed import Printed
from auditor.spec.tree import Node


def bind(node: Node, wanted: Any, what: str = "value") -> Any:
    """Turn a node into the wanted type, or say at its place why that cannot be."""
    if wanted in _SCALARS:
        return _scalar(node, wanted, what)
    if wanted is Node:
        return node
    if wanted is Printed:
        return _printed(node, what)
    if wanted is Name:
        return Name(_text(node, what), node.mark)
    if wanted is Expression:
        return Expression.parse(_text(node, what), node.mark)
    if is_dataclass(wanted) and isinstance(wanted, type):
        reader: Callable[[Node], Any] | None = getattr(wanted, "from_node", None)
        return reader(node) if reader else bind_fields(node, wanted, what)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return wanted(_choice(node, [member.value for member in wanted], what))
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return _choice(node, list(arguments), what)
    if origin in (Union, types.UnionType):
        return _optional(node, arguments, what)
    if origin is tuple:
        return tuple(bind(item, arguments[0], what) for item in _sequence(node, what))
    if origin is not None and issubclass(origin, Mapping):
        return _mapping(node, arguments[0], arguments[1], what)
    raise TypeError(f"a spec cannot hold {wanted!r}")


def bind_fields(node: Node, wanted: type, what: str) -> Any:
    """Build a dataclass from a mapping; a field named `mark` receives the mapping's place."""
    if not node.is_mapping:
        raise SpecError(node.mark, f"{what} must be a mapping, not {node.kind}")
    hints, known = _layout(wanted)
    for key in node.value:
        if key not in known:
            advice = hint(key, known, "known keys")
            if key.endswith(")"):
                advice = " (an expression with a comma in it must be quoted)"
            raise SpecError(node.keys[key], f"unknown key '{key}' in {what}{advice}")
    values = {key: bind(value, hints[key], f"'{key}'") for key, value in node.value.items()}
    for name, field in known.items():
        if is_required(field) and name not in values:
            raise SpecError(node.mark, f"{what} lacks the key '{name}'")
    if hints.get("mark") is Mark:
        values["mark"] = node.mark
    return wanted(**values)


@cache
def _layout(wanted: type) -> tuple[dict[str, Any], dict[str, Field[Any]]]:
    """The types of a dataclass's fields, and those fields that a spec file can set."""
    return get_type_hints(wanted), {field.name: field for field in spec_fields(wanted)}


def spec_fields(wanted: type) -> list[Field[Any]]:
    """The fields that a spec file can set."""
    return [f for f in fields(wanted) if f.name != "mark" and not f.metadata.get("derived")]


def is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


_SCALARS: dict[Any, str] = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _scalar(node: Node, wanted: type, what: str) -> Any:
    if wanted is str:
        return _text(node, what)
    value = node.value
    if isinstance(value, bool) == (wanted is bool) and isinstance(value, (int, wanted)):
        return wanted(value)
    raise SpecError(node.mark, f"{what} must be {_SCALARS[wanted]}, not {node.kind}")


def _text(node: Node, what: str) -> str:
    if not node.is_scalar or node.value is None:
        raise SpecError(node.mark, f"{what} must be a text, not {node.kind}")
    return node.text


def _printed(node: Node, what: str) -> Printed:
    text = _text(node, what)
    try:
        return Printed.parse(text)
    except ValueError:
        return Printed.words(text)  # whether words will do depends on what is claimed


def _choice(node: Node, choices: list[Any], what: str) -> Any:
    if node.is_scalar and node.value in choices:
        return node.value
    word = node.text if node.is_scalar else node.kind
    raise SpecError(node.mark, f"{what} cannot be '{word}'" + hint(word, [str(c) for c in choices], "choices"))


def _optional(node: Node, arguments: tuple[Any, ...], what: str) -> Any:
    if node.value is None and type(None) in arguments:
        return None
    (wanted,) = (argument for argument in arguments if argument is not type(None))
    return bind(node, wanted, what)


def _sequence(node: Node, what: str) -> tuple[Node, ...]:
    if not node.is_sequence:
        raise SpecError(node.mark, f"{what} must be a list, not {node.kind}")
    items: tuple[Node, ...] = node.value
    return items


def _mapping(node: Node, key_type: Any, value_type: Any, what: str) -> dict[Any, Any]:
    if not node.is_mapping:
        raise SpecError(node.mark, f"{what} must be a mapping, not {node.kind}")
    return {
        bind(Node(node.keys[key], key, key), key_type, what): bind(value, value_type, f"'{key}'")
        for key, value in node.value.items()
    }
