"""The values of instructions and flags that BuildKit parses: what it refuses in each, in words; "" for nothing."""

import re
from typing import Final

from ctxopt.core.lazy_re import lazy_re

_OCTAL: Final = lazy_re("[0-7]+")
#: Clauses such as `u+rwX,go=` (github.com/tonistiigi/dchapes-mode).
_SYMBOLIC: Final = lazy_re(r"[augo]*(?:[+=-][rstwXxugo]*)+(?:,[augo]*(?:[+=-][rstwXxugo]*)+)*")
_DIGEST: Final = lazy_re("sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_NUMBER: Final = lazy_re(r"[+-]?[0-9]{1,30}", re.ASCII)
_DURATION: Final = lazy_re(r"([0-9]{0,30})(?:\.([0-9]{0,30}))?(ns|us|\xb5s|\u03bcs|ms|s|m|h)")
_UNITS: Final = {"ns": 1, "us": 1_000, "\xb5s": 1_000, "\u03bcs": 1_000, "ms": 10**6, "s": 10**9, "m": 60 * 10**9}
_HOUR: Final = 3_600 * 10**9
_LONGEST: Final = (1 << 63) - 1
_SIZE: Final = lazy_re(
    r"(?:\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:e[+-]?[0-9]{1,3})?) ?(?:b|[kmgtp](?:i?b)?)?", re.IGNORECASE
)
_SIGNALS: Final = frozenset(
    (
        *(
            "ABRT",
            "ALRM",
            "BUS",
            "CHLD",
            "CLD",
            "CONT",
            "FPE",
            "HUP",
            "ILL",
            "INT",
            "IO",
            "IOT",
            "KILL",
            "PIPE",
            "POLL",
        ),
        *(
            "PROF",
            "PWR",
            "QUIT",
            "SEGV",
            "STKFLT",
            "STOP",
            "SYS",
            "TERM",
            "TRAP",
            "TSTP",
            "TTIN",
            "TTOU",
            "URG",
            "USR1",
        ),
        *("USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX"),
        *(f"RTMIN+{number}" for number in range(1, 16)),
        *(f"RTMAX-{number}" for number in range(1, 15)),
    )
)
_OS: Final = lazy_re(r"([A-Za-z0-9_-]+)(?:\([A-Za-z0-9_.%-]*(?:\+[A-Za-z0-9_.%-]+)*\))?")
_PART: Final = lazy_re(r"[A-Za-z0-9_.-]+")
#: The systems and architectures that containerd/platforms knows, and other names of these.
_KNOWN: Final = frozenset(
    (
        *(
            "aix",
            "android",
            "darwin",
            "dragonfly",
            "freebsd",
            "hurd",
            "illumos",
            "ios",
            "js",
            "linux",
            "nacl",
            "netbsd",
        ),
        *("openbsd", "plan9", "solaris", "windows", "zos", "macos"),
        *("386", "amd64", "amd64p32", "arm", "armbe", "arm64", "arm64be", "ppc64", "ppc64le", "loong64", "mips"),
        *("mipsle", "mips64", "mips64le", "mips64p32", "mips64p32le", "ppc", "riscv", "riscv64", "s390", "s390x"),
        *("sparc", "sparc64", "wasm", "i386", "x86_64", "x86-64", "aarch64", "armhf", "armel"),
    )
)


def mode_problem(mode: str) -> str:
    """What is wrong with the value of `--chmod`."""
    octal = _OCTAL.fullmatch(mode) is not None
    if mode[:1].isdigit() and not (octal and len(mode.lstrip("0")) <= 4):
        return f'--chmod takes an octal number up to 07777, not "{mode}"'
    return "" if octal or not mode or _SYMBOLIC.fullmatch(mode) else f'"{mode}" is not a mode for --chmod'


def checksum_problem(checksum: str) -> str:
    """What is wrong with the value of `--checksum` of an ADD from HTTP(S)."""
    known = not checksum or _DIGEST.fullmatch(checksum)
    return "" if known else f'--checksum takes a digest such as sha256:… with 64 digits, not "{checksum}"'


def port_problem(port: str) -> str:
    """What is wrong with a port of EXPOSE, in the form `[ip:]public:private/protocol`."""
    address, _, rest = port.rpartition(":")
    number, _, protocol = rest.partition("/")
    # What is before a second colon is the address, with all that comes before it.
    host_ip, colon, public = address.rpartition(":")
    if not colon:
        host_ip = ""
    if protocol.lower() not in ("", "tcp", "udp", "sctp"):
        return f'EXPOSE {port}: unknown protocol "{protocol}"'
    private = _range(number)
    if private is None:
        return f'EXPOSE takes a port or a range of ports, not "{port}"'
    if host_ip and not _is_address(host_ip):
        return f'EXPOSE {port}: "{host_ip}" is not an IP address'
    outside = _range(public) if public else private
    if outside is None or (private[0] != private[1] and outside[1] - outside[0] != private[1] - private[0]):
        return f'EXPOSE {port}: "{public}" is not a port, or a range of another length'
    return ""


def _range(text: str) -> tuple[int, int] | None:
    """The first and the last port of a range; None for what is none."""
    start, dash, end = text.partition("-")
    first, last = _port(start), _port(end if dash and end != start else start)
    return None if first is None or last is None or last < first else (first, last)


def _port(text: str) -> int | None:
    number = int(text) if _NUMBER.fullmatch(text) else -1
    return number if 0 <= number <= 0xFFFF else None


def _is_address(text: str) -> bool:
    if text.startswith("["):
        if not text.endswith("]"):
            return False
        text = text[1:-1]
        if not text:
            return True
    # Few instructions have an address.
    import ipaddress

    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def signal_problem(signal: str) -> str:
    """What is wrong with the signal of STOPSIGNAL."""
    if _NUMBER.fullmatch(signal) and -_LONGEST <= int(signal) <= _LONGEST:
        known = int(signal) != 0
    else:
        known = signal.upper().removeprefix("SIG") in _SIGNALS
    return "" if known else f'"{signal}" is not a signal'


def interval_problem(flag: str, text: str) -> str:
    """What is wrong with the value of a flag of HEALTHCHECK that takes a duration."""
    duration = _nanoseconds(text)
    if duration is None:
        return f'--{flag} takes a duration such as 30s or 1m30s, not "{text}"'
    return f"--{flag} is at least 1ms" if duration != 0 and duration < _UNITS["ms"] else ""


def _nanoseconds(text: str) -> int | None:
    """A duration as Go's `time.ParseDuration` reads it; None for what is none."""
    if not text:
        return 0
    sign, rest = (-1, text[1:]) if text[0] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    total = at = 0
    while at < len(rest):
        found = _DURATION.match(rest, at)
        if found is None or not (found[1] or found[2]):
            return None
        whole, part = found[1] or "0", found[2] or ""
        total += int(whole + part) * _UNITS.get(found[3], _HOUR) // 10 ** len(part)
        at = found.end()
    return sign * total if rest and total <= _LONGEST else None


def retries_problem(text: str) -> str:
    """What is wrong with `--retries` of HEALTHCHECK."""
    known = not text or (_NUMBER.fullmatch(text) and 0 <= int(text) < 1 << 31)
    return "" if known else f'--retries takes a number of 0 or more, not "{text}"'


def size_problem(text: str) -> str:
    """What is wrong with the size of a mount of type tmpfs."""
    return "" if _SIZE.fullmatch(text) else f"mount option 'size' takes a size such as 100m, not '{text}'"


def platform_problem(platform: str) -> str:
    """What is wrong with the value of `FROM --platform`."""
    first, *others = platform.split("/")
    system = _OS.fullmatch(first)
    known = system is not None and len(others) <= 2 and all(_PART.fullmatch(part) for part in others)
    if known and (others or first.lower() in _KNOWN or (system is not None and system[1].lower() in _KNOWN)):
        return ""
    return f'"{platform}" is not a platform, such as linux/arm64'
