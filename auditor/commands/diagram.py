"""The architecture alone: measure a variant and draw it, as far opened up and in such formats as wanted."""

from __future__ import annotations

import argparse
from pathlib import Path

from auditor.commands import EXIT_PASSED, add_import_options, described, importable
from auditor.render.diagram.level import Level
from auditor.render.pictures import DPI, FORMATS
from auditor.selection import select
from auditor.spec import load_all

SUMMARY = "draw the architecture of what specs describe, from the model that was measured"

_FORMATS = ("dot", *FORMATS)


def parser(program: str) -> argparse.ArgumentParser:
    """The options of the diagrams."""
    parser = argparse.ArgumentParser(prog=program, description=described(f"{SUMMARY[0].upper()}{SUMMARY[1:]}."))
    parser.add_argument("specs", nargs="+", type=Path, metavar="SPEC", help="a spec file, or a folder of them")
    parser.add_argument(
        "--format",
        type=_formats,
        default=("dot", "svg", "png"),
        metavar="F,F",
        help="what to write, of dot, svg, png and pdf (dot,svg,png)",
    )
    parser.add_argument("--dpi", type=_density, default=DPI, metavar="N", help=f"dots to the inch in a png ({DPI})")
    parser.add_argument(
        "--level",
        choices=[level.value for level in Level],
        default=Level.COMPONENT.value,
        help="how far modules are opened up (component)",
    )
    parser.add_argument(
        "--diagrams", type=Path, default=Path("diagrams"), metavar="DIR", help="where pictures are kept (diagrams)"
    )
    add_import_options(parser)
    return parser


def run(options: argparse.Namespace) -> int:
    """Draw the specs that were named."""
    paths = select(options.specs).specs
    specs = list(load_all(paths, given=importable(options, paths)).values())

    from auditor.auditing import audit_each
    from auditor.render.diagram.drawing import diagram
    from auditor.render.diagram.engine import engine
    from auditor.render.files import Files, write, written
    from auditor.render.pictures import drawn
    from auditor.render.progress import tracked
    from auditor.render.reports import check_names

    check_names(specs)
    formats = [format for format in options.format if format != "dot"]
    files: Files = {}
    for audit in tracked("drawing", audit_each(specs), len(specs)):
        picture = diagram(audit, Level(options.level), options.dpi)
        if "dot" in options.format:
            files[options.diagrams / f"{picture.name}.dot"] = picture.source.encode()
        files |= drawn([(picture, formats)], options.diagrams)
    write(files)
    print(f"Written: {written(files)}" + (f"; Graphviz is {engine()}" if formats else ""))
    return EXIT_PASSED


def _formats(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",")))
    wrong = [part for part in found if part not in _FORMATS]
    if wrong:
        raise argparse.ArgumentTypeError(f"'{wrong[0]}' is none of {', '.join(_FORMATS)}")
    return found


def _density(text: str) -> int:
    if not text.isdigit() or not 30 <= int(text) <= 1200:
        raise argparse.ArgumentTypeError(f"'{text}' is no number from 30 to 1200")
    return int(text)
