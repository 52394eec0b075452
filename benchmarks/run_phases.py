"""One analysis, phase by phase: prints each with its seconds. `phases.py` runs this in a process of its own."""

import gc
import sys
import time
from importlib import import_module
from itertools import pairwise
from unittest import mock


def main(root: str) -> None:
    """Analyze a directory."""
    gc.set_threshold(100_000, 50, 1000)
    marks = [("start", time.perf_counter())]

    def done(name: str) -> None:
        marks.append((name, time.perf_counter()))

    for name in ("rich.console", "rich.table", "ctxopt.cli", "ctxopt.reports.savings", "ctxopt.render.text"):
        import_module(name)
    from ctxopt.builds.discovery import Request
    from ctxopt.builds.opened import walk_unfiltered
    from ctxopt.core.build_context import BuildContext
    from ctxopt.findings import check
    from ctxopt.findings.context import RuleContext
    from ctxopt.reports import report
    from ctxopt.reports.savings import Proposals

    done("modules")
    tree = walk_unfiltered(root)
    done("the walk")
    context = BuildContext(root, unfiltered=tree)
    context.tree  # noqa: B018 - decided here
    done("the patterns")
    context.usage  # noqa: B018 - worked out here
    done("who reads what")
    check(RuleContext(context))
    done("findings")
    with mock.patch.object(report, "check", return_value=()):
        report.report(context)
    done("sums")
    Proposals(lambda _: Request()).savings(context, "")
    done("what could be excluded")
    for (_, before), (name, after) in pairwise(marks):
        print(f"{name}\t{after - before}")


if __name__ == "__main__":
    main(sys.argv[1])
