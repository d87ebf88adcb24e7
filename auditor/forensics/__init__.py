"""Why a figure is wrong: ways of counting under which it comes out right, with their odds of being chance."""

from auditor.forensics.explain import Explained, Explanation, explain

__all__ = ["Explained", "Explanation", "explain"]
