"""How is `python -m services` run? This file only hands over to the command line; it parses under any Python 3."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 -- an older Python shall say so in one line
    sys.stderr.write("Nền Nếp cần Python 3.11 trở lên / needs 3.11 or newer; this is %d.%d\n" % sys.version_info[:2])
    sys.exit(2)

from shared.operations.command_line import main

if __name__ == "__main__":
    main()
