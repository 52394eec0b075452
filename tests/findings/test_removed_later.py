from pathlib import Path

import pytest

from ctxopt.core.context.tree import Totals
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules import removed_later
from ctxopt.findings.rules.removed_later import RULE
from tests.findings.support import built, costs
from tests.support.files import write
from tests.support.systems import posix_only

_FILES = {
    "app/main.py": 100,
    "app/notes.md": 60_000,
    "docs/a.html": 150_000,
    "docs/deep/b.png": 50_000,
    "README.md": 2_000,
    "requirements.txt": 30,
    "data.tar.gz": 90_000,
    ".npmrc": 10,
}


@pytest.fixture(autouse=True)
def _any_size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few bytes count, but where their size is what is tested."""
    if "counted" not in request.fixturenames:
        monkeypatch.setattr(removed_later, "_LEAST", 1)
        monkeypatch.setattr(removed_later, "_LEAST_OF_UNKNOWN", 1)


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(
        root,
        RULE,
        "# syntax=docker/dockerfile:1\nFROM python:3 AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n",
        _FILES,
    )


def test_a_directory(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN rm -rf docs")
    assert (finding.file, finding.line, finding.end_line, finding.severity) == ("Dockerfile", 4, 4, Severity.WARNING)
    assert (finding.totals, finding.confidence) == (Totals(2, 200_000), Confidence.HIGH)
    assert finding.message == "docs/ stays in the layer of this COPY: the RUN in line 5 only hides it"
    assert finding.fix == "add docs to .dockerignore"
    assert finding.evidence == ("line 4: COPY . .", "line 5: RUN rm -rf docs", "docs/: 200 kB in 2 files")


@pytest.mark.parametrize(
    ("run", "files", "size"),
    [
        ("rm -rf /srv/docs ./*.md", 3, 202_000),
        ("cd docs && rm -r deep", 1, 50_000),
        ("rm -rf docs && rm -rf docs/deep docs", 2, 200_000),
        ("rm -rf docs/deep && rm -rf docs", 2, 200_000),
        ("find . -name '*.md' -delete", 2, 62_000),
        ("find /srv -type d -name docs -exec rm -rf {} +", 2, 200_000),
        ("rm -rf /srv/app/*", 2, 60_100),
        ("<<X\nset -e\nrm -rf docs\nX", 2, 200_000),
        ("sh -c 'rm -rf docs'", 2, 200_000),
        ("make && rm -rf docs || true", 2, 200_000),
    ],
)
def test_ways_to_remove(tmp_path: Path, run: str, files: int, size: int) -> None:
    (finding,) = found(tmp_path, "COPY . .", f"RUN {run}")
    assert finding.totals == Totals(files, size)


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY . .", "RUN rm -rf /docs"],
        ["COPY . .", "RUN rm -rf docs-old *.txt.bak"],
        ["COPY . .", "RUN rm docs"],
        ["COPY app app", "RUN rm -rf docs"],
        ["RUN rm -rf docs", "COPY . ."],
        ["COPY . .", "RUN rm -rf $DOCS"],
        ["COPY . .", "RUN (cd app && ls) && rm -rf main.py"],
        ["COPY . .", "RUN --mount=type=cache,target=/srv/docs rm -rf docs/*"],
        ["RUN --mount=type=bind,target=/srv rm -rf docs"],
        ["COPY . .", "RUN find . -name '*.md'"],
        ["COPY . .", "RUN echo rm -rf docs"],
        ["COPY . .", "RUN rm -rf docs", "FROM alpine", "COPY --from=0 /srv/app /srv"],
        ["COPY . .", "FROM python:3", "WORKDIR /srv", "RUN rm -rf docs"],
        ["COPY . .", 'SHELL ["pwsh"]', "RUN rm -rf docs"],
        ["ARG WHERE", "COPY . $WHERE", "RUN rm -rf /docs"],
        ["COPY --exclude=docs . .", "RUN rm -rf docs"],
    ],
)
def test_what_costs_nothing(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_through_the_stages_of_the_image(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "FROM base", "RUN rm -rf docs")
    assert finding.line == 4
    assert "RUN in line 6" in finding.message


def test_one_finding_for_each_two_instructions(tmp_path: Path) -> None:
    findings = found(tmp_path, "COPY docs docs", "COPY app app", "RUN rm -rf docs/deep app/notes.md", "RUN rm -rf docs")
    assert [(one.line, one.totals) for one in findings] == [
        (4, Totals(1, 150_000)),
        (5, Totals(1, 60_000)),
        (4, Totals(1, 50_000)),
    ]
    assert [one.severity for one in findings] == [Severity.WARNING, Severity.NOTE, Severity.NOTE]


def test_what_may_not_be_run(tmp_path: Path) -> None:
    # Where the condition is false, the files are wanted.
    assert found(tmp_path, "COPY . .", "RUN if [ -z $KEEP ]; then rm -rf docs; fi") == []
    assert found(tmp_path, "COPY . .", "RUN case $KEEP in 1) ;; *) rm -rf docs ;; esac") == []
    assert found(tmp_path, "COPY . .", "RUN test -e x && rm -rf docs") == []
    assert len(found(tmp_path, "COPY . .", "RUN if [ -z $KEEP ]; then echo; fi; rm -rf docs")) == 1


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (
            ["COPY requirements.txt .", "RUN pip install -r requirements.txt && rm requirements.txt"],
            "mount it in line 5, which needs it: RUN --mount=type=bind,source=requirements.txt,"
            "target=/srv/requirements.txt … instead of the COPY, without the rm",
        ),
        (
            ["COPY data.tar.gz /tmp/", "RUN tar xzf /tmp/data.tar.gz -C /opt && rm /tmp/data.tar.gz"],
            "write ADD data.tar.gz /opt/, which unpacks it, instead of the COPY and the tar in line 5, "
            "without the rm",
        ),
        (
            ["COPY .npmrc README.md ./", "RUN npm ci && rm .npmrc"],
            "mount it in line 5, which needs it: RUN --mount=type=bind,source=.npmrc,target=/srv/.npmrc …, "
            "and remove it from the COPY, without the rm",
        ),
        (
            ["COPY app /src", "RUN make -C /src install && rm -rf /src"],
            "build in a separate stage and COPY --from it what the image needs",
        ),
        (["COPY docs docs", "RUN rm -rf docs"], "remove the COPY"),
        (["COPY README.md app /srv/", "RUN rm -f README.md"], "remove README.md from the COPY"),
        (["COPY . .", "RUN rm -r docs"], "add docs to .dockerignore, and remove the rm in line 5, which would fail"),
        (["COPY . .", "RUN apt-get install x", "RUN rm -rf docs"], "add docs to .dockerignore"),
        (
            ["COPY . .", "RUN make", "RUN rm -rf docs app"],
            "build in a separate stage and COPY --from it what the image needs; or, if no command before the rm in "
            "line 6 needs them, add these lines to .dockerignore: `docs`, `app`",
        ),
        (
            ["COPY . .", "RUN compile && rm -rf docs app"],
            "build in a separate stage and COPY --from it what the image needs",
        ),
        (
            ["COPY . .", "RUN rm -rf docs", "RUN --mount=type=bind,source=docs,target=/d ls /d"],
            "write COPY --exclude=docs … (Dockerfile syntax 1.19 or newer), or name less in it; "
            "line 6 needs the same files, so the ignore file cannot exclude them",
        ),
    ],
)  # fmt: skip
def test_fixes(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix == fix


def test_the_fix_is_right(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN rm -rf docs")
    pattern = finding.fix.removeprefix("add ").removesuffix(" to .dockerignore")
    (tmp_path / ".dockerignore").write_text(pattern + "\n")
    assert found(tmp_path, "COPY . .", "RUN rm -rf docs") == []


@pytest.mark.parametrize(
    ("lines", "size"),
    [
        (["ENV SRC=/srv", "COPY docs ./docs/", "RUN rm -rf $SRC/docs"], True),
        (["ARG D=docs", "COPY docs ./docs/", "RUN rm -rf /srv/${D}"], True),
        (["COPY docs ./docs/", "RUN find docs -delete"], True),
        (["COPY docs ./docs/", "RUN rm -rf $NOWHERE/docs"], False),
        (["ENV SRC=$(x)", "COPY docs ./docs/", "RUN rm -rf $SRC/docs"], False),
        (["COPY docs ./docs/", "RUN rm -rf {docs,x}"], False),
    ],
)
def test_what_is_known_of_a_path(tmp_path: Path, lines: list[str], size: bool) -> None:
    assert bool(found(tmp_path, *lines)) is size


@pytest.mark.parametrize(
    ("command", "size"),
    [
        ("find docs -type f -name '*' | xargs rm -f", True),
        ("find docs -name '*' -print0 | xargs -0 -r rm -rf", True),
        ("find docs -name '*' | xargs grep x", False),
        ("find docs -name '*' | grep -v keep | xargs rm -f", False),
        ("find docs -size +1 | xargs rm -f", False),
        ("find docs -name '*' | xargs rm -f other", False),
    ],
)
def test_what_a_search_hands_to_rm(tmp_path: Path, command: str, size: bool) -> None:
    assert bool(found(tmp_path, "COPY docs ./docs/", f"RUN {command}")) is size


def test_a_source_that_need_not_be_there_is_removed_from_the_copy(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app README* /srv/", "RUN rm -f README.md")
    assert finding.fix == "remove README* from the COPY"


def test_a_chmod_in_between_would_fail(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN chmod 600 docs && rm -rf docs")
    assert finding.fix == "add docs to .dockerignore, and remove the chmod in line 5, which would fail"


_TAR = "RUN curl -L https://x.io/a-1.tgz | tar xz -C /src"
_HIDDEN = [
    (["RUN git clone https://x.io/a/tool.git", "RUN make -C tool install", "RUN rm -rf tool"], 4, "/srv/tool"),
    (["RUN git clone --depth 1 -b v1 git@x.io:a/tool /opt/t", "RUN rm -rf /opt/t"], 4, "/opt/t"),
    (["RUN git clone https://x.io/tool /t && make -C /t", "RUN cd / && rm -r t"], 4, "/t"),
    ([_TAR, "RUN make -C /src", "RUN rm -rf /src"], 4, "/src"),
    ([_TAR, "RUN rm -rf /src/*"], 4, "/src"),
    (["RUN mkdir /b && cd /b && tar xf /a.tar.gz", "RUN rm -rf /b"], 4, "/b"),
    (["ADD https://x.io/a-1.tar.gz /tmp/", "RUN cd /tmp && tar xf a-1.tar.gz", "RUN rm -rf /tmp/a-1*"], 5, "/tmp/a-1"),
    (["RUN unzip -q a.zip -d /tmp/a", "RUN rm -rf /tmp/*"], 4, "/tmp/a"),
    (["RUN pip wheel -w /wheels .", "RUN pip install /wheels/* && rm -rf /wheels"], 4, "/wheels"),
    (["RUN python3 -m venv /venv", "RUN rm -rf /venv"], 4, "/venv"),
    (["RUN npm ci", "RUN npm run build && rm -rf node_modules"], 4, "/srv/node_modules"),
]


@pytest.mark.parametrize(("lines", "line", "name"), _HIDDEN)
def test_what_an_earlier_run_wrote(tmp_path: Path, lines: list[str], line: int, name: str) -> None:
    (finding,) = found(tmp_path, *lines)
    last = 3 + len(lines)
    assert (finding.line, finding.severity, finding.totals) == (line, Severity.WARNING, None)
    assert finding.message == f"{name} stays in the layer of this RUN: the RUN in line {last} only hides it"
    assert finding.fix.startswith(f"write, use and remove it in one RUN (lines {line}")
    assert f" and {last}), or build" in finding.fix


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN git clone https://x.io/tool /t && make -C /t && rm -rf /t", "RUN rm -rf /t"],
        ["RUN git clone https://x.io/tool && cd $X && make && rm -rf tool", "RUN rm -rf /srv/tool"],
        ["RUN rm -rf /t && git clone https://x.io/tool /t"],
        ["RUN git clone https://x.io/tool /t", "RUN rm -rf /other"],
        ["RUN git clone https://x.io/tool /t", "RUN rm -f /t/*"],
        ["RUN git clone https://x.io/tool /t", "RUN rm -rf /t/docs"],
        ["RUN cd /tmp && tar xf a.tgz && mv a /opt/a", "RUN rm -rf /tmp/*"],
        ["RUN tar xf /a.tgz -C /opt", "RUN rm -rf /opt/*.md"],
        ["RUN tar cf /t/a.tar /t", "RUN rm -rf /t"],
        ["RUN --mount=type=cache,target=/t git clone https://x.io/tool /t/x", "RUN rm -rf /t/x"],
        ["RUN git clone https://x.io/tool /t", "RUN --mount=type=tmpfs,target=/t rm -rf /t"],
        ["RUN git clone https://x.io/tool /t", "FROM alpine", "RUN rm -rf /t"],
        ["RUN npm ci -g x", "RUN rm -rf node_modules"],
        # A finding of CTX215.
        ["RUN npm ci", "RUN rm -rf node_modules && npm ci --omit=dev"],
        ["RUN npm ci && rm -rf node_modules", "RUN rm -rf node_modules"],
        ["RUN cd /x && npm ci", "RUN rm -rf node_modules"],
        ["RUN apt-get update", "RUN rm -rf /var/lib/apt/lists/*"],
    ],
)
def test_what_no_earlier_run_wrote(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    ("copy", "run", "path", "mount"),
    [
        (
            "--from=build /wheels /wheels",
            "pip install /wheels/* && rm -rf /wheels",
            "/wheels",
            "source=/wheels,target=/wheels",
        ),
        ("--from=build /out/ /wheels/", "rm -rf /wheels/*", "/wheels", "source=/out,target=/wheels"),
        ("--from=build /o /tmp/o", "cp -r /tmp/o/* / && rm -rf /tmp/*", "/tmp/o", "source=/o,target=/tmp/o"),
        ("--from=build /a.deb /t/", "dpkg -i /t/a.deb && rm /t/a.deb", "/t/a.deb", "source=/a.deb,target=/t/a.deb"),
        ("--from=build /a.deb /tmp/b.deb", "rm -f /tmp/b.deb", "/tmp/b.deb", "source=/a.deb,target=/tmp/b.deb"),
        ("--from=build /o/*.deb /tmp/", "dpkg -i /tmp/*.deb && rm /tmp/*.deb", "/tmp/*.deb", "…"),
        ("--from=tool:2 /bin/tool /t/tool", "rm -rf /t", "/t/tool", "source=/bin/tool,target=/t/tool"),
    ],
)  # fmt: skip
def test_what_a_copy_took_from_elsewhere(tmp_path: Path, copy: str, run: str, path: str, mount: str) -> None:
    (finding,) = found(tmp_path, "FROM base AS build", "FROM base", f"COPY {copy}", f"RUN {run}")
    assert (finding.line, finding.severity, finding.totals) == (6, Severity.WARNING, None)
    assert finding.message == f"{path} stays in the layer of this COPY: the RUN in line 7 only hides it"
    assert f"--mount=type=bind,from={copy.split()[0].removeprefix('--from=')},{mount}" in finding.fix


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY --from=tool:2 /bin/tool /bin/tool", "RUN tool && rm /bin/tool"],
        ["COPY --from=tool:2 /v.txt /v.txt", "RUN cat /v.txt && rm -rf /v.txt"],
        ["COPY --from=tool:2 /t/V /t/V", "RUN x=$(cat /t/V) && rm -rf /t/V"],
        ["RUN if $X; then git clone https://x.io/a /t; git clone u/b /t/b; fi", "RUN rm -rf /t"],
        ["RUN git clone https://x.io/a /t", "RUN if $X; then rm -rf /t; fi"],
        ["COPY --from=build /wheels /wheels", "RUN test -z $KEEP && rm -rf /wheels"],
    ],
)
def test_what_is_mostly_small_or_off(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("docker export ID | docker import - tool:latest", 0),
        ("docker build --squash -t tool .", 0),
        ("docker build -t tool . && docker push tool", 1),
    ],
)
def test_an_image_that_becomes_one_layer(tmp_path: Path, comment: str, count: int) -> None:
    dockerfile = f"# {comment}\nFROM debian\nCOPY . /srv/\nRUN rm -rf /srv/docs\n"
    assert len(costs(tmp_path, RULE, dockerfile, _FILES)) == count


def test_what_several_run_need_is_mounted_in_each(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY docs docs", "RUN a2x docs", "RUN b2x docs && rm -rf docs")
    assert finding.fix.startswith("lines 5 and 6 need it: mount it there with RUN --mount=type=bind, or build in ")


@pytest.mark.parametrize(
    ("lines", "counted"),
    [
        (["COPY . .", "RUN rm -rf big"], 1),
        (["COPY . .", "RUN tool big && rm -rf big"], 1),
        (["COPY . .", "RUN make && rm -rf big"], 0),
        (["COPY . .", "RUN make && rm -rf big large"], 1),
        (["COPY . .", "RUN make && tool big && rm -rf big"], 0),
    ],
)
def test_what_an_unknown_command_may_need_counts_from_a_larger_size(
    tmp_path: Path, lines: list[str], counted: int
) -> None:
    dockerfile = "FROM debian\nWORKDIR /srv\n" + "\n".join(lines) + "\n"
    assert len(costs(tmp_path, RULE, dockerfile, {"big": 600_000, "large": 900_000, "a": 1})) == counted


@pytest.mark.parametrize(
    ("copy", "run"),
    [
        ("--from=build /app /app", "rm -rf /app/tests"),
        ("--from=build /out /usr/local", "rm -rf /usr/local"),
        ("--from=build /out /tmp/", "rm -rf /tmp/out"),
        ("--from=build /out /tmp/out", "rm -f /tmp/*.deb"),
        ("--from=build /a.deb /tmp/", "rm /tmp/b.deb"),
        ("--from=build /wheels /wheels", "ls /wheels"),
        ("--from=build $X /wheels", "rm -rf /wheels"),
        ("--from=build /wheels /wheels", "--mount=type=cache,target=/wheels rm -rf /wheels/*"),
    ],
)
def test_what_of_it_stays(tmp_path: Path, copy: str, run: str) -> None:
    assert found(tmp_path, "FROM base AS build", "FROM base", f"COPY {copy}", f"RUN {run}") == []


@pytest.mark.parametrize(
    ("files", "lines", "count"),
    [
        ({"in/README.in.md": 500}, ["COPY in/ /in", "RUN cp -rf /in/* /srv && rm -rf /in"], 0),
        ({"in/README.txt": 5, "in/sub/README.txt": 5}, ["ADD in /tmp/in", "RUN ./setup.sh && rm -rf /tmp/*"], 0),
        ({"in/.gitkeep": 1}, ["COPY in /in", "RUN rm -rf /in"], 0),
        ({".empty": 0}, ["COPY .empty /x.tgz", "RUN rm /x.tgz"], 0),
        ({"in/README.md": 5, "in/a.txt": 5}, ["COPY in /in", "RUN rm -rf /in"], 1),
        ({"in/readme_data.bin": 5}, ["COPY in /in", "RUN rm -rf /in"], 1),
        ({"README.md": 500}, ["COPY README.md /r/", "RUN rm -rf /r/README.md"], 1),
        ({"README.md": 5, "a.txt": 5}, ["COPY . /r", "RUN rm -rf /r"], 1),
    ],
)
def test_a_directory_that_is_only_kept_for_files_of_others(
    tmp_path: Path, files: dict[str, int], lines: list[str], count: int
) -> None:
    dockerfile = "FROM debian\n" + "\n".join(lines) + "\n"
    assert len(costs(tmp_path, RULE, dockerfile, files)) == count


def test_what_a_cp_takes_from_a_directory_can_be_mounted(tmp_path: Path) -> None:
    dockerfile = (
        "FROM debian\nCOPY custom_files/ /root/custom\nWORKDIR /root\nRUN cp -rf custom/* /srv && rm -rf custom\n"
    )
    (finding,) = costs(tmp_path, RULE, dockerfile, {"custom_files/a.txt": 10})
    assert finding.fix == (
        "line 4 copies from it: mount it there with RUN --mount=type=bind, without the COPY and the rm"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("FROM alpine\nCOPY . /srv\nRUN rm -r /srv/uploads && true\n", True),
        ("FROM alpine\nCOPY . /srv\nRUN ls \\\n && rm -r \\\n  /srv/uploads\n", True),
        ("FROM alpine\nCOPY . /srv\nRUN rm -rf /srv/uploads\n", False),
        ("FROM alpine\nCOPY . /srv\nRUN rm -r /srv/uploads2\n", False),
        ("FROM alpine\nCOPY . /srv\nRUN rm -r other; ls uploads\n", False),
    ],
)
def test_an_rm_in_another_dockerfile_fails_as_well(tmp_path: Path, text: str, told: bool) -> None:
    (tmp_path / "Dockerfile.alpine").write_text(text, encoding="utf-8")
    dockerfile = "FROM debian\nCOPY . /srv\nRUN rm -r /srv/uploads\n"
    (finding,) = costs(tmp_path, RULE, dockerfile, {"uploads/a": 10, "b": 5})
    assert finding.fix.endswith("; the rm in Dockerfile.alpine would fail, too") is told
    assert "remove the rm in line 3, which would fail" in finding.fix


def test_a_mount_that_the_rm_would_match(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, "COPY requirements.txt /tmp/", "RUN pip install -r /tmp/requirements.txt && rm -rf /tmp/*"
    )
    assert finding.fix.startswith("mount it in line 5 in a directory of its own ")


def test_all_that_an_instruction_copies(tmp_path: Path) -> None:
    lines = ("COPY docs/* /tmp/docs/", "RUN rm -rf /tmp/docs", "COPY docs/a.html /a.html")
    (finding,) = found(tmp_path, *lines)
    assert finding.fix == "remove the COPY"


def test_another_dockerfile_that_copies_what_is_removed(tmp_path: Path) -> None:
    text = "FROM x\nCOPY . /app/\nRUN rm -rf /app/big\n"
    files = {"big/a": "x" * 20_000, "b": ""}
    (finding,) = built(tmp_path, RULE, text, files)
    assert "add big to .dockerignore" in finding.fix
    (finding,) = built(tmp_path, RULE, text, {**files, "Dockerfile.big": "FROM x\nCOPY big/ /big/\n"})
    assert "COPY --exclude=big" in finding.fix
    assert "Dockerfile.big needs the same files" in finding.fix


def _script(root: Path, text: str, run: str, *, copy: str = "ADD src/ /root/", mode: int = 0o644) -> str:
    path = root / "src/install.sh"
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    (finding,) = built(root, RULE, f"FROM debian\n{copy}\nRUN {run}\n")
    return finding.fix


@posix_only
@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("#!/bin/bash -e\nid\n", "bash -e"),
        ("#!/usr/bin/env python3\r\n", "python3"),
        ("#! /bin/sh", "sh"),
        ("id\n", "sh"),
    ],
)
def test_a_mounted_script_that_is_not_executable_is_run_by_its_interpreter(
    tmp_path: Path, text: str, command: str
) -> None:
    fix = _script(tmp_path, text, "chmod +x /root/install.sh && /root/install.sh && rm /root/install.sh")
    assert fix == (
        "mount it in line 3, which needs it: RUN --mount=type=bind,source=src/install.sh,target=/root/install.sh … "
        "instead of the ADD, without the rm and the chmod: a mount is read-only, and has the mode of the file, so run "
        f"it as `{command} /root/install.sh`"
    )


@posix_only
@pytest.mark.parametrize("text", ["\0ELF", "#!/a b c\n", "#!bin"])
def test_a_mounted_program_that_is_not_executable(tmp_path: Path, text: str) -> None:
    fix = _script(tmp_path, text, "/root/install.sh && rm /root/install.sh", copy="COPY --chmod=755 src/ /root/")
    assert fix.endswith(
        ", without the rm: a mount has the mode of the file, so make src/install.sh executable in the repository "
        "(git update-index --chmod=+x)"
    )


@pytest.mark.parametrize(
    ("run", "mode"),
    [
        ("/root/install.sh && rm /root/install.sh", 0o755),
        ("sh /root/install.sh && rm /root/install.sh", 0o644),
        ("cat /root/install.sh && /opt/install.sh && rm /root/install.sh", 0o644),
    ],
)
def test_a_mounted_script_that_can_be_run(tmp_path: Path, run: str, mode: int) -> None:
    fix = _script(tmp_path, "#!/bin/sh\n", run, mode=mode)
    assert fix.endswith(" … instead of the ADD, without the rm")


@posix_only
def test_a_mounted_directory_with_a_script(tmp_path: Path) -> None:
    fix = _script(tmp_path, "#!/bin/sh\n", "/src/install.sh && rm -r /src", copy="ADD src /src")
    assert fix.endswith("without the rm; run it as `sh /src/install.sh`")


def test_a_directory_is_mounted_to_be_written_to(tmp_path: Path) -> None:
    run = "chmod +x /src/install.sh && /src/install.sh && rm -r /src"
    fix = _script(tmp_path, "#!/bin/sh\n", run, copy="ADD src /src")
    assert fix.endswith("target=/src,rw … instead of the ADD, without the rm")


@posix_only
def test_mounted_files_of_which_one_is_a_script(tmp_path: Path) -> None:
    dockerfile = "FROM debian\nADD src/ /r/\nRUN chmod +x /r/*.sh && /r/install.sh && rm /r/install.sh /r/b\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"src/install.sh": "id", "src/b": "b", "src/c": "c"})
    assert finding.fix.startswith(
        "line 3 needs them: mount them there with RUN --mount=type=bind (run it as `sh /r/install.sh`), "
    )


def test_what_else_an_instruction_brings_stays_in_it(tmp_path: Path) -> None:
    dockerfile = "FROM debian\nADD src/ /root/\nRUN sh /root/install.sh && rm /root/install.sh\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {"src/install.sh": "id", "src/DBDefs.pm": "x"})
    assert finding.fix.endswith(
        " …, and write ADD --exclude=install.sh … in line 2 (Dockerfile syntax 1.19 or newer), without the rm"
    )


@pytest.mark.parametrize(
    ("install", "file", "is_written"),
    [
        ("npm install", "package-lock.json", True),
        ("npm install --prefix /srv", "npm-shrinkwrap.json", True),
        ("yarn install", "yarn.lock", True),
        ("npm ci", "package-lock.json", False),
        ("yarn install --frozen-lockfile", "yarn.lock", False),
        ("npm install", "package.json", False),
    ],
)
def test_a_lock_file_that_an_install_writes_again(tmp_path: Path, install: str, file: str, is_written: bool) -> None:
    dockerfile = f"FROM node:22\nWORKDIR /srv\nCOPY {file} .\nRUN {install} && rm {file}\n"
    (finding,) = built(tmp_path, RULE, dockerfile, {file: "x" * 5_000})
    assert (f"target=/srv/{file},rw …" in finding.fix) is is_written
    assert (f"target=/srv/{file} …" in finding.fix) is not is_written


_KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n"


@pytest.mark.parametrize(
    ("name", "text", "size", "counted"),
    [
        ("startup.sh", "echo x\n", 3_000, 0),
        ("data.txt", "x", 300_000, 0),
        ("data.txt", "x", 600_000, 1),
        ("id_rsa", _KEY, 3_000, 1),
        ("conf/.env", "DB_PASSWORD=hunter2xyz\n", 30, 1),
    ],
)
def test_small_files_without_a_secret(tmp_path: Path, name: str, text: str, size: int, counted: int) -> None:
    dockerfile = f"FROM debian\nCOPY . /srv/\nRUN rm -rf /srv/{name}\n"
    write(tmp_path, {name: text + "#" * (size - len(text)), "a": "a"})
    assert len(built(tmp_path, RULE, dockerfile)) == counted


def test_what_an_unknown_command_between_may_write_to_is_not_mounted(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path, "COPY docs docs", "RUN ./build.sh", "RUN pip install docs/dist/*.whl", "RUN rm -rf docs"
    )
    assert finding.fix == "build in a separate stage and COPY --from it what the image needs"
    (finding,) = found(tmp_path, "COPY docs docs", "RUN pip install docs/dist/*.whl", "RUN rm -rf docs")
    assert finding.fix.startswith("mount it in line 5, which needs it")


def test_all_that_use_what_a_run_wrote_are_named(tmp_path: Path) -> None:
    lines = ["RUN git clone https://x.io/a /t", "RUN make -C /t", "RUN id", "RUN cd /t && make", "RUN rm -rf /t"]
    (finding,) = found(tmp_path, *lines)
    assert finding.fix.startswith("write, use and remove it in one RUN (lines 4, 5, 7 and 8), or ")
