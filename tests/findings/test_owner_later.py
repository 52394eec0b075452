import os
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.core.context.tree import Totals
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.owner_later import RULE
from tests.findings.support import costs, findings_of

_APART = ", and exclude that from line 2 (--exclude, Dockerfile syntax 1.19 or newer)"
_FILES = {"app/a.jar": 1_500_000, "app/run.sh": 300_000, "conf/x.ini": 20}


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM openjdk AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", _FILES)


def test_a_change_of_the_owner(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app app", "COPY conf conf", "RUN chown -R app:app /srv")
    assert (finding.line, finding.totals, finding.severity) == (5, Totals(3, 1_800_020), Severity.WARNING)
    assert finding.message == "chown writes app/ and conf/ into another layer: lines 3 and 4 already copied them"
    assert finding.fix == (
        "add --chown=app:app to the COPY in lines 3 and 4; keep the chown of /srv without -R, for the directory itself"
    )
    assert finding.evidence[:3] == (
        "line 3: COPY app app",
        "line 4: COPY conf conf",
        "line 5: RUN chown -R app:app /srv",
    )


@pytest.mark.parametrize(
    ("lines", "size", "fix"),
    [
        (["COPY app/a.jar .", "RUN chmod 755 a.jar"], 1_500_000, "add --chmod=755 to the COPY in line 3"),
        (
            ["COPY app/run.sh /bin/", "RUN chmod +x /bin/run.sh"],
            300_000,
            "add --chmod=+x to the COPY in line 3 (a symbolic mode needs Dockerfile syntax 1.14 or newer)",
        ),
        (["COPY app .", "RUN chmod +x run.sh"], 300_000, "run chmod +x app/run.sh before the build: COPY keeps modes"),
        (
            ["COPY app .", "RUN chown x a.jar"],
            1_500_000,
            "copy app/a.jar in a separate COPY with --chown=x, and exclude that from line 3 (--exclude, Dockerfile "
            "syntax 1.19 or newer)",
        ),
        (
            ["ADD app .", "RUN chgrp -R 0 . && chmod -R 770 ."],
            1_800_000,
            # It is root's group already.
            "add --chmod=770 to the ADD in line 3; keep the chmod of /srv without -R, for the directory itself",
        ),
        (
            ["COPY app app", "RUN adduser -D app && chown -R app app"],
            1_800_000,
            "add --chown=app to the COPY in line 3, and move the adduser that creates the user above line 3",
        ),
    ],
)
def test_others(tmp_path: Path, lines: list[str], size: int, fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.totals is not None
    assert (finding.totals.size, finding.fix) == (size, fix)


def test_each_run_makes_a_layer(tmp_path: Path) -> None:
    findings = found(tmp_path, "COPY app .", "RUN chown -R a .", "RUN chmod 400 a.jar")
    assert [(one.line, one.totals) for one in findings] == [(4, Totals(2, 1_800_000)), (5, Totals(1, 1_500_000))]


def test_what_comes_from_another_stage_has_no_size(tmp_path: Path) -> None:
    lines = ("FROM debian", "RUN useradd app", "COPY --from=base /srv /app", "RUN chown -R app:app /app")
    (finding,) = found(tmp_path, *lines)
    assert (finding.line, finding.totals, finding.severity) == (6, None, Severity.WARNING)
    assert finding.message == "chown writes everything that line 5 copied from another stage into another layer"
    assert finding.fix == "add --chown=app:app to the COPY in line 5"
    (finding,) = found(tmp_path, *lines[:-1], "COPY app /app/app", lines[-1])
    assert (finding.line, finding.totals) == (7, Totals(2, 1_800_000))
    assert finding.fix == "add --chown=app:app to the COPY in lines 5 and 6"


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY --chown=app app .", "RUN chown app ."],
        ["COPY app .", "RUN mkdir /data && chown -R app /data"],
        ["RUN chown -R app /srv", "COPY --chown=app app ."],
        ["COPY conf/x.ini /etc/", "RUN chmod 600 /etc/x.ini"],
        ["COPY app .", "RUN chown -R $USER $HOME"],
        ["COPY app .", "RUN chown -R app .", "FROM scratch", "COPY --from=base /srv /srv"],
        ["RUN --mount=type=bind,source=app,target=/srv,rw chmod -R 700 /srv"],
        ["FROM debian", "COPY --from=base /srv /app", "RUN chown -R app /app/logs && chown app /app"],
        ["FROM debian", "COPY --from=base / /", "RUN chown -R app /srv"],
        ["FROM debian", "RUN chown -R app /app", "COPY --from=base /srv /app"],
    ],
)
def test_what_costs_nothing(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    "lines",
    [
        # The files are not root's, so this changes none of them.
        ["COPY --chown=1000:1000 app ./", "RUN chown --from root:root --changes --recursive app:app /srv"],
        ["COPY --chown=1000:1000 app ./", "RUN chown --from=0:0 -R app:app /srv"],
        ["COPY --chown=1000:1000 app ./", "RUN chown --from=0:0 -R 1000:1000 /srv"],
        # What was moved before is stored again because of that.
        ["COPY app ./", "RUN mv a.jar run.sh /opt/ && chown -R app:app /srv"],
        ["COPY app ./", "RUN mv a.jar run.sh /opt/ && chown -R root:root /srv"],
        ["FROM debian", "COPY --from=base --chown=app:app /srv /app", "RUN chown -R app:app /app"],
        # A number and a name may be the same user.
        ["FROM debian", "COPY --from=base --chown=33:33 /srv /app", "RUN chown -R www-data:www-data /app"],
        ["COPY conf ./", "RUN chown -R root:root /srv"],
    ],
)
def test_what_is_not_changed_or_small_is_no_finding(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


@pytest.mark.parametrize(
    ("lines", "what", "fix"),
    [
        (["COPY --chown=app:app app ./", "RUN chown -R app:app /srv"], "owner", "chown"),
        (["COPY --chown=app app ./", "RUN chown -R app /srv"], "owner", "chown"),
        (["COPY --chown=app:web app ./", "RUN chgrp -R web /srv"], "owner", "chgrp"),
        (["COPY app ./", "RUN chown -R root:root /srv"], "owner", "chown"),
        (["COPY app ./", "RUN chown --from=root -R 0 /srv"], "owner", "chown"),
        (["COPY --chmod=755 app ./", "RUN chmod -R 0755 /srv"], "mode", "chmod"),
    ],
)
def test_what_has_the_owner_already_is_stored_again_by_overlay2(
    tmp_path: Path, lines: list[str], what: str, fix: str
) -> None:
    (finding,) = found(tmp_path, *lines)
    assert (finding.line, finding.severity, finding.totals) == (4, Severity.NOTE, Totals(2, 1_800_000))
    assert finding.message.endswith(
        f" this {what} since line 3: with the storage driver overlay2, {fix} still writes it into another layer"
    )
    of_root = what == "owner" and "--chown" in lines[0]
    kept = f"keep the {fix} of /srv without -R, for the directory itself"
    assert finding.fix == (kept if of_root else f"remove the {fix}, or name only what a RUN made")


def test_one_finding_for_a_run_that_changes_some_of_what_it_names(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY --chown=a:a app x", "COPY app y", "RUN chown -R a:a /srv")
    assert finding.message.startswith("chown writes app/ into another layer: line 4")


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY app ./", "RUN chown --from root:root --changes --recursive app:app /srv"],
        ["COPY --chown=1000 app ./", "RUN chown -R 1001 /srv"],
        ["COPY --chown=1000:1000 app ./", "RUN chown -R app:app /srv"],
        ["COPY --chown=app:app app ./", "RUN chown -R app:web /srv"],
        ["COPY --chmod=755 app ./", "RUN chmod -R 750 /srv"],
    ],
)
def test_what_has_another_owner_is(tmp_path: Path, lines: list[str]) -> None:
    (finding,) = found(tmp_path, *lines)
    assert "--from" not in finding.fix


