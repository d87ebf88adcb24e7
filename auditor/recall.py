"""Runs that need not be done again, since every byte they followed from is as it was.

What a run printed is kept under a name made of the command, the program, the packages and the
environment, with the state of all files and folders that it looked at or wrote.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.machinery import all_suffixes
from pathlib import Path

from auditor.states import Digests, is_still

_KEPT = 100
"""How many runs are kept."""

_SHELLS = frozenset({"_", "OLDPWD", "SHLVL"})
"""Variables of the environment in which a shell counts and remembers for itself."""

_PROGRAM = os.path.dirname(__file__)

_CODE, _RECORDS = tuple(all_suffixes()), ("-info", ".pth")
"""How the names of modules end, and of what tells which packages are installed and where."""


@dataclass(frozen=True)
class Outcome:
    """What a run printed, how it ended, and what it looked at and wrote."""

    text: str
    code: int
    seen: Digests


def is_alone() -> bool:
    """Whether this process does nothing but run the command.

    One that has PyTorch already has nothing to gain, and may have changed what a run follows from.
    """
    return "torch" not in sys.modules


def grounds() -> str | None:
    """A checksum of the auditor, of what it can import, by name, and of where it is; None if that is nowhere."""
    with suppress(OSError):
        return sha256(repr([_program(), sys.path, _importable(), os.getcwd()]).encode()).hexdigest()
    return None


def name_of(options: Mapping[str, object], grounds: str) -> str:
    """A name for a run with some options, which stands for all that it follows from beside files."""
    called = [sys.orig_argv, sorted(options.items()), sys.version, sys.executable]
    shown = [sys.stdout and (sys.stdout.isatty(), sys.stdout.encoding), *map(_size, range(3))]
    environment = sorted((key, value) for key, value in os.environ.items() if key not in _SHELLS)
    machine = os.uname() if hasattr(os, "uname") else ()
    return sha256(repr([grounds, called, shown, environment, machine]).encode()).hexdigest()


def _size(stream: int) -> tuple[int, int] | None:
    """How large the terminal is that a stream leads to."""
    try:
        return os.get_terminal_size(stream)
    except OSError:
        return None


def _importable() -> list[tuple[str, int]]:
    """What can be imported, by name, and since when each package is installed."""
    found = []
    for folder in sys.path:
        with suppress(OSError), os.scandir(folder or os.curdir) as entries:
            for entry in entries:
                if entry.name.endswith(_RECORDS):
                    found.append((entry.path, entry.stat().st_mtime_ns))
                elif entry.name.endswith(_CODE) or os.path.exists(os.path.join(entry.path, "__init__.py")):
                    found.append((entry.path, 0))
    return sorted(found)


def _program() -> str:
    """The checksum of all that the auditor consists of."""
    whole = sha256()
    for folder, folders, files in os.walk(_PROGRAM, onerror=_fail, followlinks=True):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        for name in sorted(files):
            with open(os.path.join(folder, name), "rb") as file:
                content = file.read()
            whole.update(repr((folder, name, len(content))).encode() + content)
    return whole.hexdigest()


def _fail(error: OSError) -> None:
    raise error


def recalled(name: str) -> Outcome | None:
    """The outcome of a run, if all that it looked at and wrote is as it was."""
    with suppress(OSError):
        kept = _read(name, _place(name).read_bytes())
        return kept if kept and is_still(kept.seen) else None
    return None


def keep(name: str, outcome: Outcome) -> None:
    """Keep the outcome of a run for the next time; where there is no room to keep anything, don't."""
    with suppress(OSError):
        place = _place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_suffix(f".{os.getpid()}")
        try:
            draft.write_bytes(_written(name, outcome))
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        oldest = sorted(place.parent.iterdir(), key=lambda path: -path.stat().st_mtime_ns)[_KEPT:]
        for path in oldest:
            path.unlink(missing_ok=True)


def _place(name: str) -> Path:
    folder = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(folder):
        folder = os.environ.get("LOCALAPPDATA") or os.path.expanduser(os.path.join("~", ".cache"))
    if not os.path.isabs(folder):
        raise FileNotFoundError("there is no home")
    return Path(folder, "model-auditor", name)


def _written(name: str, outcome: Outcome) -> bytes:
    """An outcome as it is kept, after a checksum of name and outcome."""
    content = zlib.compress(json.dumps(asdict(outcome)).encode())
    return _seal(name, content) + content


def _read(name: str, kept: bytes) -> Outcome | None:
    """The outcome that was kept under a name; None if it was damaged since."""
    length = len(_seal(name, b""))
    seal, content = kept[:length], kept[length:]
    return Outcome(**json.loads(zlib.decompress(content))) if seal == _seal(name, content) else None


def _seal(name: str, content: bytes) -> bytes:
    return sha256(name.encode() + content).digest()
