"""Compare the builds that are read from Compose and bake files with those that Compose and buildx read.

    python tests/live_declared.py DIRECTORY [--only NAME]

Every Compose file below DIRECTORY is read by itself and together with what it overrides, and every bake file by
itself. Directories of contexts that are missing are created, so DIRECTORY should be a copy. CTXOPT_TEST_SUITE chooses
the versions, as in the tests with an engine. Prints each difference, and a closing line; the exit code is 1 if there
was any.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ctxopt.builds import bake, compose
from ctxopt.builds.build import Declared, DeclaringFile
from ctxopt.builds.dockerfiles import is_bake_file, is_compose_file
from ctxopt.core.named_context import named_context
from ctxopt.errors import CtxoptError
from tests.support.engine.declared import DeclarationError, bake_print, compose_config
from tests.support.engine.session import Session

#: The parts of each build by its name.
Facts = dict[str, dict[str, Any]]


def file_sets(directory: Path) -> Iterator[tuple[Path, ...]]:
    """The files that are read together."""
    for folder, folders, names in os.walk(directory):
        folders[:] = sorted(name for name in folders if name not in (".git", "node_modules"))
        for name in sorted(names):
            path = Path(folder, name)
            if is_bake_file(name):
                yield (path,)
            elif is_compose_file(name):
                yield (path,)
                stem = name.rpartition(".")[0].partition(".")[0]
                bases = [Path(folder, f"{stem}.{end}") for end in ("yml", "yaml")]
                yield from ((base, path) for base in bases if base.is_file() and base != path)


def difference(files: Sequence[Path], root: str) -> tuple[str, str | None]:
    """Whether files were read or refused, and how that differs from ours: None if it does not."""
    is_compose = is_compose_file(files[0].name)
    theirs = compose_facts(files) if is_compose else bake_facts(files)
    if isinstance(theirs, dict):
        _create(theirs)
    ours = our_facts(files, root, is_compose=is_compose)
    if isinstance(theirs, str) or isinstance(ours, str):
        outcome = "refused" if isinstance(theirs, str) else "read"
        if isinstance(theirs, str) and isinstance(ours, str):
            return outcome, None
        return outcome, f"only they refuse: {theirs}" if isinstance(theirs, str) else f"only we refuse: {ours}"
    return "read", "\n    ".join(_differences(ours, theirs)) or None


def _differences(ours: Facts, theirs: Facts) -> Iterator[str]:
    for name in sorted({*ours, *theirs}):
        one, other = ours.get(name), theirs.get(name)
        if one is None and other is not None and not os.path.isabs(other["context"]):
            # What is fetched is no build here.
            continue
        if one is None or other is None:
            yield f"{name}: {'not ours' if one is None else 'only ours'}: {one or other}"
            continue
        for key in sorted({*one, *other}):
            if one.get(key) != other.get(key):
                yield f"{name}.{key}: ours {one.get(key)!r}, theirs {other.get(key)!r}"


def compose_facts(files: Sequence[Path]) -> Facts | str:
    """What Compose reads, or why it refuses."""
    try:
        project = compose_config(files, {"COMPOSE_PROFILES": "*"})
    except DeclarationError as error:
        return str(error).splitlines()[-1]
    facts: Facts = {}
    for name, service in (project.get("services") or {}).items():
        build = service.get("build")
        if build:
            build = _without_escapes(build)
            args = {key: value for key, value in (build.get("args") or {}).items() if value is not None}
            contexts = build.get("additional_contexts") or {}
            inline = build.get("dockerfile_inline")
            facts[name] = _facts(build["context"], build, args, contexts, inline, files[0].parent)
    return facts


def _without_escapes(value: Any) -> Any:
    """What is printed, with its dollars as they were read."""
    if isinstance(value, dict):
        return {name: _without_escapes(item) for name, item in value.items()}
    return value.replace("$$", "$") if isinstance(value, str) else value


def bake_facts(files: Sequence[Path]) -> Facts | str:
    """What buildx reads, or why it refuses."""
    try:
        printed = bake_print(files, None, files[0].parent, _names(files))
    except DeclarationError as error:
        return " ".join(str(error).splitlines()[-3:])
    facts: Facts = {}
    for name, target in printed["target"].items():
        args = {key: _unescaped(value) for key, value in (target.get("args") or {}).items()}
        inline = _unescaped(target.get("dockerfile-inline") or "") or None
        facts[name] = _facts(target["context"], target, args, target.get("contexts") or {}, inline, files[0].parent)
    return facts


def _names(files: Sequence[Path]) -> list[str]:
    """All targets that buildx knows, or where it cannot list them, those that we know."""
    try:
        return list(bake_print(files, None, files[0].parent, ["*"])["target"])
    except DeclarationError:
        ours = our_facts(files, str(files[0].parent), is_compose=False)
        return list(ours) if isinstance(ours, dict) else ["default"]


def _unescaped(text: str) -> str:
    return text.replace("$${", "${").replace("%%{", "%{")


def _facts(
    context: str,
    build: Mapping[str, Any],
    args: Mapping[str, str],
    contexts: Mapping[str, str],
    inline: str | None,
    directory: Path,
) -> dict[str, Any]:
    context = context.removeprefix("cwd://")
    local = "://" not in context and not context.startswith(("git@", "github.com/"))
    place = os.path.realpath(os.path.join(directory, context)) if local else context
    dockerfile = build.get("dockerfile") or "Dockerfile"
    named = {}
    for name, value in contexts.items():
        with suppress(CtxoptError):
            found = named_context(name, value.removeprefix("cwd://"), str(directory))
            named[found.name] = found.value
    return {
        "context": place,
        "dockerfile": None if inline else os.path.normpath(os.path.join(place, dockerfile.removeprefix("cwd://"))),
        "inline": inline,
        "target": build.get("target") or None,
        "args": dict(sorted(args.items())),
        "contexts": dict(sorted(named.items())),
    }


def _create(facts: Facts) -> None:
    """Create the contexts that are missing, since a build without its context is not one here."""
    for build in facts.values():
        if os.path.isabs(build["context"]) and not os.path.lexists(build["context"]):
            with suppress(OSError):
                os.makedirs(build["context"])
        with suppress(OSError):
            # That of a context that is fetched is no path here.
            if os.path.isabs(build["dockerfile"] or "") and not os.path.lexists(build["dockerfile"]):
                os.makedirs(os.path.dirname(build["dockerfile"]), exist_ok=True)
                Path(build["dockerfile"]).write_text("FROM scratch\n")


def our_facts(files: Sequence[Path], root: str, *, is_compose: bool) -> Facts | str:
    """What we read, or why we refuse."""
    named = [DeclaringFile(str(file), file.name) for file in files]
    try:
        declared = (
            compose.read(named, environment={}, root=root)
            if is_compose
            else bake.read(named, str(files[0].parent), environment={}, root=root)
        )
    except CtxoptError as error:
        return f"{error}"
    return _of_declared(declared)


def _of_declared(declared: Declared) -> Facts:
    facts: Facts = {}
    for build in declared.builds:
        name = build.origin.rpartition(" ")[2]
        facts[name] = {
            "context": build.context,
            "dockerfile": None if build.inline else build.dockerfile or os.path.join(build.context, "Dockerfile"),
            "inline": build.inline,
            "target": build.target,
            "args": dict(sorted(build.build_args)),
            "contexts": {one.name: one.value for one in sorted(build.contexts, key=lambda one: one.name)},
        }
    return facts


def main() -> int:
    """Compare all files below the directory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--only", default="", help="only files with this in their path")
    given = parser.parse_args()
    session = Session()
    outcomes: Counter[str] = Counter()
    different = 0
    try:
        for files in file_sets(given.directory.resolve()):
            shown = " + ".join(str(file.relative_to(given.directory.resolve())) for file in files)
            if given.only in shown:
                outcome, problem = difference(files, str(given.directory.resolve()))
                outcomes[f"{'Compose' if is_compose_file(files[0].name) else 'bake'} {outcome}"] += 1
                different += problem is not None
                if problem:
                    print(f"{shown}\n    {problem}")
    finally:
        session.close()
    print(f"{dict(outcomes)}: {different} differ")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
