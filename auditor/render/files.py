"""Generated files: what they should say, whether they do, and writing them whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from errno import EISDIR
from pathlib import Path

from auditor.auditing import Audit
from auditor.errors import AuditError
from auditor.render.markdown import markdown
from auditor.render.overview import overview, report_file
from auditor.render.report import report

OVERVIEW = "README.md"


def report_files(audits: Iterable[Audit], folder: Sequence[Audit], into: Path) -> dict[Path, str]:
    """Every report file with its text: one for each audit, and the overview of a whole folder."""
    owners = {OVERVIEW.casefold(): "the overview"}
    files = {}
    for audit in audits:
        file, spec = report_file(audit), audit.spec.path.as_posix()
        owner = owners.setdefault(file.casefold(), spec)
        if owner != spec:
            message = f"the name '{audit.spec.name}' is taken by {owner}; their reports would be one file"
            raise AuditError(f"{spec}: {message}")
        files[into / file] = markdown(report(_as_kept(audit)))
    if folder:
        files[into / OVERVIEW] = markdown(overview([_as_kept(audit) for audit in folder]))
    return files


def _as_kept(audit: Audit) -> Audit:
    """The audit as reports tell it: how strict one run was is not the model's or the document's affair."""
    return replace(audit, strict=False)


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
