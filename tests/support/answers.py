"""A stand-in for the Docker engine that answers with given bytes, whatever they are."""

import json
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support.systems import needs_unix_sockets


def http(body: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    """A whole answer of HTTP."""
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def df(answer: Any, version: str = "1.51") -> tuple[bytes, bytes]:
    """The answers to a ping and to the question for the figures."""
    return http(b"OK", headers=f"Api-Version: {version}\r\n"), http(json.dumps(answer).encode())


class Answers:
    """Listens on a Unix socket, or on a port of this machine, and gives one answer after the other to each client.

    After the last answer it keeps silent until the client goes; `silent` is set once a client has asked and no answer
    is left.
    """

    def __init__(self, *answers: bytes, tcp: bool = False) -> None:
        self._answers = answers
        self._directory = tempfile.TemporaryDirectory(prefix="engine")
        self.asked: list[str] = []
        self.silent = threading.Event()
        if tcp:
            self._listening = socket.create_server(("127.0.0.1", 0))
            self.host = f"tcp://127.0.0.1:{self._listening.getsockname()[1]}"
        else:
            needs_unix_sockets()
            self.path = Path(self._directory.name) / "docker.sock"
            self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self._listening.bind(str(self.path))
            self._listening.listen()
            self.host = f"unix://{self.path}"

    def __enter__(self) -> "Answers":
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A thread that waits for clients does not wake up when the socket is just closed.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._directory.cleanup()

    def _serve(self) -> None:
        try:
            while True:
                client, _ = self._listening.accept()
                with client:
                    self._answer(client)
        except OSError:
            return

    def _answer(self, client: socket.socket) -> None:
        waiting = list(self._answers)
        while data := client.recv(1 << 16):
            self.asked.append(data.split(b"\r\n")[0].decode())
            if waiting:
                client.sendall(waiting.pop(0))
            if not waiting:
                self.silent.set()
