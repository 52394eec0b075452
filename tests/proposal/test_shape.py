"""A block that a maintainer would merge: general patterns, exceptions in place of lists, short, and stable."""

from pathlib import Path

import pytest

from ctxopt import BuildContext, DockerIgnore
from ctxopt.builds.discovery import Request
from ctxopt.proposal.block import split
from ctxopt.proposal.model import FileProposal, Level
from ctxopt.proposal.propose import propose
from tests.evidence.support import tracked
from tests.proposal.support import FROM, hidden, lines, proposed, some, the_file
from tests.support.files import Files, write

_GO = "FROM golang:1.25\nWORKDIR /s\nCOPY . .\nRUN go build -buildvcs=false -o /m ./cmd/m\n"
_NODE = "FROM node:22\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nCOPY . .\n"


def _likely(root: Path) -> FileProposal:
    return the_file(root, level=Level.LIKELY)


def test_one_exception_in_place_of_a_list(tmp_path: Path) -> None:
    names = ("cmd/m/m_test.go", "pkg/a/a_test.go", "pkg/a/b_test.go", "pkg/b/c_test.go")
    write(tmp_path, {"Dockerfile": _GO + "RUN cat cmd/m/m_test.go\n", "go.mod": "", **dict.fromkeys(names, "")})
    assert lines(_likely(tmp_path))[1:3] == ["**/*_test.go", "!cmd/m/*_test.go"]
    write(tmp_path, {"pkg/c/d_test.go": ""})
    assert not propose(str(tmp_path), Request()).files[0].changes


def test_no_exceptions_where_many_stay(tmp_path: Path) -> None:
    names = [f"{place}/{name}_test.go" for place in "abcdef" for name in "xy"]
    needed = " ".join(f"{place}/x_test.go" for place in "abcdef")
    write(tmp_path, {"Dockerfile": f"{_GO}RUN cat {needed}\n", "go.mod": "", **dict.fromkeys(names, 10)})
    got = lines(_likely(tmp_path))
    assert "**/*_test.go" not in got
    assert not [line for line in got if line.startswith("!")]


def test_exceptions_below_one_directory_are_one(tmp_path: Path) -> None:
    kept = [f"e2e/{place}/x_test.go" for place in "abcd"]
    names = dict.fromkeys([*kept, *(f"pkg/{place}/x_test.go" for place in "abcd")], 10)
    write(tmp_path, {"Dockerfile": f"{_GO}RUN cat {' '.join(kept)}\n", "go.mod": "", **names})
    assert lines(_likely(tmp_path))[1:3] == ["**/*_test.go", "!e2e/**/*_test.go"]


def test_an_exception_does_not_bring_back_what_the_user_excludes(tmp_path: Path) -> None:
    names = dict.fromkeys(["cmd/m/m_test.go", *(f"pkg/{place}/x_test.go" for place in "abcd")], 10)
    secret: Files = {"cmd/m/own_test.go": 10, ".dockerignore": "cmd/m/own_test.go\n"}
    write(tmp_path, {"Dockerfile": _GO + "RUN cat cmd/m/m_test.go\n", "go.mod": "", **names, **secret})
    file = _likely(tmp_path)
    assert "!cmd/m/*_test.go" not in lines(file)


def test_most_of_a_directory(tmp_path: Path) -> None:
    names = dict.fromkeys([f"docs/{name}/x.txt" for name in "abcde"], 1000)
    write(
        tmp_path, {"Dockerfile": FROM + "WORKDIR /app\nCOPY . .\nRUN cat docs/keep.txt\n", **names, "docs/keep.txt": 1}
    )
    assert lines(_likely(tmp_path))[1:3] == ["docs/*", "!docs/keep.txt"]


