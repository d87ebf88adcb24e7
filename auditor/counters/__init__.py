"""Second opinions: what other counters make of a model, and why they differ from what was measured."""

from auditor.counters import fvcore, ptflops, pytorch, thop, torchinfo
from auditor.counters.count import Charge, Count, Crash, Opinion
from auditor.counters.difference import Difference, Sort
from auditor.counters.differences import differences
from auditor.counters.registry import Counter, count_by, counters

ADAPTERS = (pytorch, fvcore, thop, torchinfo, ptflops)
"""The modules that adapt one counter each; importing them registers these, and imports no counter."""

__all__ = [
    "ADAPTERS",
    "Charge",
    "Count",
    "Counter",
    "Crash",
    "Difference",
    "Opinion",
    "Sort",
    "count_by",
    "counters",
    "differences",
]
