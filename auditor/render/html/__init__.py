"""Pages as HTML files that need nothing but themselves: no network, no further file."""

from auditor.render.html.document import html

__all__ = ["html"]
