from pathlib import Path

import pytest

from ctxopt.findings.model import Finding, Severity
from ctxopt.findings.rules.pip_cache import RULE
from tests.findings.support import built, costs


def found(root: Path, *lines: str) -> list[Finding]:
    return costs(root, RULE, "FROM python AS base\nWORKDIR /srv\n" + "\n".join(lines) + "\n", {})


def test_what_is_kept(tmp_path: Path) -> None:
    (finding,) = found(tmp_path, "RUN pip install flask")
    assert (finding.line, finding.severity) == (3, Severity.WARNING)
    assert finding.message == "pip's cache stays in this layer"
    assert finding.fix == "write pip install --no-cache-dir, or use RUN --mount=type=cache,target=/root/.cache/pip"


@pytest.mark.parametrize(
    "run",
    [
        "pip3 install -r requirements.txt",
        "python -m pip install x",
        "python3.12 -m pip install x",
        "pip install x.whl y",
        "pip install .",
    ],
)
def test_other_ways(tmp_path: Path, run: str) -> None:
    assert [finding.line for finding in found(tmp_path, f"RUN {run}")] == [3]


@pytest.mark.parametrize(
    "lines",
    [
        ["RUN pip install --no-cache-dir x"],
        ["RUN pip --no-cache-dir install x"],
        ["RUN python -m pip install --no-cache-dir x"],
        ["RUN pip install --no-index --find-links=/w x"],
        ["RUN pip install /w/*.whl"],
        ["RUN pip install x && pip cache purge"],
        ["RUN pip install x && rm -rf ~/.cache"],
        ["RUN pip install x && rm -rf $HOME/.cache/pip"],
        ["RUN PIP_NO_CACHE_DIR=1 pip install x"],
        ["RUN export PIP_NO_CACHE_DIR=1; pip install x"],
        ["RUN pipx install x"],
        ["RUN pip freeze"],
        ["ENV PIP_NO_CACHE_DIR=1", "RUN pip install x"],
        ["ARG PIP_NO_CACHE_DIR=1", "RUN pip install x"],
        ["RUN --mount=type=cache,target=/root/.cache pip install x"],
        ["ARG U", "RUN --mount=type=cache,target=${PIP_CACHE_DIR},uid=${U} pip install x"],
        ["RUN pip config set global.no-cache-dir true", "RUN pip install x"],
        ["RUN pip install x", "FROM python", "COPY --from=base /x /x"],
    ],
)
def test_what_is_not_kept(tmp_path: Path, lines: list[str]) -> None:
    assert found(tmp_path, *lines) == []


def test_a_variable_of_another_stage(tmp_path: Path) -> None:
    assert found(tmp_path, "ENV PIP_NO_CACHE_DIR=1", "FROM python", "RUN pip install x")
    assert not found(tmp_path, "ENV PIP_NO_CACHE_DIR=1", "FROM base", "RUN pip install x")


def test_an_option_that_pip_completes(tmp_path: Path) -> None:
    assert found(tmp_path, "RUN pip install --no-cache flask") == []
    assert found(tmp_path, "RUN pip --no-cache install flask") == []


