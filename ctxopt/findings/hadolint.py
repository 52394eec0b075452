"""Comments for hadolint that say that what a rule of ours finds as well is meant."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from ctxopt.core.build_context import BuildContext
from ctxopt.core.lazy_dataclass import dataclass
from ctxopt.core.lazy_re import lazy_re
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule

#: The comment, and the codes in it, which may have spaces between them.
_COMMENT: Final = lazy_re(
    r"\s*#\s*hadolint\s+(?P<whole>global\s+)?ignore\s*=\s*(?P<codes>[A-Z]+\d+(?:\s*,\s*[A-Z]+\d+)*)(?![^\s#])"
)
_CODE: Final = lazy_re(r"[A-Z]+\d+")


@dataclass(frozen=True, slots=True)
class _Ignored:
    """The codes that comments name: for the whole file, and for the instruction below a line; each with its line."""

    everywhere: Mapping[str, int]
    above: Mapping[int, Mapping[str, int]]


def as_allowed(findings: Iterable[Finding], rules: Iterable[Rule], build: BuildContext) -> list[Finding]:
    """The findings of some rules, where those about an instruction with such a comment above it say so."""
    found = list(findings)
    file = build.located.dockerfile
    if b"hadolint" not in file.data or not found:
        return found
    ignored = _ignored(file.data.decode("utf-8", "surrogateescape").split("\n"))
    codes = {rule.id: rule.hadolint for rule in rules}
    return [_allowed(one, codes[one.rule], ignored) if one.file == build.plan.file else one for one in found]


def _allowed(finding: Finding, codes: Iterable[str], ignored: _Ignored) -> Finding:
    for code in () if finding.allowed_in else codes:
        line = ignored.everywhere.get(code) or ignored.above.get(finding.line or 0, {}).get(code)
        if line is not None:
            return replace(finding, allowed_in=(line,), allowed_by=f"hadolint ignore={code}")
    return finding


def _ignored(lines: list[str]) -> _Ignored:
    everywhere: dict[str, int] = {}
    above: dict[int, dict[str, int]] = {}
    waiting: dict[str, int] = {}
    for number, text in enumerate(lines, 1):
        said = _COMMENT.match(text)
        if said is not None:
            named = dict.fromkeys(_CODE.findall(said["codes"]), number)
            (everywhere if said["whole"] else waiting).update(named)
        elif not text.lstrip().startswith("#"):
            if waiting:
                above[number] = waiting
            waiting = {}
    return _Ignored(everywhere, above)
