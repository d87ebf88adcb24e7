"""The JSON Schema of spec files, made from the types that read them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, is_dataclass
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from auditor.spec.bind import is_required, spec_fields
from auditor.spec.expression import Expression, Name
from auditor.spec.factory import ARGS, FACTORY, NAME
from auditor.spec.inputs import Input, Tensor
from auditor.spec.printed import Printed
from auditor.spec.types import Spec, Stage


@dataclass(frozen=True)
class BlockShape:
    """What the schema must know of a block: its summary, its arguments' types, and which must be given."""

    summary: str
    arguments: Mapping[str, Any]
    required: tuple[str, ...]


_SCALARS = {int: "integer", float: "number", bool: "boolean", str: "string"}


def spec_schema(blocks: Mapping[str, BlockShape]) -> dict[str, Any]:
    """The schema of a spec file whose stages are made of the given blocks."""
    schema = _object(Spec, {Stage: _stage(blocks)})
    stages = schema["properties"]["model"]
    schema["properties"]["model"] = {
        "description": stages.pop("description"),
        "if": {"required": [FACTORY]},
        "then": _FACTORY,
        "else": {**stages, "minProperties": 1},
    }
    schema["anyOf"] = [{"required": ["input", "model"]}, {"required": ["extends"]}]
    schema["required"] = [key for key in schema["required"] if key not in ("input", "model")]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Spec of a documented model",
        "$defs": {"input": _input()},
        **schema,
    }


_FACTORY = {
    "type": "object",
    "properties": {
        FACTORY: {"type": "string", "pattern": NAME, "description": "What makes the model: package.module:callable."},
        ARGS: {"type": "object", "description": "The arguments it is called with, by name."},
    },
    "additionalProperties": False,
}

_INPUT = {"$ref": "#/$defs/input"}


def _input() -> dict[str, Any]:
    """A shape, a tensor told at length, or a list or mapping of inputs."""
    shape = {"type": "array", "items": {"type": "integer", "minimum": 1}, "minItems": 1}
    several = {"type": "array", "items": _INPUT, "minItems": 1}
    named = {"type": "object", "additionalProperties": _INPUT, "minProperties": 1}
    return {"anyOf": [shape, _object(Tensor, {}), several, named]}


def _schema(wanted: Any, known: Mapping[Any, Any]) -> dict[str, Any]:
    if wanted in known:
        return dict(known[wanted])
    if wanted in _SCALARS:
        return {"type": _SCALARS[wanted]}
    if wanted in (Expression, Name):
        return {"type": "string"}
    if wanted is Printed:
        return {"type": ["string", "number"]}
    if wanted is Input:
        return _INPUT
    if is_dataclass(wanted) and isinstance(wanted, type):
        return _object(wanted, known)
    if isinstance(wanted, type) and issubclass(wanted, Enum):
        return {"enum": [member.value for member in wanted]}
    origin, arguments = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        (inner,) = (argument for argument in arguments if argument is not type(None))
        return _schema(inner, known)
    if origin is tuple:
        return {"type": "array", "items": _schema(arguments[0], known)}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": _schema(arguments[1], known)}
    raise TypeError(f"a spec cannot hold {wanted!r}")


def _object(wanted: type, known: Mapping[Any, Any]) -> dict[str, Any]:
    hints = get_type_hints(wanted)
    fields = spec_fields(wanted)
    properties = {}
    for field in fields:
        described = {"description": field.metadata["help"]} if "help" in field.metadata else {}
        properties[field.name] = _schema(hints[field.name], known) | described | field.metadata.get("schema", {})
    return {
        "type": "object",
        "properties": properties,
        "required": [field.name for field in fields if is_required(field)],
        "additionalProperties": False,
    }


def _stage(blocks: Mapping[str, BlockShape]) -> dict[str, Any]:
    """A stage names a block and its arguments; in a spec that extends another it may name no block,
    to change some arguments, or be empty, to leave the stage out."""
    choices: list[dict[str, Any]] = [{"type": "null"}, {"type": "object", "not": {"required": ["block"]}}]
    for name, block in sorted(blocks.items()):
        properties = {argument: _schema(wanted, {}) for argument, wanted in block.arguments.items()}
        choices.append(
            {
                "type": "object",
                "description": block.summary,
                "properties": {"block": {"const": name}, **properties},
                "required": ["block", *block.required],
                "additionalProperties": False,
            }
        )
    return {"oneOf": choices}
