"""Which file a command runs as a script."""

from ctxopt.catalogue.system import system
from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.golang import paths
from ctxopt.image.commands import Run


def script_of(run: Run) -> str:
    """The file that a command runs as a script, as it is written; "" for a program of the system.

    That is what a shell is given, or what is run by its path.
    """
    word = run.words[0] if run.words else ""
    if run.name in (*shells().shells, *shells().sourcing):
        return next((word for word in run.words[1:] if not word.startswith("-")), "")
    return "" if "/" not in word or paths.parent(word) in system().programs else word
