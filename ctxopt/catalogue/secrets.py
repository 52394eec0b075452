"""Files that contain secrets, by their names and by what is in them."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Final, NamedTuple

from ctxopt.catalogue.names import any_match, ends_with
from ctxopt.catalogue.tables import read_table
from ctxopt.core.lazy_re import lazy_re

#: What editors and people add to the name of a file for a copy of it, in lower case.
COPIES: Final = ("~", ".bak", ".backup", ".old", ".orig", ".save", ".copy", ".tmp", ".swp", ".swo", ".swn", "#")
#: How a file refers to a variable in place of a value.
_VARIABLE: Final = lazy_re(rb"\$\{|%[A-Za-z_]++%")
#: A value in a line, from behind its name up to what ends it.
_VALUE: Final = lazy_re(rb"[\s\"'=:]*(?:value[\s\"'=:]+)?(?:(?:basic|bearer|token)\s+)?[^\s\"',;]*", re.I)
#: Maximum length of what is before a sign, in bytes.
_LONGEST: Final = 200
#: What is before a sign in the same word.
_BEFORE: Final = lazy_re(rb"[^\s\"',;]*\Z")


class Secret(NamedTuple):
    """Files that contain secrets, by name, and why that matters.

    With `contains`, only if one of these texts is in a line of the file that is not a comment and refers to no
    variable; not if one of `unless` is in the file, as in encrypted ones. A build needs it where one of the commands in
    `used_by` runs, of which those of `beside` read it only where they are, and perhaps where one of `perhaps_by` does.

    With `keyed`, only if the text gives a value to a key that is named like a secret, and with `may_refer`, only if not
    all such values are references to variables. With `program`, a program of the image reads the file when it runs, so
    nothing may exclude it. A key that is `certified` may be that of a certificate beside it, or in the same file.

    The other fields decide how certain a finding is. In a directory with one of the names, only entries with a name in
    `inside` are secrets. A file without one of `signs` in its text contains none; with `assigns`, a value must be
    assigned to a name such as PASSWORD. `doubtful` are names that other files have as well.
    """

    names: tuple[str, ...]
    warning: str
    but: tuple[str, ...] = ()
    contains: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    perhaps_by: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    assigns: bool = False
    doubtful: bool = False
    keyed: bool = False
    may_refer: bool = False
    program: bool = False
    certified: bool = False

    def fits(self, text: bytes | None) -> bool:
        """Whether the text of a file allows it to be one of these; None is an unknown text."""
        if self.contains and not _tells(text or b"", self.contains):
            return False
        # Of a file with assignments each value says whether it is encrypted.
        if not self.assigns and self.is_encrypted(text or b""):
            return False
        return self._has_own_values((text or b"").decode("utf-8", "replace")) if self.keyed or self.may_refer else True

    def _has_own_values(self, text: str) -> bool:
        # Imported here because few projects have such files.
        from ctxopt.catalogue.secret_variables import gives_a_keyed_secret, only_refers

        own = _LOCAL_CONNECTION.sub("", _TEST_SECTION.sub("", text))
        if own != text:
            # What is for tests and developers tells nothing of what is left.
            return gives_a_keyed_secret(own)
        return gives_a_keyed_secret(text) if self.keyed else not only_refers(text)

    def is_encrypted(self, text: bytes) -> bool:
        """Whether one of `unless` is in a line of the text that is not a comment."""
        found = [one for one in map(str.encode, self.unless) if one in text]
        lines = text.split(b"\n") if found else []
        return any(one in line for line in lines if not _is_comment(line) for one in found)

    def shows(self, text: bytes) -> bool:
        """Whether the text of a file has one of the signs, if there are any."""
        return not self.signs or _tells(text, self.signs)


#: A section of a YAML file with what tests and developers use, up to the next line that is not indented.
_TEST_SECTION: Final = lazy_re(
    r"^(?:test|testing|development|dev|local|cucumber|ci):[^\S\n]*(?:&[\w-]+)?[^\S\n]*\n(?:[^\S\n]+[^\n]*\n?|\n)*",
    re.MULTILINE,
)


#: A line with a connection to a server of the machine on which the program runs, as developers have it.
_LOCAL_CONNECTION: Final = lazy_re(
    r"^[^\n]*\b(?:server|host|data source)\s{0,3}=\s{0,3}(?:tcp:)?(?:localhost|127\.0\.0\.1|\(localdb\)|::1)\b[^\n]*$",
    re.MULTILINE | re.IGNORECASE,
)


def _tells(text: bytes, wanted: tuple[str, ...]) -> bool:
    found = [one for one in map(str.encode, wanted) if one in text]
    lines = text.split(b"\n") if found else []
    return any(not _is_comment(line) and any(_has_sign(line, one) for one in found) for line in lines)


def _is_comment(line: bytes) -> bool:
    return line.lstrip()[:1] in (b"#", b";")


def _has_sign(line: bytes, sign: bytes) -> bool:
    """Whether a line has a sign of a secret, in a word and with a value that refer to no variable."""
    before, *parts = line.split(sign)
    for part in parts:
        value, word = _VALUE.match(part), _BEFORE.search(before[-_LONGEST:])
        if value is not None and word is not None and _VARIABLE.search(word[0] + sign + value[0]) is None:
            return True
        before = part
    return False


class Carrier(NamedTuple):
    """What takes secrets on into its output: a COPY from the stage of a build takes the `files` along.

    Only a source with the text `source` in it, "" for any, and only in a stage with one of the texts `made_by` in a
    RUN. With ends of the names of `projects`, only what is in the directory of one that the RUN names, or in its
    working directory.
    """

    files: tuple[str, ...]
    source: str = ""
    made_by: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()

    def makes(self, run: str) -> bool:
        """Whether a RUN with this text makes such output."""
        return any(word in run for word in self.made_by)

    def carries(self, path: str, sources: Iterable[str], runs: Sequence[str]) -> bool:
        """Whether a COPY of these sources takes a file along, from a stage with these texts of RUN."""
        if self.made_by and not any(map(self.makes, runs)):
            return False
        if not any(self.source in source for source in sources):
            return False
        return any(_is_at(path, wanted) for wanted in self.files)


def _is_at(path: str, wanted: str) -> bool:
    """Whether a path has a name, or is below a directory that is written as "public/*", at any depth."""
    if wanted.endswith("/*"):
        return f"/{wanted[:-1]}" in f"/{path}"
    return any_match((wanted,), path.rpartition("/")[2])


class SecretNames(NamedTuple):
    """The file of secrets: kinds of files, names of directories in which they are none, and words in names.

    `fillers` stand for any value. A variable holds a secret if its name ends in one of `passwords` or has one of
    `words` in it; if it ends in one of `keys`, only where the value is long. `tried` are directories of environments
    for tests and development, `services` what is behind .env in the name of a file for a service of development,
    `production` words of names of files with the settings of a service that is used, and `tried_first` words of values
    that everybody would try first. `public` are values that tools and manuals give everybody, in lower case, and
    `manuals` files that say how a project is set up. A variable that begins with one of `published` is in the public
    result of a build, and a line of `recipes` in a file that is committed by convention. A `carrier` takes such files
    on into the image.
    """

    secret: tuple[Secret, ...]
    elsewhere: tuple[str, ...]
    harmless: tuple[str, ...]
    fillers: tuple[str, ...]
    passwords: tuple[str, ...]
    words: tuple[str, ...]
    keys: tuple[str, ...]
    tried: tuple[str, ...]
    services: tuple[str, ...]
    production: tuple[str, ...]
    manuals: tuple[str, ...]
    tried_first: tuple[str, ...]
    public: tuple[str, ...]
    published: tuple[str, ...]
    recipes: tuple[str, ...]
    carrier: tuple[Carrier, ...] = ()


@cache
def secret_names() -> SecretNames:
    """All that is known of files with secrets. The file is small: it is read for every build."""
    return read_table(SecretNames, "secret_files.toml")


def secrets() -> tuple[Secret, ...]:
    """All kinds of files with secrets."""
    return secret_names().secret


def copied_names(name: str) -> tuple[str, ...]:
    """The names in lower case of files that a file may be a copy of, such as .env of .ENV~ or .#env#; mostly none."""
    if not name.lower().endswith(COPIES):
        return ()
    found = name.lower()
    while (shorter := next((found.removesuffix(end) for end in COPIES if found.endswith(end)), found)) != found:
        found = shorter
    # Vim puts a dot before the name of its copy, and Emacs a hash.
    found = found.removeprefix(".#").removeprefix("#")
    return tuple(dict.fromkeys(one for one in (found, found.removeprefix(".")) if one))


