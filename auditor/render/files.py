"""Generated files: whether they say what they should, and writing them whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterable, Sequence
from errno import EISDIR
from pathlib import Path

from auditor.errors import AuditError
from auditor.render.diagram.level import Level, drawing_name
from auditor.render.pictures import SEALED, content

Content = str | bytes
Files = dict[Path, Content]
"""Files with what they are to hold."""


def stale(files: Files) -> list[Path]:
    """The files that do not say what they should, or are missing."""
    return [path for path, wanted in files.items() if content(path) != _bytes(wanted)]


def _bytes(content: Content) -> bytes:
    return content.encode() if isinstance(content, str) else content


def orphans(files: Files) -> list[Path]:
    """The files beside these, of a kind that is generated there, that belong to no spec any more."""
    kinds = {(path.parent, path.suffix) for path in files if path.suffix in (*_PAGES, *_PICTURES)}
    found = {path for folder, kind in kinds for path in folder.glob(f"*{kind}") if path not in files}
    further = {drawing_name(file.stem, level) for file in files for level in Level}
    return sorted(path for path in found if path.suffix in _PAGES or _is_ours(path, further))


_PAGES, _PICTURES = (".md", ".html"), (".dot", ".svg", ".png")


def _is_ours(path: Path, further: Collection[str]) -> bool:
    """Whether a picture was drawn here, and does not just show more of something."""
    return path.stem not in further and (path.suffix == ".dot" or SEALED in (content(path) or b""))


def write(files: Files) -> None:
    """Write all files, each of them replaced in one step, none before all could be written.

    What is no regular file, such as a device or a pipe, is written to and not replaced.
    """
    ready: list[tuple[Path, Path]] = []
    target = Path()
    try:
        for path, content in files.items():
            target = path.resolve()
            if target.is_dir():
                raise IsADirectoryError(EISDIR, os.strerror(EISDIR))
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists() and not target.is_file():
                target.write_bytes(_bytes(content))
                continue
            handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
            ready.append((Path(temporary), target))
            with open(handle, "wb") as file:
                file.write(_bytes(content))
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


def written(files: Iterable[Path]) -> str:
    """What was written, by folder: reports (v1.md, v1.html), diagrams (37 files)."""
    by_folder: dict[str, list[str]] = {}
    for path in files:
        by_folder.setdefault(path.parent.as_posix(), []).append(path.name)
    return ", ".join(
        f"{folder}/ ({', '.join(names) if len(names) <= _LISTED else f'{len(names)} files'})"
        for folder, names in by_folder.items()
    )


_LISTED = 3
"""How many files of one folder are named one by one."""
