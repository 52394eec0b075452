"""The command behind sudo, env and their like."""

import pytest

from ctxopt.image.shell.model import Command
from ctxopt.image.shell.wrappers import plain


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("a b", "a b"),
        ("sudo a b", "a b"),
        ("/usr/bin/sudo -E -u root -- a -u", "a -u"),
        ("sudo -Eu root A=b a", "a"),
        ("sudo --user root --preserve-env a", "a"),
        ("sudo --user=root -uroot a", "a"),
        ("env -i - A=b C= a D=e", "a D=e"),
        ("env -u A --chdir /x a", "a"),
        ("exec a", "a"),
        ("exec -a name a", "a"),
        ("time -p a", "a"),
        ("/usr/bin/time -f %e -o log a", "a"),
        ("nice -n 10 a", "a"),
        ("nice -10 a", "a"),
        ("nice --adjustment 5 a", "a"),
        ("command -p a", "a"),
        ("sudo nice env A=b command a", "a"),
        # What runs nothing, or what is not known, stays.
        ("command -v a", "command -v a"),
        ("sudo -l a", "sudo -l a"),
        ("env -S a", "env -S a"),
        ("sudo", "sudo"),
        ("env A=b", "env A=b"),
        ("exec -a", "exec -a"),
        ("nice A=b", "A=b"),
        ("set -x", "set -x"),
        ("sh -c a", "sh -c a"),
    ],
)
def test_plain(words: str, expected: str) -> None:
    command = Command(tuple(words.split()), 3, ("in",))
    assert plain(command) == Command(tuple(expected.split()), 3, ("in",))
