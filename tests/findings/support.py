"""Build contexts from files and texts, and the findings of one rule in them."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ctxopt import BuildContext
from ctxopt.findings import check, limited
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.findings.settings import DEFAULT, Settings


def found(
    root: Path, rule: Rule, ignore: str | None, *files: str, dockerfile: str = "COPY . .\n", name: str = "Dockerfile"
) -> list[Finding]:
    """The findings of one rule; every file has ten bytes, `ignore` may be None for no file."""
    for file in (*files, name):
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 10)
    (root / name).write_text("FROM scratch\n" + dockerfile, encoding="utf-8")
    if ignore is not None:
        (root / ".dockerignore").write_text(ignore, encoding="utf-8")
    return findings_of(rule, RuleContext(BuildContext(str(root), name)))


def built(
    root: Path,
    rule: Rule,
    dockerfile: str,
    files: Mapping[str, str] = MappingProxyType({}),
    ignore: str | None = None,
    settings: Settings = DEFAULT,
    **build: Any,
) -> list[Finding]:
    """The findings of one rule in a build of a whole Dockerfile, over files with these texts."""
    given = {**files, "Dockerfile": dockerfile, **({} if ignore is None else {".dockerignore": ignore})}
    for name, text in given.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return findings_of(rule, RuleContext(BuildContext(str(root), **build), settings))


def named(
    root: Path,
    rule: Rule,
    path: str,
    dockerfile: str,
    files: Mapping[str, str] = MappingProxyType({}),
    *,
    assumed: bool = False,
) -> list[Finding]:
    """The same for a Dockerfile with a path, in a context whose root is above it, perhaps because nothing says more."""
    for name, text in {**files, path: dockerfile}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return findings_of(rule, RuleContext(BuildContext(str(root), path, assumed=assumed)))


def costs(
    root: Path,
    rule: Rule,
    dockerfile: str,
    files: Mapping[str, int],
    ignore: str | None = None,
    target: str | None = None,
) -> list[Finding]:
    """The same with files of the given sizes in bytes."""
    return built(root, rule, dockerfile, {name: "x" * size for name, size in files.items()}, ignore, target=target)


def findings_of(rule: Rule, context: RuleContext) -> list[Finding]:
    return [finding for finding in limited(check(context)) if finding.rule == rule.id]
