"""Twice the hostile input is at most about twice the work, counted in lines that are run and not in seconds."""

from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ctxopt.builds.discovery import Request
from ctxopt.builds.reading import Budget
from ctxopt.builds.yaml_tree import parse as parse_yaml
from ctxopt.config.document import parsed
from ctxopt.core.build_context import BuildContext
from ctxopt.core.context.files import Files
from ctxopt.core.context.locate import CAN_STAY_OPEN
from ctxopt.core.context.tree import Totals
from ctxopt.core.dockerfile import globs
from ctxopt.core.dockerfile.lex import Lex
from ctxopt.core.dockerfile.model import Stage
from ctxopt.core.dockerfile.plan import plan
from ctxopt.core.dockerignore import pattern
from ctxopt.core.dockerignore.pattern import compile_pattern
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.core.dockerignore.reader import read_lines
from ctxopt.core.dockerignore.scope import scope
from ctxopt.core.golang import match as gomatch
from ctxopt.core.golang import paths
from ctxopt.core.ids import StageId
from ctxopt.core.usage.by_name import NamesOfReads, SourceNames
from ctxopt.digest.reads import StateReader, digest_of_read
from ctxopt.errors import CtxoptError
from ctxopt.evidence.hidden_texts import named_by_commands
from ctxopt.findings.context import RuleContext
from ctxopt.findings.rules.owner_later import RULE as OWNER_LATER
from ctxopt.findings.rules.stray_file import RULE as STRAY_FILE
from ctxopt.git.facts import git_facts
from ctxopt.git.states import work_tree_state
from ctxopt.image.commands import Reader
from ctxopt.image.destinations import destinations
from ctxopt.image.shell import parse
from ctxopt.image.shell.model import Command
from ctxopt.image.shell.texts import Texts
from ctxopt.image.shell.values import Values
from ctxopt.image.sources import ContextPlace, Sources
from ctxopt.proposal.propose import propose
from ctxopt.rebuilds.epochs import all_parents
from ctxopt.render import stages as render_stages
from ctxopt.render import text as render_text
from ctxopt.reports.report import report
from ctxopt.reports.stages import StageRow, StagesReport, stages
from tests.support.contexts import context
from tests.support.files import write
from tests.support.programs import git
from tests.support.steps import assert_linear
from tests.support.systems import fifo

_NAME = "a" * 120


def _ignores(pattern: str) -> Callable[[], object]:
    """Compile a pattern, and hold names against it that nearly match."""

    def call() -> None:
        patterns = PatternSet([pattern])
        inside = scope(patterns)
        inside.matched([_NAME, _NAME + "b"])
        inside.enter(_NAME)[1].matched([_NAME])
        patterns.decide(_NAME, None)

    return call


def _many(line: Callable[[int], str], count: int) -> Callable[[], object]:
    """Decide a few names by many patterns."""

    def call() -> None:
        patterns = PatternSet(read_lines("\n".join(map(line, range(count))).encode(), "f"), "f")
        inside = scope(patterns)
        for name in ("d1", "d2", "name1", "other"):
            _, below = inside.enter(name)
            below.matched(["name1", "name2.txt", "x"])
            patterns.descends_into_excluded(name, trim_globs=True)
            patterns.descends_into_excluded(name, trim_globs=False)

    return call


def _planned(text: str) -> Callable[[], object]:
    def call() -> None:
        with suppress(CtxoptError):
            plan(text.encode(), "Dockerfile")

    return call


def _quietly(call: Callable[[], object]) -> Callable[[], object]:
    def quiet() -> None:
        with suppress(CtxoptError):
            call()

    return quiet


