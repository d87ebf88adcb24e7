"""What can go wrong for a user: errors that know their place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Mark:
    """The place of a value in a file; lines and columns count from 1."""

    path: str
    line: int
    column: int
    is_inexact: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    def shifted(self, columns: int) -> Mark:
        """The place so many characters on; where a value spans lines, only its start is known."""
        return self if self.is_inexact else Mark(self.path, self.line, self.column + columns)


class AuditError(Exception):
    """Something the user gave cannot be used; the message says what and what would be right."""


class SpecError(AuditError):
    """A mistake in a spec file, at its place; prints as `path:line:column: message`."""

    def __init__(self, mark: Mark, message: str) -> None:
        super().__init__(f"{mark}: {message}")
        self.mark = mark
        self.message = message


def first_line(error: BaseException) -> str:
    """What an error of somebody else's code says, in one line."""
    return str(error).strip().partition("\n")[0] or type(error).__name__


_LISTED = 12
"""Known words that are listed when none is near."""


def hint(word: str, known: Iterable[str], kind: str, besides: Iterable[str] = ()) -> str:
    """Say in brackets which word was probably meant, known or besides, or else which are known."""
    names = sorted(known)
    near = get_close_matches(word, [*names, *besides], n=1)
    if near:
        return f" (did you mean '{near[0]}'?)"
    listed = ", ".join(names[:_LISTED]) + (", …" if len(names) > _LISTED else "")
    return f" ({kind}: {listed})" if names else f" (there are no {kind})"
