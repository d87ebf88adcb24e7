"""Generated files: what they should say, whether they do, and writing them whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
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
        files[into / file] = markdown(report(audit))
    if folder:
        files[into / OVERVIEW] = markdown(overview(folder))
    return files


def stale(files: Mapping[Path, str]) -> list[Path]:
    """The files that do not say what they should, or are missing."""
    return [path for path, text in files.items() if not path.is_file() or path.read_bytes() != text.encode()]


def orphans(files: Mapping[Path, str]) -> list[Path]:
    """The reports beside these that belong to no spec any more."""
    folders = {path.parent for path in files}
    return sorted(path for folder in folders for path in folder.glob("*.md") if path not in files)


def write(files: Mapping[Path, str]) -> None:
    """Write all files, each of them replaced in one step, none before all could be written."""
    ready: list[tuple[str, Path]] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            ready.append((temporary, path))
            with open(handle, "wb") as file:
                file.write(text.encode())
        for temporary, path in ready:
            os.chmod(temporary, 0o666 & ~_umask())
            os.replace(temporary, path)
    except OSError as error:
        raise AuditError(f"{error.filename}: cannot be written: {error.strerror}") from None
    finally:
        for temporary, _ in ready:
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
