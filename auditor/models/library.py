"""Importing this module registers every block of the library, one family per module."""

from auditor.models import attention, backbone, context, heads, pyramid, shuffle

__all__ = ["attention", "backbone", "context", "heads", "pyramid", "shuffle"]