def test_settings_of_another_stage_are_small(tmp_path: Path) -> None:
    """Their size is not known, but no reason to fail."""
    lines = ("FROM debian", "RUN useradd app", "COPY --from=base /srv/a.json /etc/app/", "RUN chown -R app /etc/app")
    (finding,) = found(tmp_path, *lines)
    assert finding.severity == Severity.NOTE
    lines = ("FROM debian", "RUN useradd app", "COPY --from=base /srv/lib /etc/app/", "RUN chown -R app /etc/app")
    (finding,) = found(tmp_path, *lines)
    assert finding.severity == Severity.WARNING


def _moded(root: Path, mode: int, *lines: str) -> list[Finding]:
    found(root, *lines)
    for name in ("app/a.jar", "app/run.sh"):
        (root / name).chmod(mode)
    return findings_of(RULE, RuleContext(BuildContext(str(root))))


@pytest.mark.skipif(os.name == "nt", reason="files have no such modes")
@pytest.mark.parametrize(
    ("mode", "command", "same"),
    [
        (0o644, "a+r", True),
        (0o755, "+x", True),
        (0o755, "755", True),
        (0o755, "u+x,go-w", True),
        (0o644, "a+rX", True),
        (0o755, "a+rX", True),
        (0o644, "u=rw,go=r", True),
        (0o644, "+x", False),
        (0o644, "600", False),
        (0o755, "g+w", False),
        (0o755, "u+s", False),
    ],
)
def test_a_mode_that_the_files_have(tmp_path: Path, mode: int, command: str, same: bool) -> None:
    for lines in (["COPY app .", f"RUN chmod {command} *"], ["COPY app app", f"RUN chmod -R {command} app"]):
        (finding,) = _moded(tmp_path, mode, *lines)
        assert (finding.severity is Severity.NOTE) is same
        assert (finding.fix == "remove the chmod, or name only what a RUN made") is same


