"""Version control metadata, and the builds that read it."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, why_kept, write

WAY_OUT = "; a bind mount of .git for that RUN, or a version build argument, would do as well"


def test_a_long_script_asks_for_a_version(tmp_path: Path) -> None:
    (tmp_path / "do.sh").write_text("build() {\n  local V=$(git describe)\n}\n" + "# a comment\n" * 1000 + "build\n")
    write(tmp_path, ".git/HEAD")
    why = why_kept(judged(tmp_path, "FROM x\nCOPY . .\nRUN ./do.sh\n"), ".git")
    assert why is not None
    assert "git describe" in why


def test_nothing_reads_it(tmp_path: Path) -> None:
    files = (".git/HEAD", ".git/objects/pack/x.pack", ".hg/dirstate", ".hgtags", ".gitignore", ".gitattributes")
    write(tmp_path, *files, "a/.gitkeep")
    found = judged(tmp_path, "FROM x\nCOPY . .\nRUN apt-get install -y git && git clone https://example.com/x /x\n")
    claim = claim_of(found, ".git")
    assert (claim.reason.kind.value, claim.patterns) == ("vcs", (".git",))
    assert {".hg", ".gitattributes", ".hgtags"} <= claimed(found).keys()
    assert "a/.gitkeep" not in claimed(found), "its directory is what counts"
    assert ".gitignore" not in claimed(found), "tools that pack or look for sources go by it"


@pytest.mark.parametrize(
    ("run", "file", "content", "why"),
    [
        ("git describe --tags > v", "", "", "RUN git describe --tags (Dockerfile:3) needs it"),
        ("x --v=$(git rev-parse HEAD)", "", "", "RUN git rev-parse HEAD (Dockerfile:3) needs it"),
        (
            "go build ./...",
            "main.go",
            "debug.ReadBuildInfo()",
            "main.go has 'ReadBuildInfo' in it, and RUN go build ./... (Dockerfile:3) uses it",
        ),
        (
            "go build ./cmd/app",
            "cmd/app/Start.go",
            "debug.ReadBuildInfo()",
            "cmd/app/Start.go has 'ReadBuildInfo' in it, and RUN go build ./cmd/app (Dockerfile:3) uses it",
        ),
        ("go tool maubuild", "", "", "RUN go tool maubuild (Dockerfile:3) needs it"),
        (
            "pip install .",
            "pyproject.toml",
            '[build-system]\nrequires = ["setuptools_scm"]\n',
            "pyproject.toml has 'setuptools_scm' in it, and RUN pip install . (Dockerfile:3) uses it",
        ),
        (
            "npm ci",
            "package.json",
            '{"scripts": {"prepare": "git config core.hooksPath .githooks"}}',
            "package.json has 'git' in it, and RUN npm ci (Dockerfile:3) uses it",
        ),
        (
            "make",
            "Makefile",
            "V := $(shell git describe)\nall:\n\ttrue\n",
            "git describe in Makefile, run by RUN make (Dockerfile:3) needs it",
        ),
        (
            "cargo build",
            "build.rs",
            'Command::new("git")',
            "build.rs has '\"git\"' in it, and RUN cargo build (Dockerfile:3) uses it",
        ),
        (
            "mvn package",
            "pom.xml",
            "<artifactId>git-commit-id-maven-plugin</artifactId>",
            "pom.xml has 'git-commit-id' in it, and RUN mvn package (Dockerfile:3) uses it",
        ),
        (
            "npm run build",
            "package.json",
            '{"scripts": {"build": "tsc && git rev-parse HEAD > v"}}',
            "git rev-parse HEAD in package.json, run by RUN npm run build (Dockerfile:3) needs it",
        ),
        (
            "./build.sh",
            "build.sh",
            "#!/bin/sh\nset -e\ngit log -1\n",
            "git log -1 in build.sh, run by RUN ./build.sh (Dockerfile:3) needs it",
        ),
    ],
)
def test_what_reads_it(tmp_path: Path, run: str, file: str, content: str, why: str) -> None:
    write(tmp_path, ".git/HEAD", ".hgtags")
    if file:
        text(tmp_path, file, content)
    found = judged(tmp_path, f"FROM x\nCOPY . .\nRUN {run}\n")
    assert ".git" not in claimed(found)
    assert why_kept(found, ".git").removesuffix(WAY_OUT) == why
    assert ".hgtags" in claimed(found), "no build reads this one"


@pytest.mark.parametrize(
    ("dockerfile", "file", "content"),
    [
        ("RUN go build -buildvcs=false ./...", "main.go", "debug.ReadBuildInfo()"),
        ("ENV GOFLAGS=-buildvcs=false\nRUN go build", "main.go", "debug.ReadBuildInfo()"),
        ("RUN go build", "main.go", "package main\n"),
        ("RUN go build", "vendor/x/info.go", "debug.ReadBuildInfo()"),
        ("RUN go build", "main_test.go", "debug.ReadBuildInfo()"),
        ("RUN go tool vet ./...", "a", ""),
        ("RUN npm ci", "package.json", '{"scripts": {"prepare": "husky || true", "postinstall": "lint-staged"}}'),
        ("RUN make all", "Makefile", "all:\n\tcc x.c\nrelease:\n\tgit -C . describe\n"),
        ("RUN mvn package", "pom.xml", "git-commit-id <failOnNoGitDirectory>false</failOnNoGitDirectory>"),
        ("RUN npm ci", "package.json", '{"scripts": {"lint": "husky"}, "devDependencies": {"husky": "9"}}'),
        ("RUN pip install .", "pyproject.toml", '[project]\nname = "x"\n'),
        ("RUN true", "Makefile", "V := $(shell git describe)\n"),
        ("RUN git --version", "a", ""),
        ("RUN npm ci", "node_modules/x/package.json", '{"scripts": {"prepare": "husky"}}'),
    ],
)
def test_what_does_not(tmp_path: Path, dockerfile: str, file: str, content: str) -> None:
    write(tmp_path, ".git/HEAD")
    text(tmp_path, file, content)
    assert claimed(judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\n{dockerfile}\n"))[".git"] == "vcs"


def test_another_build_may_read_it(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD")
    assert ".git" not in claimed(judged(tmp_path, "FROM x\nCOPY . .\n", "FROM x\nCOPY . .\nRUN git status\n"))


def test_a_mention(tmp_path: Path) -> None:
    write(tmp_path, ".git/HEAD")
    found = judged(tmp_path, "FROM x\nCOPY . .\nRUN cat .git/HEAD > version\n")
    assert ".git" not in claimed(found)


def test_what_git_tracks_stays_where_git_is_asked_about_changes(tmp_path: Path) -> None:
    text(tmp_path, "pyproject.toml", '[build-system]\nrequires = ["hatch-vcs"]\n')
    write(tmp_path, "tests/test_x.py", "docs/x.md", "old.log")
    tracked(tmp_path)
    write(tmp_path, "new.log")
    plain = judged(tmp_path, "FROM x\nCOPY . .\n", git=True)
    assert {"tests", "docs"} <= claimed(plain).keys()
    asking = judged(tmp_path, "FROM x\nCOPY . .\nRUN pip install .\n", git=True)
    assert claimed(asking).keys() & {"tests", "docs", "old.log", "new.log"} == {"new.log"}
    assert "git tracks it, and a command that uses git would see it as deleted" in why_kept(asking, "docs/x.md")
