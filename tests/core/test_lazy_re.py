"""Expressions that are compiled by their first use behave as compiled ones, and all of them are valid."""

import pkgutil
import re
import subprocess
import sys
from importlib import import_module

import ctxopt
from ctxopt.core.lazy_re import lazy_re


def test_an_expression_behaves_as_a_compiled_one() -> None:
    lazy, compiled = lazy_re(r"(?P<word>a+)-b", re.IGNORECASE), re.compile(r"(?P<word>a+)-b", re.IGNORECASE)

    for _ in range(2):
        for text in ("xAA-Bx", "aa-b", "none"):
            for method in ("search", "match", "fullmatch"):
                found, expected = getattr(lazy, method)(text), getattr(compiled, method)(text)
                assert (found and found.groupdict()) == (expected and expected.groupdict())
        assert lazy.sub(r"<\g<word>>", "aa-b aa-b", count=1) == "<aa> aa-b"
    assert (lazy.pattern, lazy.flags, lazy.groups) == (compiled.pattern, compiled.flags, compiled.groups)


def test_bytes_are_searched_as_well() -> None:
    assert lazy_re(rb"\d+").findall(b"1 22 x") == [b"1", b"22"]


def test_all_expressions_are_valid() -> None:
    """What would otherwise fail in front of a user, with the input that uses the expression first."""
    modules = [
        module.name for module in pkgutil.walk_packages(ctxopt.__path__, "ctxopt.") if "__main__" not in module.name
    ]
    found = [
        value for name in modules for value in vars(import_module(name)).values() if type(value).__name__ == "lazy_re"
    ]

    assert len(found) > 200
    assert all(isinstance(value.pattern, str | bytes) for value in found)


def test_few_are_compiled_by_a_run() -> None:
    counted = (
        "import re, sys; compiled = []; plain = re._compiler.compile\n"
        "re._compiler.compile = lambda *given: compiled.append(given) or plain(*given)\n"
        "import ctxopt.evidence.named, ctxopt.evidence.kept_text, ctxopt.findings.installs\n"
        "print(sum(len(str(given[0])) > 60 for given in compiled))"
    )

    done = subprocess.run([sys.executable, "-c", counted], capture_output=True, text=True, check=True)

    assert int(done.stdout) < 10, "expressions are compiled when modules are loaded"
