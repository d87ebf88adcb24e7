"""How far a diagram opens modules up."""

from __future__ import annotations

from enum import Enum


class Level(Enum):
    """From the whole to its parts."""

    COMPONENT = "component"
    BLOCK = "block"
    MODULE = "module"


def drawing_name(name: str, level: Level) -> str:
    """What a spec's diagram is called: after the spec, and after its level where that shows more than usual."""
    return name if level is Level.COMPONENT else f"{name}-{level.value}"
