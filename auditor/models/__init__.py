"""What is built: a register of blocks, and their assembly into the model a spec describes."""

from auditor.models import attention, backbone, context, heads, pyramid, shuffle
from auditor.models.assembly import build
from auditor.models.registry import block, blocks

LIBRARY = (backbone, attention, pyramid, context, shuffle, heads)
"""The modules of the block library, one for each family; importing them registers their blocks."""

__all__ = ["LIBRARY", "block", "blocks", "build"]
