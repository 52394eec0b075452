"""The machine that figures are from."""

import os
import platform
import subprocess
from pathlib import Path


def described() -> str:
    """One line: processor, system, Python."""
    return f"{_processor()}, {os.cpu_count()} cores, {_system()}, Python {platform.python_version()}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _system() -> str:
    return f"{platform.system()} {platform.release().partition('-')[0]} ({platform.machine()})"


def revision() -> str:
    """The commit that is measured, with a mark if there are changes."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"