@pytest.mark.parametrize(
    ("base", "count"),
    [("vault.habana.ai/gaudi-docker/1.21.0/ubuntu22.04/habanalabs/pytorch:latest", 0), ("vault.io/x", 1)],
)
def test_a_base_that_is_set_to_keep_nothing(tmp_path: Path, base: str, count: int) -> None:
    assert len(built(tmp_path, RULE, f"FROM {base}\nRUN pip install x\n")) == count


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        (["ARG DEV", 'RUN if [ "$DEV" ]; then pip install x; fi'], 0),
        (["ARG DEV=", "RUN if [ -n $DEV ]; then pip install x; fi"], 0),
        (["ARG DEV", 'RUN [ -n "${DEV}" ] && pip install x || true'], 0),
        (["ARG DEV=no", 'RUN if [[ "$DEV" == "yes" ]]; then pip install x; fi'], 0),
        (["ARG DEV", 'RUN if [ "x$DEV" = "xyes" ]; then pip install x; fi'], 0),
        (["ENV DEV=no", 'RUN if test "$DEV" = yes; then pip install x; fi'], 0),
        (["ARG DEV", 'RUN if [ "$DEV" ]; then if [ -f /x ]; then pip install x; fi; fi'], 0),
        # What holds, and what nobody knows.
        (["ARG DEV=1", 'RUN if [ "$DEV" ]; then pip install x; fi'], 1),
        (["ARG DEV=yes", 'RUN if [ "$DEV" = "yes" ]; then pip install x; fi'], 1),
        (["ARG DEV", 'RUN if [ -z "$DEV" ]; then pip install x; fi'], 1),
        (["ARG DEV", 'RUN if [ "$DEV" ]; then true; else pip install x; fi'], 1),
        (["ARG DEV", 'RUN if [ "$DEV" ]; then true; elif [ -f /x ]; then pip install x; fi'], 1),
        (["ARG DEV", 'RUN if [ -n "$DEV" ] || [ -f /x ]; then pip install x; fi'], 1),
        (["ARG DEV", 'RUN DEV=$(cat /x); if [ "$DEV" ]; then pip install x; fi'], 1),
        (['RUN if [ "$DEV" ]; then pip install x; fi'], 1),
        (["ARG TARGETARCH", 'RUN if [ "$TARGETARCH" = "amd64" ]; then pip install x; fi'], 1),
        (["ENV DEV=1", "ARG DEV", 'RUN if [ "$DEV" ]; then pip install x; fi'], 1),
        (["ARG DEV", "FROM python", 'RUN if [ "$DEV" ]; then pip install x; fi'], 1),
    ],
)
def test_a_condition_on_an_argument(tmp_path: Path, lines: list[str], count: int) -> None:
    assert len(found(tmp_path, *lines)) == count


def test_an_argument_that_a_build_is_given(tmp_path: Path) -> None:
    text = 'FROM python\nARG DEV\nRUN if [ "$DEV" ]; then pip install x; fi\n'
    assert built(tmp_path, RULE, text) == []
    assert len(built(tmp_path, RULE, text, build_args={"DEV": "1"})) == 1


@pytest.mark.parametrize(
    ("run", "count"),
    [
        # The start of an option that no other one has.
        ("pip install --no-cache x", 0),
        ("pip install --no-ca x", 0),
        ("pip install --no-c x", 1),
        ("pip install --no-color x", 1),
        # What is there already is not downloaded again.
        ("pip install --no-cache-dir -U pip && pip install --upgrade pip", 0),
        ("pip install --no-cache-dir -U pip setuptools && pip install -r a.txt && pip install --upgrade pip", 1),
        ("pip install --no-cache -U pip setuptools && pip install --upgrade pip", 0),
        ("pip install --no-cache-dir x && pip install x y", 1),
        ("pip install --no-cache-dir x && pip install --force-reinstall x", 1),
        ("pip install --no-cache-dir x || pip install x", 1),
    ],
)
def test_options_and_repetitions(tmp_path: Path, run: str, count: int) -> None:
    assert len(found(tmp_path, f"RUN {run}")) == count


@pytest.mark.parametrize(
    ("base", "install", "count"),
    [
        ("ubuntu:14.04", "apt-get install -y python3-pip", 0),
        ("debian:jessie-slim", "apt-get install -y python-pip", 0),
        ("phusion/baseimage:0.9.16", "apt-get install -y python-pip", 0),
        ("debian:bookworm", "apt-get install -y python3-pip", 1),
        ("phusion/baseimage:0.9.16", "apt-get install -y python3-pip", 1),
        ("ubuntu:18.04", "apt-get install -y python-pip", 1),
    ],
)
def test_a_pip_that_is_older_than_its_cache(tmp_path: Path, base: str, install: str, count: int) -> None:
    text = f"FROM {base}\nRUN apt-get update && {install}\nRUN pip install flask\n"
    assert len(built(tmp_path, RULE, text)) == count