_CASES: dict[str, Callable[[int], Callable[[], object]]] = {
    "stars": lambda n: _ignores("*a" * n + "b"),
    "double stars": lambda n: _ignores("**/" * n + "b*c*d"),
    "classes and stars": lambda n: _ignores("[a-z]*" * n + "!"),
    "double stars and classes": lambda n: _ignores("**[a-z]/" * n + "b"),
    "stars in the middle": lambda n: _ignores("a" + "*a" * n + "*?" * n + "b"),
    "a class": lambda n: _ignores("x*[" + "b-c" * n + "]z"),
    "questions": lambda n: _ignores("*" + "?" * n),
    "counted": lambda n: _ignores("a{50}" * n + "*b"),
    "quoted": lambda n: _ignores("\\Q" * n + "*b"),
    "plain patterns": lambda n: _many(lambda i: f"nothing{i}", n),
    "patterns on all levels": lambda n: _many(lambda i: f"**/no*{i}*x", n),
    "exceptions": lambda n: _many(lambda i: f"{'!' * (i % 2)}d{i % 3}/name{i}", n),
    "wild exceptions": lambda n: _many(lambda i: f"{'!' * (i % 2)}**/name{i}.*", n),
    "one pattern again and again": lambda n: _many(lambda i: "!" * (i % 2) + "**", n),
    "a shell pattern of stars": lambda n: lambda: gomatch.match("*a" * n + "b", _NAME),
    "a shell pattern of classes": lambda n: lambda: gomatch.match("[a-z]*" * n + "!", _NAME),
    "a shell pattern without stars": lambda n: lambda: gomatch.match("*" + "[a-z]" * n + "!", _NAME),
    "a shell pattern on a long path": lambda n: lambda: gomatch.match("*a*a*a*a*a*b", "a" * n),
    "a path": lambda n: lambda: paths.clean("a/../b/./" * n),
    "nested defaults": lambda n: _planned("FROM scratch\nCOPY " + "${a:-" * n + "}" * n + " /x\n"),
    "a replacement": lambda n: lambda: globs.replace("a" * n + "b", "c", "a" * n, every=True),
    "a replacement of any characters": lambda n: lambda: globs.replace("?" * n + "b", "c", "a" * 2 * n, every=True),
    "a replacement of stars": lambda n: lambda: globs.replace("a*" * n + "b", "c", "a" * n, every=True),
    "many replacements": lambda n: lambda: globs.replace("a?", "c", "ab" * n, every=True),
    "a prefix": lambda n: lambda: globs.trim_prefix("*a" * n + "b", "a" * n, longest=True),
    "a suffix": lambda n: lambda: globs.trim_suffix("*a" * n + "b", "a" * n, longest=True),
    "words": lambda n: lambda: Lex().expand("a 'b' \"c\" $d ${e} \\f " * n, {"d": "x y"}),
    "stages": lambda n: _planned("FROM scratch AS s0\n" + "".join(f"FROM s{i} AS s{i + 1}\n" for i in range(n))),
    "stages in a ring": lambda n: _planned(
        "".join(f"FROM scratch AS s{i}\nCOPY --from=s{(i + 1) % n} / /\n" for i in range(n))
    ),
    "triggers": lambda n: _planned(
        "FROM scratch AS s0\n" + "".join(f"ONBUILD COPY a /\nFROM s{i} AS s{i + 1}\n" for i in range(n))
    ),
    "variables": lambda n: _planned("FROM scratch\n" + "".join(f"ENV a{i + 1}=$a{i}x\n" for i in range(n))),
    "unset arguments": lambda n: _planned("FROM scratch\nARG a\n" + "COPY $a /x\n" * n),
    "continued lines": lambda n: _planned("FROM scratch\nRUN a " + "\\\n b " * n + "\n"),
    "here-documents": lambda n: _planned("FROM scratch\nCOPY " + "<<E " * n + "/x/\n" + "E\n" * n),
    "flags": lambda n: _planned("FROM scratch\nCOPY " + "--exclude=a " * n + "a b\n"),
    "YAML": lambda n: _quietly(lambda: parse_yaml("[" * n, "f", Budget("f"))),
    "YAML aliases": lambda n: _quietly(
        lambda: parse_yaml("a: &a {b: c}\n" + "".join(f"k{i}:\n  <<: *a\n" for i in range(n)), "f", Budget("f"))
    ),
    "TOML": lambda n: _quietly(lambda: parsed("a = " + "[" * n, "f")),
}


