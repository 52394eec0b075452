"""A command has the same findings behind sudo, gosu, npx, a shell's -c and their like as without them."""

import re
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.findings import check
from ctxopt.findings.context import RuleContext
from tests.support.commands import FORMS, PROJECT_FORMS

_FILES = {
    "package.json": "{}",
    "package-lock.json": "{}",
    "requirements.txt": "flask\n",
    "src/index.js": "x" * 600_000,
    "big.tar.gz": "x" * 600_000,
    "go.mod": "module x\n",
    ".git/HEAD": "ref: refs/heads/main\n",
    ".dockerignore": "Dockerfile\n",
}


#: What a fix says of another user, who has a cache of his own, and of the directories to mount.
_SAME = re.compile(r", as the same user|(?<=--mount=type=cache,).*")


def _found(root: Path, dockerfile: str) -> list[tuple[object, ...]]:
    root.mkdir(exist_ok=True)
    for name, text in {**_FILES, "Dockerfile": dockerfile}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    found = check(RuleContext(BuildContext(str(root))))
    # What installs late is written out again in the fix, with its wrapper.
    fixes = ["" if one.rule == "CTX301" else _SAME.sub("", one.fix) for one in found]
    return [
        (one.rule, one.severity, one.confidence, one.line, one.message, fix, one.totals)
        for one, fix in zip(found, fixes, strict=True)
    ]


_CASES = [
    ("node:22", ["npm ci"], "CTX301"),
    ("node:22", ["npm ci"], "CTX211"),
    ("node:22", ["yarn install"], "CTX211"),
    ("python:3.13", ["pip install -r requirements.txt"], "CTX210"),
    ("python:3.13", ["python3 -m pip install -r requirements.txt"], "CTX301"),
    ("debian:13", ["apt-get update", "apt-get install -y curl"], "CTX206"),
    ("debian:13", ["apt-get update", "apt-get install -y curl"], "CTX207"),
    ("alpine:3.22", ["apk add curl"], "CTX208"),
    ("fedora:42", ["dnf install -y curl"], "CTX209"),
    ("continuumio/miniconda3:25.3", ["conda install numpy"], "CTX212"),
    ("debian:13", ["rm -rf /app/src"], "CTX201"),
    ("debian:13", ["mv src code"], "CTX202"),
    ("debian:13", ["chown -R node:node /app"], "CTX203"),
    ("debian:13", ["tar xzf big.tar.gz"], "CTX205"),
    ("debian:13", ["curl -fsSLO https://example.com/x.tar.gz", "tar xzf x.tar.gz"], "CTX213"),
    ("node:22", ["npm run build"], "CTX107"),
    ("golang:1.24", ["go build -o /bin/x ."], "CTX107"),
]


@pytest.mark.parametrize(("base", "commands", "rule"), _CASES)
def test_a_wrapper_changes_no_finding(tmp_path: Path, base: str, commands: list[str], rule: str) -> None:
    head = f"FROM {base}\nWORKDIR /app\nCOPY . .\n"
    bare = _found(tmp_path, f'{head}RUN {" && ".join(commands)}\nUSER nobody\nCMD ["x"]\n')
    assert rule in {one[0] for one in bare}
    # A fifth of the forms for each command, each form for several: what a form does, it does to any command.
    forms = (*FORMS, *PROJECT_FORMS)
    for form in forms[_CASES.index((base, commands, rule)) % 5 :: 5]:
        run = " && ".join(form.format(command) for command in commands)
        assert _found(tmp_path, f'{head}RUN {run}\nUSER nobody\nCMD ["x"]\n') == bare, run


@pytest.mark.parametrize(
    "command", ["npm ci && npm cache clean --force", "apk add --no-cache curl", "pip install --no-cache-dir flask"]
)
def test_what_a_wrapped_command_does_counts(tmp_path: Path, command: str) -> None:
    head = "FROM alpine:3.22\nWORKDIR /app\n"
    bare = _found(tmp_path, f"{head}RUN {command}\n")
    for form in (*FORMS, *PROJECT_FORMS):
        run = " && ".join(form.format(one) for one in command.split(" && "))
        assert _found(tmp_path, f"{head}RUN {run}\n") == bare, run
