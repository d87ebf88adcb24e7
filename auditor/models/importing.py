"""Importing what lies beside a spec, without mistaking it for what others call the same.

Many a folder has a `model.py`. One that lies beside a spec is imported before any other of that
name, and seen only while the spec's model is made and run: afterwards the search path and the
table of imported modules are as before. As everywhere, a module's code runs once.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

_IMPORTED: dict[Path, dict[str, ModuleType]] = {}
"""The modules that were imported from a folder."""


@contextmanager
def beside(folder: Path, package: str) -> Iterator[None]:
    """Look for modules in the folder first, provided that it holds the package."""
    importlib.invalidate_caches()
    if not _lies_in(folder, PathFinder.find_spec(package, [str(folder), *sys.path])):
        yield
        return
    own = _IMPORTED.get(folder, {})
    names = {package, *map(_package, own), *(modules_in(folder) - sys.stdlib_module_names)}
    names -= {name for name in names if _lies_in(folder, getattr(sys.modules.get(name), "__spec__", None))}
    elsewhere, path = _taken(names), sys.path[:]
    sys.path.insert(0, str(folder))
    sys.modules.update(own)
    try:
        yield
    finally:
        sys.path[:] = path
        _IMPORTED[folder] = _taken(names)
        sys.modules.update(elsewhere)


def modules_in(*folders: Path) -> set[str]:
    """The names of the modules and packages right in some folders."""
    return {module.name for module in iter_modules(map(str, folders))}


def _taken(packages: set[str]) -> dict[str, ModuleType]:
    """The modules of some packages, which are taken out of the table of imported ones."""
    names = [name for name in sys.modules if _package(name) in packages]
    return {name: sys.modules.pop(name) for name in names}


def _package(module: str) -> str:
    return module.partition(".")[0]


def _lies_in(folder: Path, found: ModuleSpec | None) -> bool:
    """Whether a package or module that was found lies right in a folder."""
    if found is None:
        return False
    places = found.submodule_search_locations or ([found.origin] if found.has_location and found.origin else [])
    return any(Path(place).absolute().parent.resolve() == folder for place in places)
