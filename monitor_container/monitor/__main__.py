"""`python -m monitor`: the command line, or without a command the processing container."""

import sys
import traceback

from monitor.stopping import end_on_sigterm

# Before the seconds that the rest takes to load.
end_on_sigterm()

from monitor.cli import app  # noqa: E402
from monitor.cli_group import JSON  # noqa: E402
from monitor.cli_output import print_error  # noqa: E402

# A script must be able to tell a defect from a violation, and Python exits with 1 for it.
_DEFECT = 3
_TOLD = "this is a defect of the monitor: please report it"

try:
    app()
except Exception:  # noqa: BLE001 (told in full, as Python would)
    traceback.print_exc()
    print(f"error: {_TOLD}", file=sys.stderr)
    if JSON in sys.argv:
        print_error(_TOLD, _DEFECT)
    sys.exit(_DEFECT)
