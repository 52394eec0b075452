"""How fast `ctxopt explore` starts and answers keys, as the installed command in a terminal of tmux.

    python benchmarks/explore.py --files 10000 300000
    python benchmarks/explore.py --context DIR

For each size: the time until the first screen, then for each key the time until something changes on the screen, both
while the evidence is still collected in the background and after that. Times are in milliseconds on the clock; "own" is
the processor time of the thread that answers keys, which other programs do not change.
"""

import argparse
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from machine import described, revision
from trees import make_tree

_COMMAND = Path(sys.executable).with_name("ctxopt")
#: The key that leads to a question once all builds were worked out, and what is drawn then.
_ASKS, _QUESTION = "exclude (asks)", b"y/n"
#: Keys by what they do, as tmux names them. Each is undone by the next, so that they can be repeated.
_KEYS = (
    ("open the largest directory", "Right"),
    ("move into it", "Down"),
    ("open one in it", "l"),
    ("move into that", "j"),
    ("details", "Tab"),
    ("back to the tree", "Tab"),
    ("sort by name", "s"),
    ("sort by files", "s"),
    ("sort by size", "s"),
    ("only unused", "u"),
    ("everything", "u"),
    ("start a filter", "/"),
    ("filter: first letter", "i"),
    ("filter: second letter", "n"),
    ("drop the filter", "Escape"),
    ("last row", "G"),
    ("first row", "g"),
    ("page down", "NPage"),
    ("page up", "PPage"),
    ("close the directory", "Left"),
    ("help", "?"),
    ("leave the help", "q"),
    (_ASKS, "i"),
    ("answer no", "n"),
)
#: Seconds without output after which a screen is complete, and the longest to wait for anything.
_QUIET, _LONGEST = 0.4, 60.0


class Terminal:
    """A command in a terminal of tmux, driven in control mode: no program is started for a key."""

    def __init__(self, *command: str) -> None:
        self._socket = f"ctxopt-benchmark-{os.getpid()}-{time.monotonic_ns()}"
        self.started = time.perf_counter()
        self._tmux = subprocess.Popen(
            ["tmux", "-L", self._socket, "-f", os.devnull, "-C", "new-session", "-x", "80", "-y", "24", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TERM": "xterm-256color"},
        )
        self._output: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._tmux.stdout is not None
        for line in self._tmux.stdout:
            if line.startswith(b"%output"):
                self._output.put((time.perf_counter(), line))

    def until(self, text: bytes) -> float:
        """Wait until a text is drawn; returns when that was."""
        seen = b""
        while text not in seen:
            at, line = self._output.get(timeout=_LONGEST)
            seen += line
        return at

    def press(self, key: str, shown: bytes = b"") -> tuple[float, float]:
        """Press a key; returns the seconds until the first output, and until the last one before a pause.

        It is complete once a text is `shown`, if there is one to wait for.
        """
        self.drain(_QUIET / 4)
        assert self._tmux.stdin is not None
        started = time.perf_counter()
        self._tmux.stdin.write(f"send-keys {key}\n".encode())
        self._tmux.stdin.flush()
        try:
            first, line = self._output.get(timeout=_LONGEST)
        except queue.Empty:
            raise SystemExit(f"nothing changed on the screen after {key}") from None
        last = first if shown in line else self.until(shown)
        return first - started, max(last, self.drain(_QUIET)) - started

    def drain(self, quiet: float) -> float:
        """Wait for a pause; returns when the last output was, 0.0 if there was none."""
        last = 0.0
        while True:
            try:
                last, _ = self._output.get(timeout=quiet)
            except queue.Empty:
                return last

    @property
    def process(self) -> int:
        """The number of the process that runs in the terminal."""
        shown = subprocess.run(
            ["tmux", "-L", self._socket, "list-panes", "-F", "#{pane_pid}"], capture_output=True, text=True, check=True
        )
        return int(shown.stdout.split()[0])

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], check=False, capture_output=True)
        self._tmux.wait()


def _own_seconds(process: int) -> float:
    """The processor time of the first thread of a process."""
    return int(Path(f"/proc/{process}/task/{process}/schedstat").read_text().split()[0]) / 1e9


def _all_seconds(process: int) -> float:
    """The processor time of a process with all its threads."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(process: int) -> int:
    """The most memory that a process had, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def measured(root: Path, repeat: int) -> Iterator[str]:
    """The figures for one context, as lines of Markdown."""
    starts, cpu = [], []
    for number in range(repeat + 1):
        terminal = Terminal(str(_COMMAND), "explore", str(root))
        shown = terminal.until(b"filter") - terminal.started
        if number:
            starts.append(shown)
            cpu.append(_all_seconds(terminal.process))
        if number < repeat:
            terminal.close()
    yield f"- first screen after {_ms(statistics.median(starts))} ms ({_ms(statistics.median(cpu))} ms of processor)"
    process = terminal.process
    early = _round(terminal, process)
    idle = _all_seconds(process)
    while True:
        time.sleep(1)
        before, idle = idle, _all_seconds(process)
        if idle - before < 0.05:
            break
    late = [_round(terminal, process) for _ in range(repeat)]
    memory = _memory(process)
    terminal.close()
    yield f"- at most {memory} MB"
    yield ""
    yield "| key | while evidence is collected | then: median | longest | complete | own |"
    yield "|---|---:|---:|---:|---:|---:|"
    for number, (what, _) in enumerate(_KEYS):
        first, complete, own = zip(*(run[number] for run in late), strict=True)
        yield (
            f"| {what} | {_ms(early[number][0])} | {_ms(statistics.median(first))} | {_ms(max(first))} "
            f"| {_ms(statistics.median(complete))} | {_ms(statistics.median(own))} |"
        )
    firsts = [run[number][0] for run in late for number in range(len(_KEYS))]
    longest = _ms(max(row[0] for row in early))
    yield f"| **all** | at most {longest} | {_ms(statistics.median(firsts))} | {_ms(max(firsts))} | | |"


def _round(terminal: Terminal, process: int) -> list[tuple[float, float, float]]:
    """Each key once: the seconds until something changes, until the screen is complete, and of the thread for keys."""
    found = []
    for what, key in _KEYS:
        before = _own_seconds(process)
        first, complete = terminal.press(key, _QUESTION if what == _ASKS else b"")
        found.append((first, complete, _own_seconds(process) - before))
    return found


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="+", default=[10_000, 300_000])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--context", type=Path, help="a directory to measure with, in place of those that are made")
    arguments = parser.parse_args()
    print(f"{described()}, commit {revision()}")
    if arguments.context is not None:
        print(*measured(arguments.context, arguments.repeat), sep="\n")
        return
    for files in arguments.files:
        with tempfile.TemporaryDirectory() as directory:
            root = Path(directory)
            print(f"\n## {make_tree(root, files):,} files\n")
            for line in measured(root, arguments.repeat):
                print(line, flush=True)


if __name__ == "__main__":
    main()