def test_nothing_inside_of_dependencies_that_stay(tmp_path: Path) -> None:
    packages = {
        f"web/node_modules/{name}/{rest}": 10 for name in "abc" for rest in ("i.js", "test/t.js", "package.json")
    }
    write(tmp_path, {"Dockerfile": _GO, "go.mod": "", ".gitignore": "node_modules\n", **packages})
    write(tmp_path, {"cmd/m/main.go": 'package main\nimport _ "x/server/test"\n', "server/test/h.go": "package test\n"})
    tracked(tmp_path, ignore="node_modules\n")
    assert not [line for line in lines(_likely(tmp_path)) if line.startswith("web/node_modules/")]


def test_a_line_of_a_gitignore_is_the_pattern(tmp_path: Path) -> None:
    write(
        tmp_path, {"Dockerfile": _NODE, "package.json": "{}", "x.dump": 1000, "sub/y.dump": 1000, "memos": 1000, "a": 1}
    )
    tracked(tmp_path, ignore="*.dump\n/memos\n")
    assert {"**/*.dump", "memos"} <= set(lines(_likely(tmp_path)))


def test_a_name_that_a_general_ending_covers_has_no_line(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "npm-debug.log": 10, "a/x.log": 10})
    got = lines(_likely(tmp_path))
    assert "**/*.log" in got
    assert "**/npm-debug.log*" not in got


def test_dockerfiles_are_named_by_path_and_only_those_of_counted_builds(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "x.log": 10, "templates/web/Dockerfile.tmpl": 10})
    got = lines(_likely(tmp_path))
    assert {"Dockerfile", ".dockerignore"} <= set(got)
    assert not [line for line in got if line.startswith("**/") and "ocker" in line]


def test_no_block_for_what_builders_load_themselves(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a": 1})
    assert not _likely(tmp_path).changes


def test_usual_patterns_of_the_ecosystems_that_are_found(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _NODE, "package.json": "{}", "main.js": 10, "x.log": 10})
    got = lines(_likely(tmp_path))
    assert {"**/node_modules", ".git", "**/.DS_Store", "**/.idea"} <= set(got)
    assert not {"**/__pycache__", "**/target", "**/vendor"} & set(got)


@pytest.mark.parametrize(
    "needs",
    [
        _NODE.replace("RUN npm install", "RUN true"),
        _NODE + "RUN ls node_modules\n",
        _NODE.replace("COPY . .", "COPY node_modules node_modules\nCOPY . ."),
    ],
)
def test_a_usual_pattern_is_not_written_where_something_may_need_it(tmp_path: Path, needs: str) -> None:
    write(tmp_path, {"Dockerfile": needs, "package.json": "{}", "main.js": 10, "x.log": 10})
    (file,) = propose(str(tmp_path), Request(), level=Level.LIKELY).files
    assert "**/*.log" in lines(file)
    assert "**/node_modules" not in lines(file)


def test_usual_patterns_that_the_user_has_are_not_repeated(tmp_path: Path) -> None:
    users = "node_modules\n.git/\n*.idea\n"
    write(tmp_path, {"Dockerfile": _NODE, "package.json": "{}", "main.js": 10, "x.log": 10, ".dockerignore": users})
    assert not {"**/node_modules", ".git", "**/.idea"} & set(lines(_likely(tmp_path)))


def test_a_block_is_short(tmp_path: Path) -> None:
    local = {f"local{number}/data": 10 * number for number in range(60)}
    write(tmp_path, {"Dockerfile": _NODE, "package.json": "{}", "a": 1, "big/x": 100_000, **local})
    tracked(tmp_path, ignore="local*\nbig\n")
    (tmp_path / ".gitignore").write_text("".join(f"local{number}\n" for number in range(60)) + "big\n")
    file = _likely(tmp_path)
    block = (split(file.new).block or b"").decode().splitlines()
    assert len(block) <= 40
    assert "**/big" in block
    assert file.omitted.files > 20


