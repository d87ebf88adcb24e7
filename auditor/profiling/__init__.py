"""What is measured: parameters and operations of any PyTorch model, by module and by kind."""

from auditor.profiling.facts import Profile, Totals
from auditor.profiling.measure import profile

__all__ = ["Profile", "Totals", "profile"]