def secret_in(path: str, data: bytes | None) -> Secret | None:
    """What kind of secret a file holds, going by its name and its text; None if it holds none.

    A text of None is not known: such a file holds a secret if its name says that it may.
    """
    parent, slash, name = path.rpartition("/")
    names = [name.lower(), *copied_names(name)]
    paths = [f"{parent.lower()}{slash}{one}" for one in names]
    for secret in secrets():
        is_one = any(ends_with(one, wanted.lower()) for wanted in secret.names for one in paths)
        if is_one and not any(any_match(secret.but, one) for one in names):
            degree = (doubt(path, secret, data) or 0) if data is None else doubt(path, secret, data)
            if degree is not None and degree < NO_SECRET:
                return secret
    return None


#: As doubtful is a file in which nothing looks like a secret.
NO_SECRET: Final = 2


def doubt(path: str, secret: Secret, data: bytes | None) -> int | None:
    """By how many degrees a file with a name of `secret` matters less than it might; None if it is no secret.

    1 if it may be something else, going by its name or because its text is not known, 2 if nothing in it looks like a
    secret.
    """
    if not secret.fits(data) or (data is not None and not secret.shows(data)):
        return None
    if secret.assigns and data is not None:
        # The copy of an editor has the lines between other bytes.
        if gives_a_secret(data.decode("utf-8", "replace").replace("\0", "\n")):
            return 0
        if secret.is_encrypted(data):
            return None
        # Any program can have settings in a file of such a name.
        return None if secret.doubtful else NO_SECRET
    unread = data is None and (secret.assigns or secret.signs)
    return 1 if unread or secret.doubtful or is_for_tests(path) else 0


