"""Files that look like secrets, and that git tracks for people who try a program out, develop or test it.

Only what is said to a reader depends on this: a policy about secrets counts these files as well.
"""

import re
from collections.abc import Iterator
from typing import Final

from ctxopt.catalogue.chosen_values import is_chosen, is_drawn, is_guessed, says_so
from ctxopt.catalogue.secrets import (
    Secret,
    gives_a_secret,
    is_elsewhere,
    is_filler,
    is_for_tests,
    names_given,
    secret_names,
    secret_values,
)
from ctxopt.core.build_context import BuildContext
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.certificates import are_self_signed
from ctxopt.evidence.deliberate import is_deliberate
from ctxopt.evidence.secret_files import FoundSecret, SecretFile, copied_by_name, is_for_trying
from ctxopt.git.facts import GitFacts

#: Maximum size of a file to read, in bytes.
_LARGEST: Final = 256 << 10
#: Minimum number of values that only stand for others, for which a file is a template.
_FEWEST: Final = 3
#: Maximum number of files beside a key to look at.
_MOST_BESIDE: Final = 30
_CERTIFICATES: Final = (".crt", ".cert", ".cer", ".pem")
#: Words in the name of the key with which others are signed, and in that of settings for development.
_AUTHORITIES: Final = frozenset(("ca", "cakey", "root", "rootca", "authority", "intermediate"))
_FOR_DEVELOPMENT: Final = frozenset(("dev", "development", "test"))
_FOR_PRODUCTION: Final = frozenset(("prod", "production", "live"))
#: A line that says so in the file.
_ENVIRONMENT: Final = lazy_re(
    rb"^[ \t]*(?:export[ \t]+)?(?:APP|NODE|RAILS|FLASK|DJANGO|GO|SYMFONY)?_?(?:ENV|ENVIRONMENT)[ \t]*=[ \t]*[\"']?"
    rb"(?:dev|develop|development|local|test|testing)[\"']?[ \t\r]*$",
    re.MULTILINE,
)
#: A command that puts a file where a program looks for it.
_COPIES: Final = lazy_re(r"\b(?:cp|mv|ln|install|rsync)\s")
_LETTERS: Final = lazy_re(r"[a-z]+")
#: What is in the text of a private key.
_KEY: Final = "PRIVATE KEY-----"
#: A part of a value that a generator may have made: letters and digits, of which several are digits.
_PART: Final = lazy_re(r"[A-Za-z0-9]{10,}")


def is_for_trying_out(build: BuildContext, git: GitFacts | None, one: FoundSecret) -> bool:
    """Whether git tracks a file, and it gets into no image, or is there for tests, development or as an example.

    Who has the repository has what git tracks. What an instruction names is meant, wherever it is, but for the image of
    a test.
    """
    path = one.file.path
    if one.file.unread:
        # Anything may be in it.
        return False
    if git is None or not git.tracks(path):
        return False
    if one.exposure is None or not one.exposure.in_image:
        return True
    if is_elsewhere(path) and is_for_trying(build):
        # The image of a test has what is for tests.
        return True
    if _is_for_everybody(build, one.file) or is_deliberate(build):
        return True
    if not _is_proven(build, one.file):
        return True
    if path in copied_by_name(build):
        return False
    return _is_at_such_a_place(path) or (one.file.secret.assigns and _has_examples(build, path, one.file.secret))


def _is_proven(build: BuildContext, file: SecretFile) -> bool:
    """Whether a text has a secret that somebody chose, or that was drawn by chance: all else may be known to all."""
    text, secret = (build.read(file.path, _LARGEST) or b"").decode("utf-8", "replace"), file.secret
    if _KEY in text:
        return True
    if secret.assigns:
        return _has_chosen(file.path, text)
    if secret.keyed or secret.may_refer:
        # Imported here because few projects have such a file.
        from ctxopt.catalogue.secret_variables import keyed_values

        words = _LETTERS.findall(paths.base(file.path).lower())
        is_real = is_drawn if _FOR_PRODUCTION.isdisjoint(words) else _keeps_out
        return any(is_real(name, value) for name, value in keyed_values(text))
    marks = (*secret.contains, *secret.signs)
    if not marks:
        return not secret.doubtful
    return any(is_drawn("TOKEN", line) for line in text.split("\n") if any(mark in line for mark in marks))


def _has_chosen(path: str, text: str) -> bool:
    """Whether a value of an environment file is real.

    Symfony's recipes draw a value by chance for a file that is committed with what is for development.
    """
    if _has_url(text):
        return True
    named = names_given(text.split("\n"))
    values = [(name, value) for name, value in secret_values(text) if not is_filler(value)]
    drawn = {"APP_SECRET"} if any(line in text for line in secret_names().recipes) else set()
    values = [(name, value) for name, value in values if value.lower() not in named and name not in drawn]
    is_real = _keeps_out if _is_used_as_it_is(path) else is_chosen
    return any(is_real(name, value) for name, value in values)


def _is_used_as_it_is(path: str) -> bool:
    """Whether a program reads a file as git has it: one for production, and the `.env` that it finds by itself."""
    name = paths.base(path).lower()
    return name == ".env" or not frozenset(secret_names().production).isdisjoint(_LETTERS.findall(name))


