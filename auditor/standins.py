"""Functions of others that something else stands in for, for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

Home = tuple[Any, str]
"""Where a function is looked up when it is called, such as a module, and its name there."""


@contextmanager
def standing_in(homes: Iterable[Home], made: Callable[[Any], Any]) -> Iterator[None]:
    """Have something that is made of each function stand in for it; afterwards all is as before."""
    with ExitStack() as back:
        for home, name in homes:
            function = getattr(home, name)
            back.callback(setattr, home, name, function) if name in vars(home) else back.callback(delattr, home, name)
            setattr(home, name, made(function))
        yield
