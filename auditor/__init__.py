"""A proof-reader for model documentation: builds the model, measures it, judges what is claimed."""

import importlib as _importlib
import typing as _typing

from auditor.errors import AuditError, SpecError

if _typing.TYPE_CHECKING:
    from auditor.auditing import audit
    from auditor.models import build
    from auditor.profiling import profile
    from auditor.spec import load

__version__ = "0.1.0"

__all__ = ["AuditError", "SpecError", "audit", "build", "load", "profile"]

_HOMES = {
    "audit": "auditor.auditing",
    "build": "auditor.models",
    "load": "auditor.spec",
    "profile": "auditor.profiling",
}


def __getattr__(name: str) -> _typing.Any:
    """Import a public name's home only when it is asked for: PyTorch takes its time."""
    if name in _HOMES:
        return getattr(_importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'auditor' has no attribute '{name}'")


def __dir__() -> list[str]:
    return __all__
