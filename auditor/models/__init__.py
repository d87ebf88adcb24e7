"""What is built: a register of blocks, and their assembly into the model a spec describes."""

from auditor.models.assembly import build
from auditor.models.registry import block, blocks

__all__ = ["block", "blocks", "build"]
