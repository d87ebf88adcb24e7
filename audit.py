"""Audit a model's documentation: `python audit.py specs/v2_coord.yaml`."""

import sys

from auditor.cli import main

if __name__ == "__main__":
    sys.exit(main())
