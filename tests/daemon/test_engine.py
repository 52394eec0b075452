"""The disk usage of a Docker engine: where it is looked for, what it answers, and what no answer may do."""

import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ctxopt.daemon.ask import ask_engine
from ctxopt.daemon.describe import rows
from ctxopt.daemon.endpoint import NoEngine, address, endpoint
from ctxopt.daemon.model import DiskUsage, Figures
from ctxopt.daemon.usage import disk_usage
from tests.support.answers import Answers, df, http
from tests.support.systems import needs_unix_sockets

_OLD = {
    "LayersSize": 1000,
    "Images": [
        {"Id": "a", "Containers": 2, "Size": 500, "SharedSize": 100},
        {"Id": "b", "Containers": 0, "Size": 300, "SharedSize": 0},
        {"Id": "c", "Containers": -1, "Size": 70, "SharedSize": -1},
    ],
    "Containers": [
        {"Id": "a", "State": "running", "SizeRw": 5},
        {"Id": "b", "State": "paused", "SizeRw": 6},
        {"Id": "c", "State": "restarting"},
        {"Id": "d", "State": "exited", "SizeRw": 70},
        {"Id": "e", "State": "created"},
        {"Id": "f", "State": "dead", "SizeRw": -1},
    ],
    "Volumes": [
        {"Name": "a", "UsageData": {"RefCount": 2, "Size": 300}},
        {"Name": "b", "UsageData": {"RefCount": 0, "Size": 20}},
        {"Name": "c", "UsageData": {"RefCount": -1, "Size": 1}},
        {"Name": "d", "UsageData": {"RefCount": 0, "Size": -1}},
        {"Name": "e", "UsageData": {"RefCount": 1, "Size": -1}},
        {"Name": "f", "UsageData": None},
        {"Name": "g"},
    ],
    "BuildCache": [
        {"ID": "x", "Size": 40, "InUse": True, "Shared": False},
        {"ID": "y", "Size": 20, "InUse": False, "Shared": False},
        {"ID": "z", "Size": 900, "InUse": True, "Shared": True},
    ],
}
_OLD_FIGURES = DiskUsage(
    images=Figures(3, 1, 1000, 600),
    containers=Figures(6, 3, 81, 70),
    volumes=Figures(7, 2, 321, 20),
    build_cache=Figures(3, 2, 60, 20),
)
_NEW = {
    "ImageUsage": {"TotalCount": 4, "ActiveCount": 1, "TotalSize": 98, "Reclaimable": 12},
    "ContainerUsage": {"TotalCount": 2, "ActiveCount": 1, "TotalSize": 8, "Reclaimable": 3},
    "VolumeUsage": {"TotalCount": 1, "TotalSize": 5, "Reclaimable": 5},
    "BuildCacheUsage": {},
}
_NEW_FIGURES = DiskUsage(Figures(4, 1, 98, 12), Figures(2, 1, 8, 3), Figures(1, 0, 5, 5), Figures(0, 0, 0, 0))

# -- where it is --------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".docker").mkdir()
    return tmp_path


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Path]:
    needs_unix_sockets()
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(tmp_path / "s"))
        yield tmp_path / "s"


def _context(home: Path, name: str, meta: Any, *, tls: bool = False) -> None:
    place = hashlib.sha256(name.encode()).hexdigest()
    file = home / ".docker" / "contexts" / "meta" / place / "meta.json"
    file.parent.mkdir(parents=True)
    file.write_text(meta if isinstance(meta, str) else json.dumps(meta))
    if tls:
        (home / ".docker" / "contexts" / "tls" / place).mkdir(parents=True)


def _endpoint(home: Path, sockets: tuple[str, ...] = (), **environment: str) -> str:
    return endpoint({"HOME": str(home), "USERPROFILE": str(home), **environment}, sockets)


def _host(address: str) -> dict[str, Any]:
    return {"Name": "x", "Endpoints": {"docker": {"Host": address}}}


def test_docker_host_comes_first(home: Path) -> None:
    _context(home, "far", _host("tcp://far:2375"))
    assert _endpoint(home, DOCKER_HOST="unix:///x", DOCKER_CONTEXT="far", DOCKER_TLS_VERIFY="1") == "unix:///x"
    assert _endpoint(home, DOCKER_HOST="tcp://h", DOCKER_TLS_VERIFY="") == "tcp://h"
    with pytest.raises(NoEngine, match="wants TLS"):
        _endpoint(home, DOCKER_HOST="tcp://h", DOCKER_TLS_VERIFY="1")


