"""The text of a first configuration file: limits that a build keeps today, with room to grow."""

import json

from ctxopt.checks.amount import parse_share
from ctxopt.config.keys import CHECK_KEYS, LIMIT_KEYS, RULE_KEYS
from ctxopt.core.context.tree import Totals
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.display import amount, size
from ctxopt.errors import CtxoptError
from ctxopt.findings.model import Severity
from ctxopt.reports.report import Report

#: How much a context may grow before a limit fails, and the least that is worth a limit.
_ROOM = 1.25
_SMALLEST = Totals(files=20, size=100_000)
_LEAST_PERCENTAGE = 5
_PAGE = "https://github.com/ctxopt/ctxopt/blob/main/docs/config.md"


@dataclass(frozen=True, slots=True)
class NamedBuild:
    """The parts of a build that the configuration has to name: what is not found without it. Paths are relative."""

    dockerfile: str | None = None
    target: str | None = None
    platform: str | None = None
    build_args: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.dockerfile or self.target or self.platform or self.build_args)


def template(report: Report, build: NamedBuild) -> str:
    """A commented ctxopt.toml with limits that the build of a report keeps. Raises CtxoptError for a name not UTF-8."""
    transfer = report.transfer
    lines = [
        f"# Limits for `ctxopt check`. All keys: {_PAGE}",
        f"# Current: BuildKit transfers {amount(transfer.size, transfer.files)}; unused: {size(report.unused.size)}.",
        "",
        *_limits(report),
        "",
        *_examples(),
    ]
    return "\n".join([*lines, *(_build(build) if build else ())]) + "\n"


def _limits(report: Report) -> list[str]:
    percentage = _percentage(report)
    values = {
        "max-size": _text(_shown(_with_room(report.transfer.size, _SMALLEST.size))),
        "max-files": str(_with_room(report.transfer.files, _SMALLEST.files)),
        "max-unused": _text(f"{percentage}%"),
        "fail-on": '["error"]',
    }
    # Limits with which no run would pass, or all would.
    useless = {
        "fail-on": any(one.severity is Severity.ERROR for one in report.findings),
        "max-unused": percentage == 100,
    }
    described = {key.name: key.description for key in LIMIT_KEYS}
    lines = []
    for name, value in values.items():
        off = "# " if useless.get(name) else ""
        lines += [f"# {described[name]}", f"{off}{name} = {value}"]
    return lines


def _examples() -> list[str]:
    described = {key.name: key.description for key in (*LIMIT_KEYS, *RULE_KEYS, *CHECK_KEYS)}
    examples = {"max-file-size": '"10 MB"', "max-growth": '"10%"', "against": '"origin/main"', "scan-secrets": "true"}
    return [line for name, value in examples.items() for line in (f"# {described[name]}", f"# {name} = {value}")]


def _build(build: NamedBuild) -> list[str]:
    named = {"dockerfile": build.dockerfile, "target": build.target, "platform": build.platform}
    lines = ["", "[[build]]", 'name = "default"']
    lines += [f"{name} = {_text(value)}" for name, value in named.items() if value is not None]
    if build.build_args:
        pairs = ", ".join(f"{_text(name)} = {_text(value)}" for name, value in build.build_args)
        lines.append(f"build-args = {{ {pairs} }}")
    return lines


def _with_room(count: int, least: int) -> int:
    """A limit above a count: rounded up to two digits."""
    wanted = max(int(count * _ROOM), least)
    unit: int = 10 ** max(len(str(wanted)) - 2, 0)
    return -(-wanted // unit) * unit


def _shown(count: int) -> str:
    return size(count).replace(".0 ", " ")


def _percentage(report: Report) -> int:
    """A limit for the unused share of the context, in whole percent."""
    percentage = _LEAST_PERCENTAGE
    while percentage < 100 and parse_share(f"{percentage}%").of(report.buildkit.size) < report.unused.size:
        percentage += 5
    return percentage


def _text(value: str) -> str:
    """A text as TOML writes it."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise CtxoptError("a configuration file cannot contain this name: it is not UTF-8", file=value) from None
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
