"""Generated files: whether they say what they should, and writing them whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from errno import EISDIR
from pathlib import Path

from auditor.errors import AuditError


def stale(files: Mapping[Path, str]) -> list[Path]:
    """The files that do not say what they should, or are missing."""
    return [path for path, text in files.items() if _content(path) != text.encode()]


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise AuditError(f"{path.as_posix()}: cannot be read: {error.strerror}") from None


def orphans(files: Mapping[Path, str]) -> list[Path]:
    """The reports beside these that belong to no spec any more."""
    folders = {path.parent for path in files}
    return sorted(path for folder in folders for path in folder.glob("*.md") if path not in files)


def write(files: Mapping[Path, str]) -> None:
    """Write all files, each of them replaced in one step, none before all could be written.

    What is no regular file, such as a device or a pipe, is written to and not replaced.
    """
    ready: list[tuple[Path, Path]] = []
    target = Path()
    try:
        for path, text in files.items():
            target = path.resolve()
            if target.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and not target.is_file():
                target.write_bytes(text.encode())
                continue
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((Path(temporary), target))
            with open(handle, "wb") as file:
                file.write(text.encode())
        for written, target in ready:
            written.chmod(0o666 & ~_umask())
            written.replace(target)
    except OSError as error:
        raise AuditError(f"{target}: cannot be written: {error.strerror}") from None
    finally:
        for written, _ in ready:
            written.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def free(path: Path, taken: Sequence[Path]) -> Path:
    """The path, if writing to it would lose none of the files that are taken."""
    if any(path.resolve() == other.resolve() for other in taken):
        raise AuditError(f"{path.as_posix()}: is read or written by this very run; the data would take its place")
    return path