def is_for_tests(path: str) -> bool:
    """Whether the name of a file says that what it contains is of use in tests or on one machine alone."""
    # The beginning of a word: "latest" and "attestation" say nothing of tests.
    words = _LETTERS.findall(path.rpartition("/")[2].lower())
    return any(word.startswith(secret_names().harmless) for word in words)


#: What people put where others fill in a value, and what is said to be no secret by its value.
_PLACEHOLDER: Final = lazy_re(
    r"[$<]|!var(?::\w+)?\s|%\w+%|%[({]|\{\{|\{[\w.-]+\}|\{%|your|change|replace|example|dummy|placeholder|todo|fixme|insert|x{3}|\*{3}|\.{3}"
    r"|(?:none|null|true|false|secret|password|postgres|mysql|redis|root|admin|guest|user|test|local|dev|localhost)$",
    re.IGNORECASE,
)
#: Digits in their order, as nobody draws them by chance.
_COUNTED: Final = lazy_re(r"0?1?12345?6?7?8?9?0?")
#: How values begin that sops and dotenvx have encrypted.
_ENCRYPTED: Final = ("ENC[", "encrypted:")
#: Words for what a value is, as in postgres_password: nobody has made it up, or drawn it by chance.
_SAYS_WHAT: Final = lazy_re(r"[a-z]+(?:[_-][a-z]+)*[_-](?:password|passwd|pass|pwd|secret|key|token)", re.IGNORECASE)
#: A line that names a user or a database; who gives these names as passwords tries a program out.
_WHO: Final = lazy_re(
    r"\s*(?:export\s+)?\w*(?:USER|USERNAME|DATABASE|DB|DB_NAME)\s*=\s*[\"']?([\w.-]+)[\"']?\s*$", re.IGNORECASE
)
#: A name that people think of, and no generator.
_WORD: Final = lazy_re(r"[a-z]+(?:[_.-][a-z]+)*[0-9]{0,4}", re.IGNORECASE)
_LETTERS: Final = lazy_re(r"[a-z]+")
_IN_URL: Final = lazy_re(r"://[^/\s:@]{0,200}:(?![$<{%])([^/\s@]{1,200})@(?!127\.)[\w-]{1,63}\.")