def test_then_the_context_in_use(home: Path, listening: Path) -> None:
    _context(home, "far", _host("tcp://far:2375"))
    _context(home, "safe", _host("tcp://safe:2376"), tls=True)
    _context(home, "near", _host("unix:///near.sock"), tls=True)
    config = home / ".docker" / "config.json"
    assert _endpoint(home, DOCKER_CONTEXT="far") == "tcp://far:2375"
    config.write_text('{"currentContext": "near"}')
    assert _endpoint(home) == "unix:///near.sock"
    assert _endpoint(home, DOCKER_CONTEXT="far") == "tcp://far:2375"
    assert _endpoint(home, (str(listening),), DOCKER_CONTEXT="default") == f"unix://{listening}"
    with pytest.raises(NoEngine, match="the docker context safe wants TLS"):
        _endpoint(home, DOCKER_CONTEXT="safe")
    with pytest.raises(NoEngine, match="the docker context gone cannot be read"):
        _endpoint(home, DOCKER_CONTEXT="gone")
    (home / "other").mkdir()
    (home / "other" / "config.json").write_text('{"currentContext": "none"}')
    with pytest.raises(NoEngine, match="the docker context none cannot be read"):
        _endpoint(home, DOCKER_CONFIG=str(home / "other"))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "1", '{"currentContext": 5}', "[" * 100_000, "{}" + " " * (1 << 20)], ids=lambda _: ""
)
def test_a_configuration_that_says_nothing(home: Path, listening: Path, text: str) -> None:
    (home / ".docker" / "config.json").write_text(text)
    assert _endpoint(home, ("/nowhere", str(listening))) == f"unix://{listening}"


@pytest.mark.parametrize(
    "meta", ["", "{", "[]", {}, {"Endpoints": []}, {"Endpoints": {"docker": {"Host": 1}}}, _host("")]
)
def test_a_context_that_says_nothing(home: Path, meta: Any) -> None:
    _context(home, "odd", meta)
    with pytest.raises(NoEngine, match="the docker context odd cannot be read"):
        _endpoint(home, DOCKER_CONTEXT="odd")


def test_last_the_usual_sockets(home: Path) -> None:
    with pytest.raises(NoEngine, match=r"DOCKER_HOST is not set, and there is no /nowhere or .*/run/docker.sock"):
        _endpoint(home, ("/nowhere", "~/run/docker.sock"))
    (home / "file").touch()
    with pytest.raises(NoEngine):
        _endpoint(home, (str(home / "file"),))