def test_secrets_have_lines_however_many(tmp_path: Path) -> None:
    keys = {f"{number}/id_rsa{number}x.pem": 1 for number in range(50)}
    write(tmp_path, {"Dockerfile": FROM + "COPY . /\n", "a": 1, **keys, **dict.fromkeys(_secrets(), "password=x")})
    got = lines(_likely(tmp_path))
    assert {f"**/{name}" for name in _secrets()} <= set(got)


def _secrets() -> list[str]:
    return [".env", ".netrc", ".pgpass", ".htpasswd"]


def test_unused_entries_beyond_a_number_of_lines_are_summed_up(tmp_path: Path) -> None:
    unused = {f"d{number}/{'x' * number}": 100 if number < 30 else 1 for number in range(1, 61)}
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, **unused})
    (file,) = proposed(tmp_path).files
    assert len(lines(file)) <= 36
    assert file.omitted.files == 60 - len(lines(file))
    assert file.left == ()


def test_a_checkout_without_junk_does_not_change_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": _NODE, "package.json": "{}", "main.js": 10})
    junk = {"node_modules/x/i.js": 10, "x.log": 10, "coverage/y": 10, **some(".idea", "a")}
    write(tmp_path, junk)
    _likely(tmp_path)
    for path in junk:
        (tmp_path / path).unlink()
    assert not propose(str(tmp_path), Request()).files[0].changes


def test_a_long_block_does_not_change_for_what_is_not_worth_a_line(tmp_path: Path) -> None:
    unused = {f"d{number}/x": 1000 for number in range(1, 31)}
    write(tmp_path, {"Dockerfile": FROM + "COPY a /\n", "a": 1, **unused})
    the_file(tmp_path)
    write(tmp_path, {"small/x": 1})
    assert not propose(str(tmp_path), Request()).files[0].changes
    write(tmp_path, {"large/x": 100_000})
    assert propose(str(tmp_path), Request()).files[0].changes


@pytest.mark.parametrize(
    ("destination", "made"), [("/app/web", True), ("/app/web/", True), ("/app/other", False), ("/web", False)]
)
def test_a_member_that_is_copied_alone(tmp_path: Path, destination: str, made: bool) -> None:
    """The root of a workspace is where its members are relative to, whichever instruction brings its manifest."""
    manifests = "COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./\n"
    files: Files = {
        "Dockerfile": f"FROM node\nWORKDIR /app\n{manifests}COPY web {destination}\n"
        "RUN if [ -z $skip ]; then pnpm install; fi\n",
        "package.json": "{}",
        "pnpm-workspace.yaml": "packages:\n  - web\n",
        "pnpm-lock.yaml": "",
        "web/package.json": "{}",
        "web/node_modules/x/a.js": 10,
    }
    write(tmp_path, files)
    assert bool(hidden(_likely(tmp_path), "web/node_modules/x/a.js")) is made


def test_an_output_of_another_tool_than_that_of_the_first_manifest(tmp_path: Path) -> None:
    """With package.json and build.gradle side by side, `build` may be made by either."""
    run = "FROM gradle\nWORKDIR /s\nCOPY . .\nRUN gradle build\nFROM scratch\nCOPY --from=0 /s/build/libs/a.jar /\n"
    write(tmp_path, {"Dockerfile": run, "package.json": "{}", "build.gradle": "", "build/libs/a.jar": 10})
    tracked(tmp_path, ignore="build\n")
    assert hidden(_likely(tmp_path), "build/libs/a.jar")


@pytest.mark.parametrize("exception", ["!keep.log", "!**/keep.log", "!logs/keep.log"])
def test_what_the_user_excepts_by_name_stays(tmp_path: Path, exception: str) -> None:
    files = {"keep.log": "a", "logs/keep.log": "a", "other.log": "b", "sub/x.log": "c"}
    write(tmp_path, {"Dockerfile": "FROM a\nCOPY . .\n", ".dockerignore": f"*.log\n{exception}\n", **files})
    named = DockerIgnore.from_lines([exception.removeprefix("!")])
    excepted = {path for path in files if named.ignores(path)}
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY).files[0]
    (tmp_path / ".dockerignore").write_bytes(proposal.new)
    used = set(BuildContext(str(tmp_path)).used_files)
    assert excepted <= used
    assert not used & {"other.log", "sub/x.log"}