def gives_a_secret(text: str) -> bool:
    """Whether a text gives a value to a variable that is named like a secret, or has a URL with a password."""
    lines = [line for line in text.replace("\r", "\n").split("\n") if line.strip()[:1] != "#"]
    named = names_given(lines)
    return any(_gives(line, named) or any(not is_filler(found) for found in _IN_URL.findall(line)) for line in lines)


def names_given(lines: Iterable[str]) -> set[str]:
    """The names in lower case of users and databases in the lines of a file."""
    return {found[1].lower() for line in lines if (found := _WHO.match(line)) and _WORD.fullmatch(found[1])}


def _gives(line: str, named: Collection[str]) -> bool:
    """Whether a line gives a value to a name of a secret; `named` are names of users and databases, which are none."""
    name, value = _assigned(line)
    return value.lower() not in named and not is_filler(value) and _is_long_enough(name, value)


def secret_values(text: str) -> Iterator[tuple[str, str]]:
    """The names and values of the assignments of a text whose names are those of secrets; comments have none."""
    for line in text.replace("\r", "\n").split("\n"):
        if line.strip()[:1] != "#":
            name, value = _assigned(line)
            if _is_long_enough(name, value):
                yield name, value


def _assigned(line: str) -> tuple[str, str]:
    """The name in capitals, with no number at its end, and the value of a line that assigns one."""
    separator = "=" if ":" not in line.partition("=")[0] else ":"
    name, _, value = line.partition(separator)
    return name.strip().upper().rstrip("0123456789_"), value.strip().strip("\"'")


def _is_long_enough(name: str, value: str) -> bool:
    """Whether a name is that of a secret, for which a value has the length."""
    names = secret_names()
    if "PUBLIC" in name or name.removeprefix("EXPORT ").startswith(names.published):
        return False
    if name.endswith(names.passwords) or any(word in name for word in names.words):
        return len(value) >= 4
    return name.endswith(names.keys) and len(value) >= 8


def is_filler(value: str) -> bool:
    """Whether a value only stands for the one that belongs there."""
    if _PLACEHOLDER.match(value) is not None or _SAYS_WHAT.fullmatch(value) is not None:
        return True
    if value.startswith(_ENCRYPTED) or _COUNTED.fullmatch(value) is not None or value.lower() in _public():
        return True
    return value.lower().rstrip("0123456789_-") in secret_names().fillers


@cache
def _public() -> frozenset[str]:
    return frozenset(secret_names().public)


#: A directory whose name says that it is for tests, as insecure-test, testbed-2 and tlstest do, and latest does not.
_FOR_TESTS: Final = lazy_re(
    r"(?:^|[-_.])(?:testing|testbeds?|e2e|[a-z]{0,40}(?<!la)(?<!con)(?<!at)(?<!pro)(?<!grea)tests?)(?:[-_.]|$)"
)


@cache
def _elsewhere() -> frozenset[str]:
    return frozenset(secret_names().elsewhere)


def is_elsewhere(path: str) -> bool:
    """Whether a file is in a directory of tests, of examples, or of packages that everybody can have."""
    parts = path.lower().split("/")[:-1]
    return not _elsewhere().isdisjoint(parts) or any(_FOR_TESTS.search(part) for part in parts)