def _keeps_out(name: str, value: str) -> bool:
    """Whether a value that is used keeps anybody out: it is none that everybody would try, or that stands for one."""
    return not (is_guessed(name, value) or is_filler(value) or says_so(value))


def _is_for_everybody(build: BuildContext, file: SecretFile) -> bool:
    """Whether a file that git tracks has no secret: a key for tests or of no authority, or settings for development.

    So is a key that a script beside it puts in place, for containers that are given no other one.
    """
    if not file.secret.certified:
        return file.secret.assigns and _is_for_development(build, file.path)
    return is_for_tests(file.path) or _is_self_signed(build, file.path) or _is_put_in_place(build, file.path)


def _is_for_development(build: BuildContext, path: str) -> bool:
    """Whether a file is for development by its name and its text, or has lines of a framework that commits it."""
    words = set(_LETTERS.findall(paths.base(path).lower()))
    if _FOR_DEVELOPMENT.isdisjoint(words):
        return False
    text = build.read(path, _LARGEST) or b""
    return _ENVIRONMENT.search(text) is not None or any(line.encode() in text for line in secret_names().recipes)


def _is_self_signed(build: BuildContext, path: str) -> bool:
    """Whether the certificates of a key, in its file or beside it, are of no authority; that of one may be trusted."""
    name = paths.base(path).lower()
    if not _AUTHORITIES.isdisjoint(_LETTERS.findall(name)):
        return False
    own = are_self_signed(build.read(path, _LARGEST) or b"")
    if own is not None:
        return own
    beside = (are_self_signed(build.read(one, _LARGEST) or b"") for one in _beside(build, path, _CERTIFICATES))
    found = [one for one in beside if one is not None]
    return bool(found) and all(found)


def _is_put_in_place(build: BuildContext, path: str) -> bool:
    """Whether a script beside a file copies it where a program of the container looks for it."""
    name = paths.base(path)
    for script in _beside(build, path, (".sh",)):
        text = (build.read(script, _LARGEST) or b"").decode("utf-8", "replace")
        if name in text and any(name in line and _COPIES.search(line) for line in text.split("\n")):
            return True
    return False


def _beside(build: BuildContext, path: str, ends: tuple[str, ...]) -> Iterator[str]:
    """The paths of the first files with one of some ends in the directory of a file."""
    found = build.tree.find(path)
    directory = found[0] if found is not None else None
    names = [name for name in directory.names if name.endswith(ends)] if directory is not None else []
    for name in names[:_MOST_BESIDE]:
        if directory is not None:
            yield directory.child_path(name)


def _is_at_such_a_place(path: str) -> bool:
    """Whether a directory above the file, or its name, is that of an environment for tests or development."""
    *directories, name = path.lower().split("/")
    tried = frozenset(secret_names().tried)
    words = {word for directory in directories for word in _LETTERS.findall(directory)}
    if not tried.isdisjoint(directories) or not words.isdisjoint(secret_names().harmless):
        return True
    return not frozenset(secret_names().services).isdisjoint(_LETTERS.findall(name.partition(".env")[2]))


def _has_examples(build: BuildContext, path: str, secret: Secret) -> bool:
    """Whether what a file assigns are examples, by the values, or by what a manual says of those that people chose.

    A value that looks as if it was drawn by chance is real, but where several others in a file for development stand
    for something.
    """
    text = (build.read(path, _LARGEST) or b"").decode("utf-8", "replace")
    values = list(secret_values(text))
    named = names_given(text.split("\n"))
    real = [(one, value) for one, value in values if not is_filler(value) and value.lower() not in named]
    by_chance = [value for one, value in real if _is_by_chance(value) and not is_guessed(one, value)]
    words = set(_LETTERS.findall(paths.base(path).lower()))
    if secret.doubtful and words.isdisjoint(secret_names().production):
        is_template = len(by_chance) == 1 and len(values) - len(real) >= _FEWEST and "development" in words
        return is_template or not by_chance
    if by_chance or _has_url(text):
        return False
    return all(is_guessed(one, value) for one, value in real) or _is_copied(build, path)


def _has_url(text: str) -> bool:
    """Whether a URL in the text has a password."""
    return gives_a_secret("\n".join(line for line in text.split("\n") if "://" in line))


def _is_copied(build: BuildContext, path: str) -> bool:
    """Whether a manual or a script says to copy the file to one that the program reads."""
    if paths.base(path).lower() == ".env":
        return False
    name = re.escape(paths.base(path))
    wanted = re.compile(
        rf"\b(?:cp|copy|mv|ln -s|Copy-Item)\s[^\n]{{0,80}}?(?<![\w.-]){name}[\"'` ]{{1,3}}[^\n]{{0,40}}\.env\b"
    )
    places = dict.fromkeys(("", paths.parent(path)))
    for place in places:
        for manual in secret_names().manuals:
            data = build.read(paths.join(place, manual), _LARGEST)
            if data is not None and wanted.search(data.decode("utf-8", "replace")):
                return True
    return False


def _is_by_chance(value: str) -> bool:
    """Whether a part of a value looks like one that a generator made."""
    return any(sum(char.isdigit() for char in found[0]) >= 2 for found in _PART.finditer(value))