def test_an_exception_for_a_whole_directory_asks_for_no_junk_in_it(tmp_path: Path) -> None:
    lines = "*\n!src\n!src/**\n"
    write(tmp_path, {"Dockerfile": "FROM a\nCOPY . .\n", ".dockerignore": lines, "src/a": "a", "src/x.pyc": "b"})
    proposal = propose(str(tmp_path), Request(), level=Level.LIKELY).files[0]
    (tmp_path / ".dockerignore").write_bytes(proposal.new)
    assert BuildContext(str(tmp_path)).used_files == ["src/a"]


def test_no_list_of_single_tests(tmp_path: Path) -> None:
    files = {f"src/{name}/{name}.test.ts": 100 + at for at, name in enumerate("abcdefgh")}
    needed = " ".join(f"lib/{name}/{name}.test.ts" for name in "abcdefgh")
    kept = dict.fromkeys(needed.split(), 10)
    dockerfile = _NODE + f"RUN cat {needed}\nCMD node a.js\n"
    write(tmp_path, {"Dockerfile": dockerfile, "package.json": "{}", "a.js": "", **files, **kept})
    file = _likely(tmp_path)
    singles = [line for line in lines(file) if line.endswith(".test.ts")]
    assert len(singles) <= 3
    assert file.omitted.files >= 5 or "**/*.test.[jt]s" in lines(file)
    write(tmp_path, {"src/z/z.test.ts": 1})
    assert not propose(str(tmp_path), Request(), level=Level.LIKELY).files[0].dropped


_DOTNET = (
    "FROM mcr.microsoft.com/dotnet/sdk:8.0\nWORKDIR /app\nCOPY . .\nRUN dotnet publish -c Release -o out src/Web\n"
)


@pytest.mark.parametrize(
    ("dockerfile", "ignore", "written"),
    [
        (_DOTNET, "[Bb]in/\n[Oo]bj/\n", True),
        (_DOTNET, "/src/Web/bin\n", False),
        (_DOTNET, "bin/\nobj/\n!bin/\n!obj/\n", False),
        # It is made before this build.
        (_DOTNET.replace("dotnet publish -c Release -o out src/Web", "true"), "[Bb]in/\n[Oo]bj/\n", False),
        (_DOTNET + "FROM alpine\nCOPY . /all\n", "[Bb]in/\n[Oo]bj/\n", False),
        (_DOTNET + "FROM alpine\nCOPY --from=0 /app/out /app\n", "[Bb]in/\n[Oo]bj/\n", True),
    ],
)
def test_usual_results_below_deep_manifests(tmp_path: Path, dockerfile: str, ignore: str, written: bool) -> None:
    write(tmp_path, {"Dockerfile": dockerfile, "src/Web/Web.csproj": "<Project/>", "a.log": 10})
    tracked(tmp_path, ignore=ignore)
    assert ({"**/bin", "**/obj"} <= set(lines(_likely(tmp_path)))) is written


@pytest.mark.parametrize(
    ("ignore", "expected"),
    [
        ("/dist\n", {"dist"}),
        ("dist\n", {"**/dist"}),
        ("/dist\n/web/dist\n", {"dist", "web/dist"}),
        ("/dist\n/a/dist\n/web/dist\n", {"**/dist"}),
    ],
)
def test_no_broader_than_what_git_ignores(tmp_path: Path, ignore: str, expected: set[str]) -> None:
    """In another place a directory of the same name may be source one day."""
    places = [line.strip("/").removesuffix("dist").strip("/") for line in ignore.split()]
    build = _NODE + "RUN " + " && ".join(f"cd /app/{place} && npm install && npx tsc --outDir dist" for place in places)
    made = {f"{place}/dist/x.js".lstrip("/"): 5_000 for place in places}
    write(tmp_path, {"Dockerfile": build, "package.json": '{"scripts": {"build": "vite build"}}', "i.ts": 9, **made})
    write(tmp_path, {f"{place}/package.json".lstrip("/"): "{}" for place in places if place})
    tracked(tmp_path, ignore=ignore)
    assert {line for line in lines(_likely(tmp_path)) if "dist" in line} == expected