def test_a_project_does_not_choose_the_engine(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without HOME in the environment, the configuration in the working directory is not that of the user."""
    project = tmp_path_factory.mktemp("project")
    (project / ".docker").mkdir()
    (project / ".docker" / "config.json").write_text('{"currentContext": "theirs"}')
    monkeypatch.chdir(project)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(home))
    with pytest.raises(NoEngine, match="DOCKER_HOST is not set"):
        endpoint({}, ("/nowhere",))


def test_addresses() -> None:
    assert address("unix:///a b.sock") == "/a b.sock"
    assert address("tcp://host") == ("host", 2375)
    assert address("tcp://[::1]:99") == ("::1", 99)
    for odd in (
        "ssh://host",
        "npipe:////./pipe/docker",
        "host",
        "tcp://",
        "tcp://h:port",
        "tcp://h:99999",
        "tcp://[::1",
    ):
        with pytest.raises(NoEngine):
            address(odd)


# -- what it says -------------------------------------------------------------------------------


@pytest.mark.parametrize("tcp", [False, True])
def test_an_engine_that_answers(tcp: bool) -> None:
    with Answers(*df(_OLD), tcp=tcp) as engine:
        report = ask_engine({"DOCKER_HOST": engine.host})
    assert (report.endpoint, report.problem, report.disk) == (engine.host, "", _OLD_FIGURES)
    assert report.api == (1, 51)
    assert engine.asked == [
        "GET /_ping HTTP/1.1",
        "GET /v1.51/system/df HTTP/1.1",
    ]


def test_an_engine_that_sums_up_itself() -> None:
    assert disk_usage(_NEW) == _NEW_FIGURES
    assert disk_usage({"ImageUsage": _NEW["ImageUsage"]}) == DiskUsage(Figures(4, 1, 98, 12), None, None, None)
    assert disk_usage({**_OLD, **_NEW}) == _NEW_FIGURES


def test_an_engine_with_nothing_on_its_disk() -> None:
    none = Figures(0, 0, 0, 0)
    empty = {"LayersSize": 0, "Images": [], "Containers": [], "Volumes": [], "BuildCache": []}
    assert disk_usage(empty) == DiskUsage(none, none, none, none)
    assert disk_usage({"Images": [], "BuildCache": None}) == DiskUsage(none, None, None, None)


@pytest.mark.parametrize(
    ("api", "command"),
    [((1, 41), "docker volume prune"), ((1, 42), "docker volume prune --all"), (None, "docker volume prune --all")],
)
def test_all_volumes_are_pruned_by(api: tuple[int, int] | None, command: str) -> None:
    prune = rows(_OLD_FIGURES, api)[2].prune
    assert prune.command == command
    assert "WITH THE DATA IN THEM" in prune.deletes


def test_an_engine_without_a_version() -> None:
    with Answers(http(b"OK", headers="Api-Version: 1.51/../x\r\n"), http(json.dumps(_OLD).encode())) as engine:
        report = ask_engine({"DOCKER_HOST": engine.host})
    assert (report.disk, report.api) == (_OLD_FIGURES, None)
    assert engine.asked[1] == "GET /system/df HTTP/1.1"


def test_nothing_is_there() -> None:
    assert ask_engine({"DOCKER_HOST": "unix:///nowhere/docker.sock"}).problem == "No such file or directory"
    assert ask_engine({"DOCKER_HOST": "unix://" + "x" * 5000}).problem == "AF_UNIX path too long"
    assert (
        ask_engine({"DOCKER_HOST": "ssh://x"}).problem == "ssh://x is not supported here: only unix:// and tcp:// are"
    )
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert ask_engine({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"}).problem == "Connection refused"


# -- what no answer may do ----------------------------------------------------------------------

_PING = http(b"OK")


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ((_PING, http(b"{}", "500 Internal Server Error")), "it answers with status 500"),
        ((_PING, http(b"{}", "302 Found", "Location: /_ping\r\n")), "it answers with status 302"),
        ((_PING, http(b"{}")), "it does not answer as a Docker engine does"),
        ((_PING, http(b"[]")), "it does not answer as a Docker engine does"),
        ((_PING, http(b"null")), "it does not answer as a Docker engine does"),
        ((_PING, http(b"\xff\xfe")), "it does not answer as a Docker engine does"),
        ((_PING, http(b"[" * 500_000)), "it does not answer as a Docker engine does"),
        ((_PING, http(b'{"LayersSize": ' + b"9" * 5000 + b"}")), "it does not answer as a Docker engine does"),
        ((b"SSH-2.0-OpenSSH\r\n",), "it does not answer as a Docker engine does"),
        ((b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",), "it does not answer as a Docker engine does"),
        (
            (_PING, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            "it does not answer as a Docker engine does",
        ),
    ],
    ids=lambda _: "",
)
def test_odd_answers(answers: tuple[bytes, ...], problem: str) -> None:
    with Answers(*answers) as engine:
        report = ask_engine({"DOCKER_HOST": engine.host}, patience=20)
    assert (report.disk, report.problem) == (None, problem)


def test_an_answer_that_is_too_long() -> None:
    with Answers(_PING, http(b" " * ((16 << 20) + 1))) as engine:
        assert ask_engine({"DOCKER_HOST": engine.host}, patience=20).problem == "its answer is too long"


@pytest.mark.parametrize(
    "answers",
    [
        (),
        (_PING,),
        (b"HTTP/1.1 200 OK\r\nContent-",),
        (_PING, b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999\r\n\r\n{"),
    ],
)
def test_an_engine_that_falls_silent(monkeypatch: pytest.MonkeyPatch, answers: tuple[bytes, ...]) -> None:
    """The wait has a limit of `patience` seconds. Here it ends once the engine has sent all that it sends."""
    limits: list[float | None] = []

    class Asking(threading.Thread):
        def join(self, timeout: float | None = None) -> None:
            limits.append(timeout)
            assert engine.silent.wait(60)

    monkeypatch.setattr(threading, "Thread", Asking)
    with Answers(*answers) as engine:
        report = ask_engine({"DOCKER_HOST": engine.host}, patience=7.5)
    assert limits == [7.5]
    assert (report.disk, report.problem) == (None, "it did not answer within 7.5 seconds")


@pytest.mark.parametrize(
    "answer",
    [
        {"Images": [], "LayersSize": "x", "BuildCache": None},
        {"Images": [1, None, {"Containers": "x", "Size": [], "SharedSize": True}], "LayersSize": -5},
        {"Images": {}, "BuildCache": [{"Size": -3, "InUse": "yes"}, [], {"Size": 1e300}, {"Size": 1 << 200}]},
        {"ImageUsage": {"TotalSize": -1, "Reclaimable": None, "TotalCount": True}, "BuildCacheUsage": []},
        {"Images": [{"Containers": 1, "Size": 10, "SharedSize": 0}], "LayersSize": 5},
        {"Containers": [[], {"State": ["running"]}, {"State": None, "SizeRw": "9"}, {"SizeRw": 1 << 99}] * 2},
        {"Volumes": [0, {"UsageData": []}, {"UsageData": {}}, {"UsageData": {"RefCount": "1", "Size": 1 << 99}}] * 2},
        {"ContainerUsage": [], "Containers": {}, "VolumeUsage": {"TotalSize": 1e9, "TotalCount": [1]}, "Volumes": 3},
    ],
)
def test_values_of_wrong_types_count_as_nothing(answer: Any) -> None:
    found = disk_usage(answer)
    assert found is not None
    for figures in (found.images, found.containers, found.volumes, found.build_cache):
        if figures is not None:
            assert 0 <= figures.reclaimable <= figures.size < 1 << 63
            assert 0 <= figures.in_use <= figures.count