@pytest.mark.parametrize(
    ("lines", "line"),
    [
        (["COPY app .", "RUN chown -R a:a /srv", "RUN chown -R a:a /srv"], 4),
        (["COPY app .", "RUN chown -R a:a /srv", "RUN chown a:a a.jar run.sh"], 4),
        (["COPY app .", "RUN chown -R a:a /srv", "RUN chown -R a /srv"], 4),
        (["COPY app .", "RUN chown -R a:b /srv", "RUN chgrp -R b /srv"], 4),
    ],
)
def test_a_second_chown_of_the_same_owner_changes_nothing(tmp_path: Path, lines: list[str], line: int) -> None:
    first, second = sorted(found(tmp_path, *lines), key=lambda one: one.line or 0)
    assert (first.line, first.severity) == (line, Severity.WARNING)
    assert second.severity is Severity.NOTE
    assert second.fix.startswith("remove the ch")
    assert second.fix.endswith(", or name only what a RUN made")


def test_a_chown_to_another_owner_in_between(tmp_path: Path) -> None:
    lines = ["COPY app .", "RUN chown -R a:a /srv", "RUN chown b:b a.jar", "RUN chown -R a:a /srv"]
    assert [one.severity for one in found(tmp_path, *lines)] == [Severity.WARNING] * 3


@pytest.mark.parametrize(
    "command",
    [
        "sed -i 's/x/y/' a.jar run.sh && chown -R a:a .",
        "sed -i -e s/x/y/ /srv/*.jar /srv/*.sh && chown -R a:a .",
        "dos2unix a.jar run.sh && chmod 755 a.jar run.sh",
        "find . -type f -exec sed -i 's/x/y/' {} + && chown -R a:a .",
        "find /srv -name '*.jar' -exec dos2unix {} \\; && sed -i.bak s/x/y/ run.sh && chown -R a:a .",
        "perl -pi -e s/x/y/ a.jar && tee run.sh < b && chown -R a:a .",
    ],
)
def test_what_the_same_run_wrote_anew_is_stored_anyway(tmp_path: Path, command: str) -> None:
    assert found(tmp_path, "COPY app .", f"RUN {command}") == []


