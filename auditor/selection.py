"""Which specs a command line means, and whether they make up a whole folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.errors import AuditError


@dataclass(frozen=True)
class Selection:
    """The specs to audit, and those to go over together: all of a folder, or none."""

    specs: tuple[Path, ...]
    folder: tuple[Path, ...]


def select(arguments: Sequence[Path]) -> Selection:
    """Expand folders; where several specs make up a whole folder, its overview is meant too.

    The overview also takes in the folders directly below, so that naming the specs at the top
    does not lose the others.
    """
    found = {path.resolve(): path for argument in reversed(arguments) for path in reversed(_expanded(argument))}
    specs = tuple(reversed(found.values()))
    tops = [folder for folder in {path.parent for path in specs} if set(_specs_in(folder)) <= set(specs)]
    top = min(tops, key=lambda folder: len(folder.parts), default=None)
    whole = tuple(_specs_below(top)) if top is not None else ()
    return Selection(specs, whole if len(whole) > 1 and set(specs) <= set(whole) else ())


def _expanded(argument: Path) -> list[Path]:
    if not argument.is_dir():
        return [argument]
    found = _specs_below(argument)
    if not found:
        raise AuditError(f"{argument.as_posix()}: there is no spec (*.yaml) in this folder")
    return found


def _specs_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml"))


def _specs_below(folder: Path) -> list[Path]:
    return [*_specs_in(folder), *sorted(folder.glob("*/*.yaml"))]
