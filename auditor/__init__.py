"""A proof-reader for model documentation: builds the model, measures it, judges what is claimed."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from auditor.auditing import audit
    from auditor.models import build
    from auditor.profiling import profile
    from auditor.spec import load

__all__ = ["audit", "build", "load", "profile"]

_HOMES = {
    "audit": "auditor.auditing",
    "build": "auditor.models",
    "load": "auditor.spec",
    "profile": "auditor.profiling",
}


def __getattr__(name: str) -> Any:
    """Import a public name's home only when it is asked for: PyTorch takes its time."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'auditor' has no attribute '{name}'")
