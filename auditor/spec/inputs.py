"""What the model is run on: a tensor, or lists and mappings of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from auditor.errors import Mark, SpecError
from auditor.spec.bind import bind_fields
from auditor.spec.tree import Node

FLOATS = "float32"
"""The type of an input that names none."""

INTEGERS = {"uint8": 2**8, "int8": 2**7, "int16": 2**15, "int32": 2**31, "int64": 2**63 - 1}
"""The types of whole numbers, each with the most that its values can be below."""

Type = Literal[
    "float32", "float64", "float16", "bfloat16", "complex64", "uint8", "int8", "int16", "int32", "int64", "bool"
]


@dataclass(frozen=True)
class Tensor:
    """One tensor: zeros, or whole numbers below a limit."""

    shape: tuple[int, ...] = field(
        metadata={
            "help": "Its shape without the batch; [] is a single number.",
            "schema": {"items": {"type": "integer", "minimum": 1}},
        }
    )
    mark: Mark
    dtype: Type = field(default="float32", metadata={"help": "Its type, as torch calls it (float32)."})
    high: int | None = field(
        default=None,
        metadata={"help": "What whole numbers stay below; without it they are 0.", "schema": {"minimum": 1}},
    )
    batch: bool = field(default=True, metadata={"help": "Whether a batch of one is put before the shape (true)."})

    def __str__(self) -> str:
        size = "×".join(map(str, self.shape)) or "one number"
        return size if self.dtype == FLOATS else f"{size} ({self.dtype})"


@dataclass(frozen=True)
class Input:
    """A tensor, a list of inputs, or inputs by name; the outermost list or names are the model's arguments."""

    parts: Tensor | tuple[Input, ...] | Mapping[str, Input]
    mark: Mark

    @staticmethod
    def from_node(node: Node, what: str = "'input'") -> Input:
        if node.is_mapping and _is_told_at_length(node):
            return Input(_tensor(node, what), node.mark)
        if node.is_mapping and node.value:
            return Input({name: Input.from_node(part, f"'{name}'") for name, part in node.value.items()}, node.mark)
        if node.is_sequence and node.value and not any(item.is_scalar for item in node.value):
            return Input(tuple(Input.from_node(part, what) for part in node.value), node.mark)
        sizes = [item.value for item in node.value] if node.is_sequence else []
        if not sizes or not all(type(size) is int and size > 0 for size in sizes):
            message = (
                f"{what} must be a shape of positive numbers, such as [3, 640, 640], or a list or mapping of inputs"
            )
            raise SpecError(node.mark, message)
        return Input(Tensor(tuple(sizes), node.mark), node.mark)

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """All tensors in order."""
        return tuple(self._tensors())

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the only tensor."""
        first, *more = self.tensors
        if more:
            raise SpecError(self.mark, "one input is wanted here, such as [3, 640, 640], not several")
        return first.shape

    def __str__(self) -> str:
        return str(self.parts) if isinstance(self.parts, Tensor) else self._shown()[1:-1]

    def _shown(self) -> str:
        """As in a spec: lists and mappings in brackets."""
        if isinstance(self.parts, Tensor):
            return str(self.parts)
        if isinstance(self.parts, Mapping):
            return f"{{{', '.join(f'{name}: {part._shown()}' for name, part in self.parts.items())}}}"
        return f"[{', '.join(part._shown() for part in self.parts)}]"

    def _tensors(self) -> Iterator[Tensor]:
        if isinstance(self.parts, Tensor):
            yield self.parts
        else:
            for part in self.parts.values() if isinstance(self.parts, Mapping) else self.parts:
                yield from part._tensors()


def _is_told_at_length(node: Node) -> bool:
    """Whether a mapping tells one tensor, rather than several by names that may be `dtype` or `batch`, too."""
    told = [node.value[key] for key in ("dtype", "high", "batch") if key in node.value]
    return "shape" in node.value or any(value.is_scalar for value in told)


def _tensor(node: Node, what: str) -> Tensor:
    tensor: Tensor = bind_fields(node, Tensor, what)
    for size in node.value["shape"].value:
        if size.value < 1:
            raise SpecError(size.mark, f"a size must be positive, not {size.value}")
    if tensor.high is not None:
        mark, most = node.value["high"].mark, INTEGERS.get(tensor.dtype)
        if most is None:
            raise SpecError(mark, f"'high' is for whole numbers, such as int64, not for {tensor.dtype}")
        if not 1 <= tensor.high <= most:
            raise SpecError(mark, f"'high' must be from 1 to {most:,} for {tensor.dtype}, not {tensor.high}")
    return tensor
