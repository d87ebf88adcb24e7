"""Second opinions as data, for machines."""

from __future__ import annotations

from typing import Any

from auditor.counters.count import Count, Opinion
from auditor.counters.difference import Difference
from auditor.counters.differences import differences
from auditor.counters.opinions import Opinions
from auditor.profiling import Profile

VERSION = 1
"""Raised when something that a reader may rely on is renamed, moved or removed."""


def as_data(found: Opinions) -> dict[str, Any]:
    """What was measured, and the whole of what others make of it."""
    spec, profile = found.variant.spec, found.variant.profile
    return {
        "version": VERSION,
        "spec": spec.name,
        "path": spec.path.as_posix(),
        "macs": profile.total.macs,
        "uncounted": [
            {"operator": entry.operator, "module": entry.path, "calls": entry.calls} for entry in profile.uncounted
        ],
        "counters": [_opinion(profile, opinion) for opinion in found.others],
    }


def _opinion(profile: Profile, opinion: Opinion) -> dict[str, Any]:
    who = {"counter": opinion.counter, "version": opinion.version}
    if not isinstance(opinion, Count):
        return {**who, "crash": opinion.reason, "macs": None, "modules": {}, "differences": []}
    return {
        **who,
        "crash": None,
        "macs": opinion.macs,
        "modules": opinion.by_module,
        "differences": [_difference(difference) for difference in differences(profile, opinion)],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "module": difference.path,
        "operator": difference.operator,
        "ours": difference.ours,
        "theirs": difference.theirs,
        "sort": difference.sort.value,
        "reason": difference.reason,
    }