@pytest.mark.parametrize(
    "command",
    [
        "sed 's/x/y/' a.jar && chown -R a:a .",
        "chown -R a:a . && sed -i 's/x/y/' a.jar run.sh",
        "find . -name '*.txt' -exec sed -i s/x/y/ {} + && chown -R a:a .",
        "find . -type f -exec grep x {} + && chown -R a:a .",
        "cp a.jar /opt/ && chown -R a:a .",
    ],
)
def test_what_no_command_wrote_anew(tmp_path: Path, command: str) -> None:
    (finding,) = found(tmp_path, "COPY app .", f"RUN {command}")
    assert finding.totals == Totals(2, 1_800_000)


def test_one_that_an_earlier_run_wrote_anew_is_stored_once_more(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app .", "RUN sed -i s/x/y/ a.jar", "RUN chown a:a a.jar")
    assert finding.line == 5


def test_a_group_that_the_first_chown_did_not_set(tmp_path: Path) -> None:
    findings = found(tmp_path, "COPY app .", "RUN chown -R a /srv", "RUN chown -R a:a /srv")
    assert [one.severity for one in findings] == [Severity.WARNING] * 2


def test_what_is_written_anew_and_counted_for_another_command(tmp_path: Path) -> None:
    run = "RUN find /srv -name '*.sh' -exec sed -i s/x/y/ {} + && chmod +x /srv/*.sh && chown -R a:a /srv"
    (finding,) = found(tmp_path, "COPY app .", run)
    assert (finding.totals, finding.fix) == (
        Totals(1, 1_500_000),
        "add --chown=a:a to the COPY in line 3; run chmod +x app/run.sh before the build; keep the chown of /srv "
        "without -R, for the directory itself",
    )


def test_only_a_part_that_was_written_anew(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app .", "RUN sed -i s/x/y/ run.sh && chown -R a:a .")
    assert finding.totals == Totals(1, 1_500_000)


@pytest.mark.parametrize(
    ("lines", "size", "count"),
    [
        (["COPY conf/x.ini /etc/", "RUN chmod -R 755 /etc"], 20, 0),
        (["COPY conf ./conf", "RUN chmod -R 777 conf"], 20, 0),
        (["COPY conf ./conf", "RUN chown -R a conf"], 20, 0),
        (["COPY conf ./conf", "RUN chown -R a conf"], 300_000, 1),
        (["COPY conf ./conf", "RUN chown -R a conf"], 40_000, 0),
        (["COPY empty ./empty", "RUN chown -R a empty"], 300_000, 0),
    ],
)
def test_small_and_empty_files(tmp_path: Path, lines: list[str], size: int, count: int) -> None:
    dockerfile = "FROM openjdk AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n"
    assert len(costs(tmp_path, RULE, dockerfile, {"conf/x.ini": size, "empty/.keep": 0})) == count


@pytest.mark.parametrize(
    ("lines", "fix"),
    [
        (["COPY app .", "RUN chown -R a.b ."], "add --chown=a:b to the COPY in line 3"),
        (["COPY app .", "RUN chown -R a.b:c ."], "add --chown=a.b:c to the COPY in line 3"),
        (["COPY --chown=a:a app .", "RUN chown -R a:a . && chmod -R 700 ."], "add --chmod=700 to the COPY in line 3"),
        (
            ["COPY . .", "RUN chown -R a . && chmod +x app/run.sh"],
            # A flag would make all files executable.
            "add --chown=a to the COPY in line 3; run chmod +x app/run.sh before the build",
        ),
        (
            ["COPY app .", "RUN chown -R a . && chmod -R 775 . && chmod 750 run.sh"],
            "add --chown=a --chmod=775 to the COPY in line 3",
        ),
        (
            ["COPY . .", "RUN chown -R a app"],
            "copy app/ in a separate COPY with --chown=a, and exclude that from line 3 (--exclude, Dockerfile "
            "syntax 1.19 or newer)",
        ),
    ],
)
def test_flags(tmp_path: Path, lines: list[str], fix: str) -> None:
    (finding,) = found(tmp_path, *lines)
    assert finding.fix.partition("; keep the ")[0] == fix


@pytest.mark.parametrize(
    ("owner", "flag"),
    [
        ("nobody:", "--chown=nobody"),
        ("nobody", "--chown=nobody"),
        ("nobody:nogroup", "--chown=nobody:nogroup"),
        ("nobody.nogroup", "--chown=nobody:nogroup"),
        (":nogroup", "--chown=:nogroup"),
        ("65534:", "--chown=65534"),
    ],
)
def test_an_owner_as_a_flag(tmp_path: Path, owner: str, flag: str) -> None:
    dockerfile = f"FROM debian:13\nCOPY a /a\nRUN chown -R {owner} /a\n"
    (finding,) = costs(tmp_path, RULE, dockerfile, {"a/x": 300_000})
    assert finding.fix == f"add {flag} to the COPY in line 2"


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["RUN chown -R $(whoami):$(whoami) /a"], 0),
        (["RUN chown -R `id -u` /a"], 0),
        (["RUN chown -R $USER /a"], 0),
        (["RUN chmod -R $((0700 + 55)) /a"], 0),
        (["ARG OWNER=node", "RUN chown -R $OWNER:${OWNER} /a"], 1),
        (["ENV OWNER=node", "RUN chown -R ${OWNER}:$GROUP /a"], 0),
    ],
)
def test_an_owner_that_only_the_shell_knows(tmp_path: Path, lines: list[str], count: int) -> None:
    dockerfile = "\n".join(["FROM debian:13", "COPY a /a", *lines, ""])
    assert len(costs(tmp_path, RULE, dockerfile, {"a/x": 2_000_000})) == count


