"""What a spec says: the model a document describes, and the document's claims about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Literal

from auditor.errors import Mark, SpecError
from auditor.spec.expression import Expression, Name
from auditor.spec.factory import Factory
from auditor.spec.inputs import Input
from auditor.spec.printed import Printed
from auditor.spec.tree import Entry, Node

REPORTED = "reported"
"""The quantity of figures that only documents give, such as an accuracy."""


class Verdict(Enum):
    """How a claim stands against the built model."""

    VERIFIED = "verified"
    REFUTED = "refuted"
    INCONSISTENT = "inconsistent"
    UNVERIFIABLE = "unverifiable"


@dataclass(frozen=True)
class Stage:
    """One step of the pipeline: a block's name and the arguments it is built with."""

    block: str
    arguments: Mapping[str, Entry]
    mark: Mark

    @staticmethod
    def from_node(node: Node) -> Stage:
        if not node.is_mapping:
            raise SpecError(node.mark, f"a stage must be a mapping such as {{block: cbam}}, not {node.kind}")
        arguments = node.entries()
        if "block" not in arguments:
            raise SpecError(node.mark, "the stage lacks the key 'block'")
        block = arguments.pop("block").node
        if not isinstance(block.value, str):
            raise SpecError(block.mark, f"'block' must be a block's name, not {block.kind}")
        return Stage(block.text, arguments, block.mark)


@dataclass(frozen=True)
class Document:
    """A text that makes claims."""

    title: str = field(metadata={"help": "What the document is called."})
    mark: Mark
    file: str | None = field(default=None, metadata={"help": "Its file name."})
    sha256: str | None = field(
        default=None,
        metadata={"help": "The checksum the claims were read from.", "schema": {"pattern": "^[0-9a-f]{64}$"}},
    )

    decimal: Literal["point", "comma"] = field(
        default="point", metadata={"help": "What it prints before decimals; `comma` also reads 1.234 as a thousand."}
    )

    def is_same(self, other: Document) -> bool:
        """Whether two specs speak of one text: by its checksum, or else by title and file."""
        if self.sha256 and other.sha256:
            return self.sha256 == other.sha256
        return (self.title, self.file) == (other.title, other.file)


@dataclass(frozen=True)
class Claim:
    """One printed figure with its place and what it is about."""

    doc: str = field(metadata={"help": "The document that prints it, by its key in `documents`."})
    says: Printed = field(metadata={"help": "The figure as printed, such as '~489K' or '47.2% reduction'."})
    mark: Mark
    line: int | None = field(
        default=None, metadata={"help": "The line that prints it, counted from 1.", "schema": {"minimum": 1}}
    )
    occurrence: int = field(
        default=1,
        metadata={
            "help": "Which one is meant, where the line prints the text several times.",
            "schema": {"minimum": 1},
        },
    )
    of: Expression | None = field(default=None, metadata={"help": "What the figure is about, such as params(fpn)."})
    needs: str | None = field(default=None, metadata={"help": "What it would take to check it, when nothing here can."})
    within: Printed | None = field(default=None, metadata={"help": "How far an approximate figure may be off (1%)."})
    known: Verdict | None = field(default=None, metadata={"help": "The verdict on record, when it is not 'verified'."})
    reason: str | None = field(default=None, metadata={"help": "Why that verdict is on record."})

    @property
    def is_measurable(self) -> bool:
        """Whether the model can show it; a figure that only documents report cannot be shown."""
        return self.of is not None and all(quantity.word != REPORTED for quantity in self.of.quantities())


@dataclass(frozen=True)
class Aside:
    """A figure that a document prints without claiming anything of the model."""

    doc: str = field(metadata={"help": "The document that prints it, by its key in `documents`."})
    line: int = field(
        metadata={"help": "The line that prints it, counted from 1.", "schema": {"minimum": 1}},
    )
    says: str = field(metadata={"help": "The text as printed."})
    reason: str = field(metadata={"help": "Why there is nothing to check in it."})
    mark: Mark
    occurrence: int = field(
        default=1,
        metadata={
            "help": "Which one is meant, where the line prints the text several times.",
            "schema": {"minimum": 1},
        },
    )


@dataclass(frozen=True)
class Spec:
    """A documented variant, the documents that describe it, what they claim, and its budgets.

    The model is made of stages or by a factory; `given` are the spec files whose factories may be imported.
    """

    name: str = field(
        metadata={
            "help": "The variant's name; reports are called after it.",
            "schema": {"pattern": "^[A-Za-z0-9_][\\w.-]*$"},
        }
    )
    title: str = field(metadata={"help": "The variant's name in words."})
    input: Input = field(
        metadata={"help": "The input's shape without the batch, such as [3, 640, 640], or a list or mapping of inputs."}
    )
    model: Mapping[str, Stage] = field(
        metadata={"help": "The pipeline's stages in order, by name; or a factory with its args."}
    )
    extends: str | None = field(
        default=None, metadata={"help": "A spec file whose input, model and assumptions this one starts from."}
    )
    components: Mapping[str, tuple[Name, ...]] = field(
        default_factory=dict, metadata={"help": "Named sets of module paths (patterns), beside the stages."}
    )
    assumptions: Mapping[Name, str] = field(
        default_factory=dict, metadata={"help": "Values the documents leave open, each with the reason for the choice."}
    )
    documents: Mapping[str, Document] = field(
        default_factory=dict, metadata={"help": "The documents that make the claims."}
    )
    claims: tuple[Claim, ...] = field(default=(), metadata={"help": "What the documents claim."})
    aside: tuple[Aside, ...] = field(
        default=(), metadata={"help": "Figures of the documents that claim nothing of the model, each with a reason."}
    )
    budgets: Mapping[Expression, Printed] = field(
        default_factory=dict, metadata={"help": "Upper limits to stay in, such as `params(): 500K`."}
    )
    path: Path = field(default=Path(), metadata={"derived": True})
    base: Spec | None = field(default=None, metadata={"derived": True})
    factory: Factory | None = field(default=None, metadata={"derived": True})
    given: frozenset[Path] = field(default=frozenset(), compare=False, metadata={"derived": True})

    @property
    def refusal(self) -> str:
        """Why the model must not be built; empty if it may be."""
        return self.factory.refusal(self.given) if self.factory else ""

    @property
    def bases(self) -> tuple[Spec, ...]:
        """The specs that it extends, the nearest first."""
        return (self.base, *self.base.bases) if self.base else ()