def test_a_pattern_in_place_of_the_name_of_today(tmp_path: Path) -> None:
    """Where a general pattern would hide what is needed, the same is written for the directories that it is for."""
    write(tmp_path, {"Dockerfile": _GO + "RUN tar xf seed/a.gz && tar xf own/b.gz\n", "seed/a.gz": 10, "own/b.gz": 10})
    write(tmp_path, {"b.gz": 50_000, "pkg/c.gz": 50_000, "pkg/c.go": 1, "db/x.sqlite3": 50_000, "db/seeds.go": 1})
    tracked(tmp_path, ignore="*.gz\n!seed/a.gz\n!own/b.gz\n/db/*.sqlite3\n")
    got = lines(_likely(tmp_path))
    assert {"*.gz", "pkg/*.gz", "db/*.sqlite3"} <= set(got)
    write(tmp_path, {"new.gz": 50_000, "db/y.sqlite3": 50_000})
    (file,) = propose(str(tmp_path), Request(), level=Level.LIKELY).files
    assert not {"new.gz", "db/y.sqlite3"} & set(lines(file))
    assert hidden(file, "new.gz", "db/y.sqlite3")


def test_a_later_draft_has_no_room_for_what_an_earlier_one_left_out(tmp_path: Path) -> None:
    """What was left of little was much of what was left."""
    unused = {f"{name}{other}-own.{name}{other}": 10 for name in "abcdefgh" for other in "uvwxyz"}
    write(tmp_path, {"Dockerfile": FROM + "COPY src /s\n", "src/a": 1, "data.bin": 900_000, **unused})
    got = [line for line in lines(_likely(tmp_path)) if not line.startswith("#")]
    assert "data.bin" in got
    assert len(got) <= 24


def test_what_commits_change_often_comes_before_single_names(tmp_path: Path) -> None:
    junk = {f"{name}.example-{name}": 40 for name in "abcdefghijklmnopqrstuvwxyz"}
    write(tmp_path, {"Dockerfile": _NODE, "package.json": "{}", "README.md": 9, ".github/workflows/x.yml": "a", **junk})
    tracked(tmp_path, ignore="".join(f"/{name}\n" for name in junk))
    got = lines(_likely(tmp_path))
    assert ".github" in got
    assert {"README.md", "*.md"} & set(got)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "A.sln",
            'Project("{2150E333-8FDC-42A3-9474-1A3956D46DE8}") = "Items", "Items", "{1}"\n'
            "\tProjectSection(SolutionItems) = preProject\n\t\tREADME.md = README.md\n\t\tdocs\\a.md = docs\\a.md\n"
            "\tEndProjectSection\nEndProject\n"
            'Project("{9A19103F}") = "Web", "src\\Web\\Web.csproj", "{2}"\nEndProject\n',
        ),
        ("A.slnx", '<Solution>\n<File Path="README.md" />\n<Project Path="src/Web/Web.csproj" />\n</Solution>\n'),
    ],
)
def test_files_that_a_solution_only_shows(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {"Dockerfile": _DOTNET, name: text, "src/Web/Web.csproj": "<Project/>", "README.md": 90})
    write(tmp_path, {"docs/a.md": 90, "a.log": 10})
    tracked(tmp_path)
    assert {"README.md", "*.md", "**/*.md"} & set(lines(_likely(tmp_path)))