@pytest.mark.parametrize(
    ("mode", "fix"),
    [
        ("+x", "run chmod +x a/x before the build: COPY keeps modes"),
        # git keeps no others.
        ("775", "copy a/x in a separate COPY with --chmod=775" + _APART),
        ("g+w", "copy a/x in a separate COPY with --chmod=g+w" + _APART),
    ],
)
def test_modes_that_a_checkout_has(tmp_path: Path, mode: str, fix: str) -> None:
    dockerfile = f"FROM debian:13\nCOPY . /srv\nRUN chmod {mode} /srv/a/x\n"
    (finding,) = costs(tmp_path, RULE, dockerfile, {"a/x": 2_000_000, "b": 10})
    assert finding.fix == fix


@pytest.mark.parametrize(
    ("flags", "run", "fix"),
    [
        ("--chown=app:app", "chgrp -R 0 /srv", "write --chown=app:0 in place of --chown=app:app in the COPY in line 3"),
        ("--chown=app:app", "chown -R x /srv", "write --chown=x:app in place of --chown=app:app in the COPY in line 3"),
        ("--chmod=644", "chmod -R g=u /srv", "write --chmod=664 in place of --chmod=644 in the COPY in line 3"),
        ("--chmod=644", "chmod -R a+rx /srv", "write --chmod=755 in place of --chmod=644 in the COPY in line 3"),
        ("--chmod=644", "chown -R x /srv", "add --chown=x to the COPY in line 3"),
        # What changes no file: X is for directories, and for what somebody may run already.
        ("--chmod=644", "chmod -R a+rX /srv", "remove the chmod, or name only what a RUN made"),
        ("--chmod=755", "chmod -R u=rwX,go=rX /srv", "remove the chmod, or name only what a RUN made"),
        ("--chmod=0644", "chmod -R 644 /srv", "remove the chmod, or name only what a RUN made"),
    ],
)
def test_flags_that_are_there(tmp_path: Path, flags: str, run: str, fix: str) -> None:
    (finding,) = found(tmp_path, f"COPY {flags} app ./", f"RUN {run}")
    assert finding.fix.partition("; keep the ")[0] == fix


