"""`python -m auditor` is the command."""

from auditor.cli import run

run()
