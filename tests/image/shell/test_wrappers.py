"""The command behind wrappers such as sudo and env."""

import pytest

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
        ("gosu node:node a", "a"),
        ("su-exec root a -b", "a -b"),
        ("tini -- a", "a"),
        ("runuser -u x -- a", "a"),
        ("xvfb-run -s '-screen' a", "a"),
        ("timeout -k 5 60 a 7", "a 7"),
        ("retry 5 a", "a"),
        ("corepack pnpm i", "pnpm i"),
        ("npx -p x a", "a"),
        ("uv run --with x a", "a"),
        ("uv --directory web run a", "a"),
        ("bundle exec a", "a"),
        ("npm --prefix web exec -- a", "a"),
        ("setarch x86_64 -R a", "a"),
        ("setarch -R a", "a"),
        ("dotenv -f .env run -- a", "a"),
        ("dotenv -e .env -- a", "a"),
        # A wrapper that runs nothing, or is unknown, stays.
        ("command -v a", "command -v a"),
        ("sudo -l a", "sudo -l a"),
        ("env -S a", "env -S a"),
        ("sudo", "sudo"),
        ("env A=b", "env A=b"),
        ("corepack enable", "corepack enable"),
        ("su node", "su node"),
        ("su node a", "su node a"),
        ("su node -c a", "su node -c a"),
        ("runuser -u x python -c a", "python -c a"),
        ("timeout 60", "timeout 60"),
        ("npm ci", "npm ci"),
        ("uv sync", "uv sync"),
        ("npx", "npx"),
        ("exec -a", "exec -a"),
        ("nice A=b", "A=b"),
        ("set -x", "set -x"),
        ("sh -c a", "sh -c a"),
    ],
)
def test_plain(words: str, expected: str) -> None:
    assert plain(tuple(words.split())).words == tuple(expected.split())


@pytest.mark.parametrize(
    ("words", "script"),
    [
        ("sh -c a", 2),
        ("su node -c a", 3),
        ("su - node -c a", 4),
        ("su -c a node", 2),
        ("su -lc a node", 2),
        ("runuser node --command a", 3),
        ("flock /x -c a", 3),
        ("npx -c a", 2),
        ("sudo -u x su y -c a", 3),
        ("flock /x python -c a", None),
        ("runuser -u x -- python -c a", None),
        ("su node -ca", None),
        ("sh a -c b", None),
    ],
)
def test_texts_for_a_shell(words: str, script: int | None) -> None:
    assert plain(tuple(words.split())).script == script


@pytest.mark.parametrize(
    ("words", "moves"),
    [
        ("env -C /x a", ("/x",)),
        ("sudo -i a", ("~",)),
        ("su - node -c a", ("~",)),
        ("su node -c a", ()),
        ("chroot /mnt a", ("~",)),
        ("env --chdir=/x sudo --chdir y a", ("/x", "y")),
        ("uv --directory web run a", ("web",)),
        ("sudo a", ()),
    ],
)
def test_where_a_wrapper_runs_a_command(words: str, moves: tuple[str, ...]) -> None:
    assert plain(tuple(words.split())).moves == moves