_BESIDE = {"app/a.py": 300_000, "big/b.bin": 2_000_000, "requirements.txt": 10}


def _beside(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM python\nWORKDIR /all\n" + "\n".join(lines) + "\n", _BESIDE)


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY app .", "RUN python -m venv .venv && chmod -R 700 ."],
        ["COPY app .", "RUN python -m venv .venv && chgrp -R app ."],
        ["RUN git clone https://example.org/x /all/x", "COPY app .", "RUN chown -R app /all"],
        ["COPY app .", "RUN make install", "RUN chown -R app /all"],
    ],
)
def test_a_command_that_must_stay_for_what_a_run_made(tmp_path: Path, lines: list[str]) -> None:
    assert _beside(tmp_path, *lines) == []
    (finding,) = _beside(tmp_path, *(line.replace("COPY app .", "COPY big .") for line in lines))
    assert "; for what else is there, write `find /all ! " in finding.fix


@pytest.mark.parametrize(
    "lines",
    [
        ["COPY app .", "RUN chown -R app /all"],
        ["COPY app .", "RUN apt-get install -y git && chown -R 1000 /all"],
        ["COPY app .", "RUN mkdir -p /all /tmp/log && chown -R app /all"],
        ["COPY app .", "RUN make -C /src", "WORKDIR /", "RUN chown app /all/a.py"],
        ["COPY app .", "RUN chown -R app /all", "RUN make install"],
        ["COPY app .", "RUN cat a.py && pip install x", "RUN chown -R app /all"],
        ["COPY app .", "RUN dos2unix ./b.sh", "RUN chown -R app /all"],
    ],
)
def test_a_command_that_need_not_stay(tmp_path: Path, lines: list[str]) -> None:
    (finding,) = _beside(tmp_path, *lines)
    assert finding.totals == Totals(1, 300_000)
    assert "what else" not in finding.fix


@pytest.mark.parametrize(
    ("comment", "count"),
    [
        ("# This must run after all COPY and install steps.\n", 0),
        ("# It must run after the install:\n# otherwise root owns it.\nUSER root\n", 0),
        ("# This must run fast.\n", 1),
        ("# Give it to the user after the build\n", 1),
        ("# It must run after all\nRUN true\n", 1),
    ],
)
def test_a_comment_that_says_that_it_must_be_there(tmp_path: Path, comment: str, count: int) -> None:
    dockerfile = f"FROM node\nCOPY app /app\n{comment}RUN chown -R app:app /app\n"
    assert len(costs(tmp_path, RULE, dockerfile, _FILES)) == count


def test_what_else_is_there_gets_the_owner_as_well(tmp_path: Path) -> None:
    (finding,) = found(
        tmp_path,
        "WORKDIR /srv/a",
        "COPY app .",
        "RUN yarn install | head -1 || exit 1",
        "WORKDIR /srv/b",
        "RUN npm ci",
        "RUN chown -R app:app /srv",
    )
    assert finding.fix == (
        "add --chown=app:app to the COPY in line 4; for what else is there, write `find /srv ! -user app -exec chown "
        "-h app:app {} +` in place of the chown"
    )


