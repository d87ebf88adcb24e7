"""Audit a model's documentation: `python audit.py specs/v2_coord.yaml`."""

from auditor.cli import run

if __name__ == "__main__":
    run()
