"""`python -m auditor` is the command."""

import sys

from auditor.cli import main

sys.exit(main())