def test_a_file_that_was_moved_before_has_the_owner_as_well(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY . .", "RUN mv conf/x.ini x.ini", "RUN chown -R app:app /srv")
    assert finding.fix.startswith("add --chown=app:app to the COPY in line 3; ")


def test_directories_beside_a_copy_need_the_owner_as_well(tmp_path: Path) -> None:
    (finding,) = _beside(tmp_path, "COPY app .", "RUN mkdir -p log /tmp/x && chown -R app /all")
    assert "; for what else is there, write `find /all ! -user app -exec chown -h app {} +`" in finding.fix


def test_very_many_commands_hide_no_directory_beside_a_copy(tmp_path: Path) -> None:
    many = [f"RUN echo {number}" for number in range(250)]
    (finding,) = _beside(tmp_path, "COPY app .", *many, "RUN mkdir log", "RUN chown -R app /all")
    assert "; for what else is there, write `find /all ! -user app -exec chown -h app {} +`" in finding.fix


def test_a_directory_between_two_commands_that_are_the_same(tmp_path: Path) -> None:
    (finding,) = _beside(tmp_path, "COPY app .", "RUN chown -R app /all && mkdir log && chown -R app /all")
    assert "; for what else is there, write `find /all ! -user app -exec chown -h app {} +`" in finding.fix


def test_what_a_copy_from_a_stage_has_beside_it(tmp_path: Path) -> None:
    (finding,) = costs(
        tmp_path,
        RULE,
        "FROM node AS b\nFROM node\nWORKDIR /srv\nCOPY --from=b /a .\n"
        "RUN adduser -S app && mkdir logs && chown -R app:app /srv\n",
        _FILES,
    )
    assert finding.fix == (
        "add --chown=app:app to the COPY in line 4, and move the adduser that creates the user above line 4; for what "
        "else is there, write `find /srv ! -user app -exec chown -h app:app {} +` in place of the chown"
    )


@pytest.mark.parametrize(
    ("copy", "directory", "count"),
    [
        ("app/run.sh /etc/apache2/sites/", "/etc/apache2", 0),
        ("app /etc/apache2/", "/etc/apache2", 1),
        ("app/run.sh /srv/conf/", "/srv", 1),
        ("app/a.jar /usr/share/app/lib/", "/usr/share/app", 1),
    ],
)
def test_a_directory_of_the_base_image(tmp_path: Path, copy: str, directory: str, count: int) -> None:
    assert len(found(tmp_path, f"COPY {copy}", f"RUN chown -R www:www {directory}")) == count


def test_two_commands_write(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "COPY app .", "RUN chown a:a a.jar && chmod 700 run.sh")
    assert finding.message.startswith("chown and chmod write app/a.jar and app/run.sh into another layer")


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        # The package may create it, so that the COPY above it could not name it.
        (["COPY app /srv/app", "RUN apt-get install -y squid && chown -R proxy:proxy /srv/app"], 0),
        (["COPY app /srv/app", "RUN apt-get install -y curl && chown -R www-data /srv/app"], 1),
        (["COPY app /srv/app", "RUN apt-get install -y squid && chown -R 13:13 /srv/app"], 1),
        (["USER proxy", "USER root", "COPY app /srv/app", "RUN apt-get install -y x && chown -R proxy /srv/app"], 1),
        (["RUN useradd proxy", "COPY app /srv/app", "RUN apt-get install -y x && chown -R proxy /srv/app"], 1),
        (["COPY app /srv/app", "RUN apt-get install -y x && useradd proxy && chown -R proxy /srv/app"], 1),
        # The COPY fails, and the chown is never reached.
        (["COPY --chown=proxy app /srv/app", "RUN useradd proxy", "RUN chown -R proxy:web /srv/app"], 0),
        (["COPY --chown=web app /srv/app", "RUN useradd proxy", "RUN chown -R proxy:web /srv/app"], 1),
        (["COPY --chown=proxy app /srv/app", "RUN useradd proxy", "RUN chown -R proxy /srv/app"], 0),
        (["COPY --chown=proxy app /srv/app", "RUN chown -R proxy /srv/app"], 1),
    ],
)
def test_a_user_that_is_not_there_yet(tmp_path: Path, lines: list[str], count: int) -> None:
    assert len(found(tmp_path, *lines)) == count


