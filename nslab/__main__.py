"""`python -m nslab`: the command nslab, where its script is not on the PATH."""

import sys

from nslab.cli import main

sys.exit(main(prog_name="nslab"))
