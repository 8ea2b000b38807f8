# SPDX-License-Identifier: Apache-2.0
"""`python -m planish` is the command `planish`: this process becomes it."""

import os
import sys
import sysconfig
from pathlib import Path


def _command() -> Path | None:
    beside = Path(__file__).parent / "planish"
    script = Path(sysconfig.get_path("scripts")) / "planish"
    return next((path for path in (beside, script) if os.access(path, os.X_OK)), None)


def main() -> int:
    command = _command()
    if command is None:
        print("planish: error: this build of the package has no command", file=sys.stderr)
        print("planish: hint: the wheel has it; a build tree has it one directory up", file=sys.stderr)
        return 2
    os.execv(command, ["planish", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
