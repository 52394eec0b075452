"""A stand-in for the Docker engine that keeps the build context which the classic client sends.

The `docker` command needs no daemon for that: it pings, posts a tar and reads the answer.
"""

import atexit
import http.server
import io
import os
import shutil
import socketserver
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import TracebackType


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    received: bytes | None = None

    def get_request(self) -> tuple[object, tuple[str, int]]:  # type: ignore[override]  # HTTP wants a peer address
        request, _ = super().get_request()
        return request, ("local", 0)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.43")
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self._answer(b"")

    def do_GET(self) -> None:
        self._answer(b"OK" if self.path.endswith("_ping") else b"{}")

    def do_POST(self) -> None:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if "/build?" in self.path:
            self.server.received = body
        self._answer(b'{"stream":"ok"}\n')

    def log_message(self, *arguments: object) -> None:
        """Keep quiet."""


class Engine:
    """Run `docker build` with the classic builder against the stand-in, in this environment or the process's.

    Its files lie below `folder`, by default where temporary files do.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ, folder: Path | None = None) -> None:
        self._given = environment
        self._folder = folder

    def __enter__(self) -> "Engine":
        self._directory = Path(tempfile.mkdtemp(prefix="engine", dir=self._folder))
        socket = self._directory / "docker.sock"
        self._server = _Server(str(socket), _Handler)
        self._environment = {
            **self._given,
            "DOCKER_BUILDKIT": "0",
            "DOCKER_HOST": f"unix://{socket}",
            "DOCKER_CONFIG": str(self._directory),
        }
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        shutil.rmtree(self._directory)

    def sent(self, context: Path, dockerfile: str | None = None) -> dict[str, int] | None:
        """The entries of the tar with their sizes, directories with a slash; None if the client refuses."""
        self._server.received = None
        command = ["docker", "build", "-q", str(context)]
        if dockerfile is not None:
            command += ["-f", str(context / dockerfile)]
        done = subprocess.run(command, env=self._environment, capture_output=True, check=False)
        if done.returncode or self._server.received is None:
            return None
        with tarfile.open(fileobj=io.BytesIO(self._server.received)) as tar:
            return {member.name.rstrip("/") + ("/" if member.isdir() else ""): member.size for member in _members(tar)}


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """The members of a tar. The client leaves out its end where it adds a Dockerfile of its own."""
    try:
        while member := tar.next():
            yield member
    except tarfile.ReadError as error:
        if str(error) != "unexpected end of data":
            raise


@cache
def shared_engine() -> Engine:
    """One stand-in for the whole process."""
    engine = Engine().__enter__()
    atexit.register(engine.__exit__, None, None, None)
    return engine
