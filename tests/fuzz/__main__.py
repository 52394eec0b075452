"""`python -m tests.fuzz`: see `--help`."""

import sys

from tests.fuzz.run import main

sys.exit(main())
