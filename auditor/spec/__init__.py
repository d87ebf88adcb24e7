"""What was said: typed specs, read from YAML in which every value knows its place."""

from auditor.spec.load import load, load_all
from auditor.spec.types import Claim, Document, Spec, Stage, Verdict

__all__ = ["Claim", "Document", "Spec", "Stage", "Verdict", "load", "load_all"]