@pytest.fixture(autouse=True)
def _nothing_is_remembered() -> None:
    """What other tests have asked is not to count for one size alone."""
    for remembered in (gomatch._chunks, pattern._compiled_short, pattern._compiled_long):
        remembered.cache_clear()
    gomatch.match("a", "b")


@pytest.mark.parametrize("case", _CASES)
def test_twice_the_input_is_twice_the_work(case: str) -> None:
    assert_linear(_CASES[case], 200)


_PROJECTS: dict[str, Callable[[int], str]] = {
    "broad reads": lambda n: "COPY . /x\n" * n,
    "reads in turns": lambda n: "COPY a /x\nCOPY b /y\nCOPY . /z\n" * n,
    "many sources": lambda n: "COPY " + "a b/c " * n + "/x/\n",
    "deep sources": lambda n: "COPY " + "a/" * n + " /x/\n",
    "wild sources": lambda n: "COPY " + "*/" * n + "x /x/\n",
    "sources of stars": lambda n: "COPY " + "*a" * n + " b /x/\n",
    "one wild source again and again": lambda n: "COPY " + "*? " * n + "/x/\n",
    "one source at any depth again and again": lambda n: "COPY --parents " + "**/a* " * n + "/x/\n",
    "sources of classes": lambda n: "COPY " + "[a-b]*" * n + " b /x/\n",
}


@pytest.mark.parametrize("case", _PROJECTS)
def test_twice_the_instructions_are_twice_the_work(tmp_path: Path, case: str) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + _PROJECTS[case](size)
        opened = context(tmp_path / str(size), {"a": 1, "b/c": 1, "b/" + "a" * 200: 1}, text)
        return lambda: report(opened)

    assert_linear(work, 60, margin=1000)


def _any_depth(count: int) -> Callable[[], object]:
    """Enter as many directories as there are patterns, each with one of its own that names it at any depth."""

    def call() -> None:
        inside = scope(PatternSet([f"**/dir{i}/*.x" for i in range(count)]))
        for i in range(count):
            inside.enter(f"dir{i}x")[1].matched(["a.x"])

    return call


def test_as_many_directories_as_patterns_are_no_product() -> None:
    assert_linear(_any_depth, 100)


def test_as_many_names_as_patterns_with_stars_on_both_sides_are_no_product() -> None:
    def work(size: int) -> Callable[[], object]:
        def call() -> None:
            inside = scope(PatternSet([f"*{i:04}*" for i in range(size)]))
            inside.matched([f"a{i:04}b" for i in range(size)])
            for i in range(size):
                inside.enter(f"directory{i}")

        return call

    assert_linear(work, 100)


@pytest.mark.parametrize(
    "source", ["*{}*", "[a-g]{}b", "--parents **/a{}*", "--parents a{}b", "--parents **/[a-g]{}b", "--parents a{}*"]
)
def test_as_many_files_as_sources_are_no_product(tmp_path: Path, source: str) -> None:
    flags, _, name = source.rpartition(" ")

    def work(size: int) -> Callable[[], object]:
        sources = " ".join(name.format(f"{i:04}") for i in range(size))
        text = f"# syntax=docker/dockerfile:1-labs\nFROM scratch\nCOPY {flags} {sources} /x/\n"
        opened = context(tmp_path / str(size), {f"a{i:04}b": 1 for i in range(size)}, text)
        return lambda: (opened.usage.results, stages(opened))

    # More than are remembered from one time to the next.
    assert_linear(work, 150, margin=1000)


@pytest.mark.parametrize(
    "pattern",
    ["d{}/a*.x", "d{}/a", "d{}/*/a", "d{}/**", "**/d{}x*", "d{}/[a-b]/**/c", "d*/a{}x*", "**/d*/a{}/b", "[c-d]*/*/a{}"],
)
def test_as_many_directories_as_patterns_for_one_each_are_no_product(pattern: str) -> None:
    def work(size: int) -> Callable[[], object]:
        def call() -> None:
            inside = scope(PatternSet([pattern.format(i) for i in range(size)]))
            for i in range(size):
                inside.enter(f"d{i}")[1].matched(["a", "a.x"])

        return call

    assert_linear(work, 100)


