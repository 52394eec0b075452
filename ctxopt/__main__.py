"""`python -m ctxopt`, and what is run by the installed command."""

import sys


def run() -> None:
    """Run the command line. Ctrl-C ends it without a word, also while the first modules are still being loaded."""
    try:
        from ctxopt import cli

        cli.run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    run()