@pytest.mark.parametrize(
    ("command", "count"), [("chmod -R a-w .", 0), ("chmod -R g=u .", 0), ("chmod -R 750 .", 1), ("chown -R x .", 1)]
)
def test_a_mode_that_what_else_is_there_needs(tmp_path: Path, command: str, count: int) -> None:
    assert len(_beside(tmp_path, "COPY big .", "RUN npm ci", f"RUN {command}")) == count
    assert len(_beside(tmp_path, "COPY big .", f"RUN {command}")) == 1


def test_a_part_that_is_small(tmp_path: Path) -> None:
    assert _beside(tmp_path, "COPY . .", "RUN chown -R x app") == []
    (finding,) = _beside(tmp_path, "COPY . .", "RUN chown -R x big")
    assert finding.totals == Totals(1, 2_000_000)


@pytest.mark.parametrize("make", ["mkdir $DATA/logs", "mkdir -p ${DATA}", "tar -C $DATA -xf /x.tar"])
def test_what_a_command_may_make_beside_it(tmp_path: Path, make: str) -> None:
    (finding,) = found(tmp_path, f"RUN {make}", "COPY app .", "RUN chown -R app /srv")
    assert "; for what else is there, write `find /srv ! -user app" in finding.fix
    (finding,) = found(tmp_path, "RUN mkdir /data/logs", "COPY app .", "RUN chown -R app /srv")
    assert finding.fix.endswith("; keep the chown of /srv without -R, for the directory itself")


def test_some_files_of_one_copy_and_all_of_another(tmp_path: Path) -> None:
    lines = ("COPY app/run.sh /run.sh", "COPY conf/x.ini app/b.sh /srv/bin/", "RUN chmod +x /run.sh /srv/bin/b.sh")
    dockerfile = "FROM debian\n" + "\n".join(lines) + "\n"
    (finding,) = costs(tmp_path, RULE, dockerfile, {**_FILES, "app/b.sh": 300_000})
    assert finding.fix == "run chmod +x app/run.sh and app/b.sh before the build: COPY keeps modes"


def test_a_mode_of_a_part_is_no_flag_of_the_whole(tmp_path: Path) -> None:
    # With a flag, every file would be executable.
    (finding,) = found(tmp_path, "COPY . .", "RUN chown -R a . && chmod -R 755 conf app/logs")
    assert finding.fix == (
        "add --chown=a to the COPY in line 3; keep the chmod of /srv/conf and /srv/app/logs; keep the chown of /srv "
        "without -R, for the directory itself"
    )
    (finding,) = found(tmp_path, "COPY . .", "RUN chown -R a . && chmod -R 755 .")
    assert finding.fix.startswith("add --chown=a --chmod=755 to the COPY in line 3; keep the ")


def test_a_user_and_a_group_are_one_flag(tmp_path: Path) -> None:
    stages = ("COPY app app", "FROM debian", "COPY --from=base /srv/app /app")
    for run in ("chown -R mysql /app && chgrp -R mysql /app", "chgrp -R mysql /app && chown -R mysql /app"):
        (finding,) = found(tmp_path, *stages, f"RUN {run}")
        assert finding.fix.startswith("add --chown=mysql:mysql to the COPY in line 5")
    (finding,) = found(tmp_path, *stages, "RUN chown -R mysql /app && chgrp -R mysql /app && chown -R x /app")
    assert finding.fix.startswith("copy what gets each of ")


@pytest.mark.parametrize(
    ("command", "fix"),
    [
        ("chown -R a:a /srv", "keep the chown of /srv without -R, for the directory itself"),
        (
            "chown -R a:a /srv && chmod 644 a.jar",
            "keep the chown of /srv without -R, for the directory itself, and remove the chmod",
        ),
        ("chown a:a a.jar run.sh", "remove the chown, or name only what a RUN made"),
    ],
)
def test_a_working_directory_is_of_root(tmp_path: Path, command: str, fix: str) -> None:
    (finding,) = _moded(tmp_path, 0o644, "COPY --chown=a:a app .", f"RUN {command}")
    assert finding.fix == fix