@pytest.mark.parametrize("pattern", ["*[{}a]", "[a-b]*{}", "*a*[{}b]*", "**/*[a{}]/x", "*[{}a]*/*[a-b]"])
def test_as_many_names_as_patterns_of_which_each_may_match_are_no_product(pattern: str) -> None:
    def work(size: int) -> Callable[[], object]:
        def call() -> None:
            inside = scope(PatternSet([pattern.format(f"{i:04}") for i in range(size)]))
            inside.matched([f"b{i:04}c" for i in range(size)])

        return call

    assert_linear(work, 100, margin=1000)


def test_as_many_directories_as_sources_with_parents_of_any_name_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + "".join(f"COPY d*/a{i:04}* /x{i}/\n" for i in range(size))
        opened = context(tmp_path / str(size), {f"d{i}/a{i:04}b": 1 for i in range(size)}, text)
        return lambda: opened.usage.results

    assert_linear(work, 60, margin=2000)


@pytest.mark.parametrize("command", ["usage", "report", "digest"])
@pytest.mark.parametrize("exclude", ["**/a{:04}b", "**/*[b{}]", "d{}/**"])
def test_as_many_files_as_excludes_of_some_of_them_are_no_product(tmp_path: Path, exclude: str, command: str) -> None:
    def work(size: int) -> Callable[[], object]:
        # The first line is that of no other test, so that nothing is known of one.
        copies = f"COPY --exclude={command}-{size} . /x/\n"
        copies += "".join(f"COPY --exclude={exclude.format(i)} . /x{i}/\n" for i in range(size))
        root = tmp_path / str(size)
        opened = context(root, {f"d{i % 7}/a{i:04}b": 1 for i in range(size)}, f"FROM scratch\n{copies}", ".git\n")
        if command == "digest":
            for arguments in (("init", "-q"), ("add", "-A"), ("commit", "-q", "-m", "a")):
                git(root, *arguments)
            state = StateReader(work_tree_state(str(root)))
            return lambda: [digest_of_read(opened, read, state) for read in opened.plan.reads]
        return lambda: opened.usage.results if command == "usage" else report(opened)

    assert_linear(work, 60, margin=3000)


@pytest.mark.parametrize("exclude", ["**/x{}", "**/[x-z]q{}*", "a{:04}?", "x{}/**"])
def test_as_many_files_as_excludes_are_no_product(tmp_path: Path, exclude: str) -> None:
    def work(size: int) -> Callable[[], object]:
        copies = "".join(f"COPY --exclude={exclude.format(i)} . /x{i}/\n" for i in range(size))
        text = f"# syntax=docker/dockerfile:1-labs\nFROM scratch\n{copies}"
        opened = context(tmp_path / str(size), {f"d/a{i:04}b": 1 for i in range(size)}, text)
        return lambda: opened.usage.results

    assert_linear(work, 100, margin=1000)


def test_the_stages_of_each_target_are_bounded_in_what_they_print() -> None:
    rows = tuple(StageRow(Stage(StageId(i), f"s{i}", "scratch", i, True, False), None, None, None) for i in range(700))
    report = StagesReport("/", "Dockerfile", "s1", rows, Totals(), (), (), ())
    console = Console(file=StringIO(), width=80)
    render_stages.texts([report] * 4, console)
    printed = console.file.getvalue() if isinstance(console.file, StringIO) else ""
    assert "and 400 more stages" in printed
    assert printed.rstrip().endswith("and 2 more targets; --json lists all")


def test_as_many_patterns_as_sources_are_no_product() -> None:
    def work(size: int) -> Callable[[], object]:
        text = "COPY " + " ".join(f"d{i}/a" for i in range(size)) + " /x/"
        (read,) = plan(f"FROM scratch\n{text}\n".encode(), "Dockerfile").reads
        names = SourceNames(read)
        return lambda: [names.could_be_hidden(f"d{i}/b", lambda _: False) for i in range(size)]

    assert_linear(work, 100)


def test_as_many_patterns_as_instructions_are_no_product() -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + "".join(f"COPY d{i}/a /x/\n" for i in range(size))
        names = NamesOfReads([SourceNames(read) for read in plan(text.encode(), "Dockerfile").reads])
        return lambda: [names.could_be_hidden(f"d{i}/b", lambda _: False) for i in range(size)]

    assert_linear(work, 100)


@pytest.mark.parametrize("copy", ["COPY . /x{}/", "ADD . /x{}", "RUN --mount=type=bind,target=/x{} true"])
def test_as_many_files_as_broad_copies_are_no_product(tmp_path: Path, copy: str) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + "".join(f"{copy.format(i)}\n" for i in range(size))
        opened = context(tmp_path / str(size), {f"d{i % 7}/a{i}": 1 for i in range(size)}, text)
        return lambda: report(opened)

    assert_linear(work, 60, margin=2000)


def test_as_many_files_as_broad_copies_are_no_product_for_the_legacy_builder(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + "".join(f"COPY . /x{i}/\n" for i in range(size))
        opened = context(tmp_path / str(size), {f"d{i % 7}/a{i}": 1 for i in range(size)}, text)
        return lambda: opened.legacy_errors

    assert_linear(work, 60, margin=1000)


@pytest.mark.parametrize("line", ["ARG a{0}=b{0}\nRUN echo $a{0}", "ENV a{0}=b{0}\nRUN a{0}=c npm ci"])
def test_as_many_commands_as_variables_are_no_product(tmp_path: Path, line: str) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + "".join(f"{line.format(i)}\n" for i in range(size))
        planned = plan(text.encode(), "Dockerfile")
        return lambda: list(Reader(planned, 0, Texts()).runs())

    assert_linear(work, 40, margin=1000)


def test_as_many_files_as_sources_that_match_them_all_are_no_product_in_the_image(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        sources = " ".join(f"d*/f*[0-9a{i}]*" for i in range(size))
        text = f"FROM scratch\nCOPY {sources} /x/\n"
        opened = context(tmp_path / str(size), {f"d{i % 3}/f{i}": 1 for i in range(size)}, text)
        opened.usage.results  # noqa: B018 - what is laid out is counted without what is read
        return lambda: destinations(opened)

    assert_linear(work, 150, margin=2000)


def test_as_many_copies_as_builds_in_one_stage_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        runs = "".join(f"RUN echo {i} && npm run build\n" for i in range(size))
        copies = "".join(f"COPY --from=s /a{i} /a{i}\n" for i in range(size))
        text = f"FROM node AS s\nCOPY . /\n{runs}FROM scratch\n{copies}"
        opened = context(tmp_path / str(size), {f"a{i}": 1 for i in range(size)}, text)
        return lambda: report(opened)

    assert_linear(work, 60, margin=3000)


def test_as_many_copies_of_a_history_as_commands_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM alpine\n" + "".join(f"COPY . /x{i}\nRUN make x{i}\n" for i in range(size))
        opened = context(tmp_path / str(size), {".git/HEAD": 1, ".git/objects/a": 1, "a": 1}, text)
        return lambda: report(opened)

    assert_linear(work, 60, margin=3000)


def test_the_commands_of_a_build_are_parsed_once_for_all_that_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    whole = parse.commands

    def counted(text: str, values: Values | None = None) -> tuple[Command, ...] | None:
        parsed.append(text)
        return whole(text, values)

    monkeypatch.setattr(parse, "commands", counted)
    planned = plan(b"FROM scratch\nRUN only this test says it\n", "Dockerfile")
    asked = [list(Reader(planned, number).runs()) for number in range(3)]
    assert [[run.words for run in runs] for runs in asked] == [[("only", "this", "test", "says", "it")]] * 3
    assert parsed == ["only this test says it"]


def test_as_many_commands_as_copies_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        places = [ContextPlace(StageId(0), f"/x{i}", f"d{i}") for i in range(size)] + [
            ContextPlace(StageId(0), "/app", "")
        ] * size
        sources = Sources(plan(b"FROM scratch\n", "Dockerfile"), places)
        return lambda: [sources.find(StageId(0), f"/x{i}/a") for i in range(size)]

    assert_linear(work, 60)


def test_stages_that_copy_each_path_of_the_one_before_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        copies = (f"FROM scratch AS s{i}\nCOPY --from=s{i - 1} /a{i - 1} /a{i}\n" for i in range(1, size))
        planned = plan(("FROM scratch AS s0\nCOPY . /a0\n" + "".join(copies)).encode(), "Dockerfile")
        sources = Sources(planned, [ContextPlace(StageId(0), "/a0", "")])
        return lambda: [sources.find(StageId(i), f"/a{i}") for i in range(size)]

    assert_linear(work, 90)


def test_copies_of_all_of_one_stage_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        copies = "".join(f"COPY --from=s / /a{i}\n" for i in range(size))
        files = {f"d{i % 7}/a{i}": 1 for i in range(size)}
        opened = context(tmp_path / str(size), files, f"FROM scratch AS s\nCOPY . /\nFROM scratch\n{copies}")
        return lambda: report(opened)

    assert_linear(work, 60, margin=3000)


def test_copies_whose_owner_changes_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM debian:13\n" + "".join(f"COPY a /x{i}/\nRUN chown -R u{i} /x{i}\n" for i in range(size))
        opened = context(tmp_path / str(size), {"a": 200_000}, text)
        return lambda: list(OWNER_LATER.check(RuleContext(opened)))

    assert_linear(work, 60, margin=3000)


@pytest.mark.parametrize(("files", "copies"), [(1, 0), (0, 1)])
def test_patterns_of_a_stray_ignore_file_are_no_product(tmp_path: Path, files: int, copies: int) -> None:
    """With as many files and copies of them, and with as many patterns of the file that is read."""

    def work(size: int) -> Callable[[], object]:
        root = tmp_path / str(size)
        text = "FROM scratch\n" + "COPY . /\n" * (1 + size * files)
        stray = "".join(f"y{i}/node_modules\n" for i in range(size * copies)) or "logs\n"
        read = "".join(f"web/y{i}/node_modules\n" for i in range(size * copies)) or "nothing\n"
        context(root, {f"web/f{i}": 1 for i in range(1 + size * files)}, text)
        write(root, {"web/.dockerignore": stray, ".dockerignore": read, "web/Dockerfile": text})
        opened = BuildContext(str(root), "web/Dockerfile")
        return lambda: list(STRAY_FILE.check(RuleContext(opened)))

    assert_linear(work, 150, margin=3000)


@pytest.mark.parametrize(
    ("start", "line", "submodule"),
    [
        ("COPY . /app/\nWORKDIR /app\nRUN git submodule update\n", "RUN cat d/x{i}", "[submodule]\npath = v/m{i}\n"),
        ("COPY . /app/\nRUN cat d/x\n", "FROM s{i} AS s{next}", ""),
    ],
    ids=["submodules", "stages"],
)
def test_what_commands_name_and_submodules_or_stages_are_no_product(
    tmp_path: Path, start: str, line: str, submodule: str
) -> None:
    def work(size: int) -> Callable[[], object]:
        root = tmp_path / str(size)
        lines = "".join(line.replace("{i}", str(i)).replace("{next}", str(i + 1)) + "\n" for i in range(size))
        text = f"FROM debian:13 AS s0\n{start}{lines}"
        context(root, {f"d/x{i}": 1 for i in range(size)}, text)
        modules = "".join(submodule.replace("{i}", str(i)) for i in range(size))
        write(root, {".gitmodules": modules, ".dockerignore": "d\n"})
        opened = BuildContext(str(root))
        return lambda: list(named_by_commands(opened))

    assert_linear(work, 800, margin=3000)


def test_as_many_secrets_as_copies_of_their_directories_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch\n" + "".join(f"COPY d{i} /x{i}\n" for i in range(size))
        opened = context(tmp_path / str(size), {f"d{i}/.env": 1 for i in range(size)}, text)
        return lambda: report(opened)

    assert_linear(work, 40, margin=3000)


def test_the_instructions_are_bounded_in_what_is_printed(tmp_path: Path) -> None:
    opened = context(tmp_path, {"a": 1}, "FROM scratch\n" + "COPY a /x\n" * 300)
    console = Console(file=StringIO(), width=80)
    render_text.report(report(opened), console, rows=5)
    printed = console.file.getvalue() if isinstance(console.file, StringIO) else ""
    assert "and 100 more instructions; --json lists all" in printed
    assert printed.count("COPY a") <= 210


@pytest.mark.parametrize("name", [".git/info/exclude", ".git/config", ".gitignore", "below/.gitignore"])
def test_a_pipe_that_git_would_read_is_no_wait(tmp_path: Path, name: str) -> None:
    def work(size: int) -> Callable[[], object]:
        root = tmp_path / str(size)
        write(root, {f"below/f{number}": "" for number in range(size)})
        git(root, "init", "-q")
        (root / name).unlink(missing_ok=True)
        fifo(root / name)
        reasons: list[object] = []

        def call() -> None:
            assert git_facts(str(root / "below"), reasons.append) is None
            assert str(reasons[-1]).endswith("is no regular file")

        return call

    assert_linear(work, 50)


def test_twice_the_copies_into_a_stage_are_twice_the_work(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch AS a\n" + "COPY . /\n" * size + "FROM scratch\nCOPY --from=a / /\n"
        opened = context(tmp_path / str(size), {f"d{i % 7}/f{i}": 1 for i in range(50)}, text)
        assert opened.usage
        return lambda: stages(opened)

    assert_linear(work, 60, margin=1000)


def test_stages_that_copy_all_from_each_other_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        text = "FROM scratch AS s0\nCOPY . /\n" + "".join(
            f"FROM scratch AS s{i}\nCOPY --from=s{i - 1} / /\n" for i in range(1, size)
        )
        opened = context(tmp_path / str(size), {f"d{i % 7}/f{i}": 1 for i in range(size)}, text)
        assert opened.usage
        return lambda: stages(opened)

    assert_linear(work, 60, margin=1000)


@pytest.mark.skipif(not CAN_STAY_OPEN, reason="directories do not stay open here")
def test_the_files_of_a_deep_tree_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        paths = ["d/" * level + "file" for level in range(size, 0, -1)]
        root = tmp_path / str(size)
        write(root, {path: path for path in paths})

        def call() -> None:
            files = Files(str(root))
            assert [files.read(path, 1 << 20) for path in paths] == [path.encode() for path in paths]

        return call

    assert_linear(work, 200, margin=2000)


def test_the_directories_above_deep_paths_are_no_product() -> None:
    def work(size: int) -> Callable[[], object]:
        return lambda: all_parents(["d/" * level + "file" for level in range(size)])

    assert_linear(work, 200)


def test_a_pattern_is_refused_past_a_size() -> None:
    compiled = compile_pattern("a{1000}" * 101 + "*")
    assert compiled is not None
    assert compiled.error == "syntax error in pattern (expression too large)"


@pytest.mark.parametrize(
    "lines",
    ["RUN mkdir -p /m{i} && cd /m{i} && cat x{i}\nCOPY a /c{i}/", "RUN git clone https://x/y c{i}\nRUN git log {i}"],
)
def test_directories_that_commands_make_and_those_of_copies_are_no_product(tmp_path: Path, lines: str) -> None:
    def work(size: int) -> Callable[[], object]:
        root = tmp_path / str(size)
        text = "".join(lines.replace("{i}", str(i)) + "\n" for i in range(size))
        context(root, {"a": 1, ".git/HEAD": 1}, f"FROM debian:13\nCOPY . /app/\nWORKDIR /app\n{text}")
        return lambda: propose(str(root), Request())

    assert_linear(work, 400)


def test_as_many_services_as_stages_that_cannot_be_planned_are_no_product(tmp_path: Path) -> None:
    def work(size: int) -> Callable[[], object]:
        stages_of = "".join(f"FROM scratch AS t{i}\nCOPY . /\n" for i in range(size))
        services = "".join(f"  s{i}:\n    build: {{context: ., target: missing{i}}}\n" for i in range(size))
        root = tmp_path / str(size)
        context(root, {"a": 1}, stages_of)
        write(root, {"compose.yaml": f"services:\n{services}"})
        return lambda: propose(str(root), Request())

    assert_linear(work, 60, margin=3000)
