"""Entries that could be excluded, and that the text of a file which is kept names as a path, a module or a resource.

The files are opened one after the other, those near the root first, each once, and only to search for the names of
such entries. A text can name what is relative to its own directory, to any directory above it, or to another one that
a variable holds, so a path counts from all of these where it leads to such an entry.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Final

from ctxopt.catalogue.ecosystems import catalogue
from ctxopt.catalogue.names import NameIndex, any_match
from ctxopt.catalogue.texts import TextKind, kind_of_settings, text_kinds, texts
from ctxopt.catalogue.vocabulary import shells
from ctxopt.core.context.locate import noting_files
from ctxopt.core.context.tree import Directory, EntryKind, Tree
from ctxopt.core.golang import paths
from ctxopt.core.lazy_re import lazy_re
from ctxopt.evidence.candidate import Candidate
from ctxopt.evidence.constants import constants_in, is_part_of_path
from ctxopt.evidence.exclusion_lists import is_excluded_there
from ctxopt.evidence.file_names import FileNames, Passed
from ctxopt.evidence.foreign import is_foreign
from ctxopt.evidence.image import ImageLocation
from ctxopt.evidence.manifest_names import is_manifest
from ctxopt.evidence.mentions import Mention
from ctxopt.evidence.model import Subject, Taken
from ctxopt.evidence.named import Named, first_word, may_search, named_in, parts_in, searched_in, words_in
from ctxopt.evidence.own_results import is_own_result
from ctxopt.evidence.reach import Reach
from ctxopt.evidence.script_names import script_names
from ctxopt.evidence.solutions import projects_only
from ctxopt.evidence.templates import JunkFiles, is_quoted, templates_in
from ctxopt.evidence.tests_in_code import may_have_tests, test_modules, without_tests
from ctxopt.evidence.tools_run import NO_TOOLS, Tools
from ctxopt.image.places import same_part

#: Maximum size of a text, and of all of them together, in bytes.
_LARGEST: Final = 1 << 20
_TOTAL: Final = 64 << 20
#: So many words are searched for one by one first.
_FEW: Final = 24
#: Texts that count where something names them.
_WHEN_NAMED: Final = (TextKind.SCRIPT, TextKind.LIST)
#: A mention may be relative to at most so many directories above a file.
_MAX_BASES: Final = 16
#: Maximum number of entries of the same name that are told apart by the directories that they are in.
_MAX_SAME: Final = 50
#: Maximum number of files in candidates that are searched for by their names alone.
_MAX_INSIDE: Final = 4_000
#: Minimum length of the name of a file, without its end, that a text names it by.
_SHORTEST_STEM: Final = 3
#: Maximum number of constants that are looked at.
_MAX_CONSTANTS: Final = 300
#: The files of Rust whose modules are beside them.
_ROOTS_OF_MODULES: Final = ("mod", "lib", "main")
#: Directories in which a path may begin without naming them.
_ROOTS: Final = ("src",)
#: The kinds of files that say how a project is checked and built.
_AROUND: Final = ("ci", "docker")
#: What shows that all of a name may be put together.
_PUT_TOGETHER: Final = (b"}.{", b"}.$", b"}.#", b"pper", b"pcase")
#: What runs when something in its directory is imported.
_PACKAGE_FILES: Final = ("__init__.py", "__init__.pyi", "mod.rs")
_PYTHON: Final = (".py", ".pyi", ".pyx")
_SHEBANG: Final = lazy_re(r"[/ \t]+")
_EMBED: Final = lazy_re(r"^//go:embed[ \t]+([^\r\n]+)", re.MULTILINE)


class KeptText:
    """Searches the kept files of one context.

    `locations` are where it is in images, `total` is in bytes, and `named_by` finds what commands and manifests name.
    `tools` are those that commands run, and that read their settings. Only where something is `tested` counts what
    just tests compile. Only texts count that have one of the names in `only`, which is found out faster than what they
    name.
    """

    def __init__(
        self,
        subject: Subject,
        locations: Sequence[ImageLocation] = (),
        total: int = _TOTAL,
        named_by: Callable[[str], Sequence[Mention]] = lambda _: (),
        tools: Tools = NO_TOOLS,
        tested: bool = True,
        only: FileNames | None = None,
    ) -> None:
        self._subject = subject
        self._only = only
        self._tested = tested
        #: The modules of Rust that only tests compile, by their paths without the ends of the names of files.
        self._test_modules: set[str] = set()
        self._locations = locations
        self._named_by = named_by
        self._tools = tools
        self._reach = Reach(subject.readers.reads)
        self._seen: set[str] = set()
        self._left = total
        self._modules: dict[str, str] | None = None
        #: The candidates by path, and those that are files by path without the end of the name.
        self._candidates: set[str] = set()
        self._stems: dict[str, list[str]] = {}
        self._made: set[str] = set()
        self._build_files = frozenset(subject.build_files)
        #: Packages, and the directories above them, that are no candidates.
        self._packages: set[str] = set()
        self._above: set[str] = set()
        self._by_name: dict[str, list[str]] = {}
        #: The files in candidates by their names, where no other entry has such a name.
        self._only_there: dict[str, list[str]] = {}
        self._words: set[bytes] = set()
        #: For words that only count behind something, as they stand there: "github" is in many texts, ".github" in few.
        self._whole: dict[bytes, set[bytes]] = {}
        #: What a text has that names any of them.
        self._needles: tuple[bytes, ...] = ()
        self._junk_files = JunkFiles()
        self._marks: tuple[bytes, ...] = ()
        #: Scripts and lists that nothing is known to name yet, by name and path, and all names of such in the texts.
        self._waiting: dict[str, dict[str, tuple[int, TextKind]]] = {}
        self._names: set[str] = set()
        self._open: set[str] = set()
        #: The candidates with files whose names have an end.
        self._with_ends: dict[str, list[str]] = {}
        #: The constants whose values are the names of candidates, by path, name and value, with their lines; those of
        #: which some text makes a path; and the source code in which that may be.
        self._constants: dict[tuple[str, str, str], int] = {}
        self._used: set[tuple[str, str, str]] = set()
        #: Those for which code was searched, in order, how many files of it, and how many bytes may be read for that.
        self._asked: dict[tuple[str, str, str], None] = {}
        self._checked = 0
        self._left_again = total
        self._code: list[tuple[str, int]] = []
        self._values: frozenset[str] = frozenset()
        #: Symbolic links that are kept, each with where it leads, and the entries that were kept for them.
        self._links: list[tuple[str, str]] = []
        self._led: set[str] = set()

    @property
    def complete(self) -> bool:
        """Whether all texts could be searched."""
        return self._left >= 0

    def mentions(self, candidates: Iterable[Candidate], claimed: Collection[str]) -> list[Mention]:
        """What the kept files name of some entries, except those that were searched before.

        `claimed` are the entries that are not kept, each with everything below it.
        """
        self._add(candidates)
        if not self._words:
            return []
        found: dict[str, Mention] = {}
        for path, size, kind in self._in_order(self._kept_files(claimed)):
            text = self._text(path, size)
            kind = kind if text is None or kind is not TextKind.PLAIN else _kind_of_script(text.text)
            if text is not None:
                self._note_constants(path, kind, text)
                for entry, at in self._named(path, kind, text):
                    # What names itself, or the directory that it is in, needs no more because of that.
                    itself = f"{path}/".startswith(f"{entry}/")
                    if entry in found or itself or not self._reach.meet(path, entry):
                        continue
                    if not is_excluded_there(text.text, at):
                        why = f"{path}:{text.line(at)} names it"
                        shallow = entry not in self._candidates and entry in self._packages | self._above
                        parts = tuple(entry.split("/"))
                        found[entry] = Mention(parts, why, anchored=True, text=True, shallow=shallow, file=path)
        for entry, path, line in self._by_constants(found):
            why = f"{path}:{line} names it, and code makes a path of that"
            found[entry] = Mention(tuple(entry.split("/")), why, anchored=True, text=True, file=path)
        for path, target in self._links:
            is_new = target not in self._led and self._candidate_above(target) is not None
            if is_new and self._reach.meet(path, target):
                self._led.add(target)
                why = f"the symbolic link {path} leads to it"
                found[target] = Mention(tuple(target.split("/")), why, anchored=True, text=True, file=path)
        return list(found.values())

    def _note_constants(self, path: str, kind: TextKind, text: "_Text") -> None:
        """Note the constants of a text whose values are the names of candidates."""
        if kind not in (TextKind.CODE, TextKind.PLAIN) or len(self._constants) > _MAX_CONSTANTS:
            return
        for constant in constants_in(text.text, kind, text.words & self._values):
            self._constants[path, constant.name, constant.value] = text.line(constant.at)

    def _by_constants(self, found: Collection[str]) -> Iterator[tuple[str, str, int]]:
        """The entries that the values of constants name where some text makes a path of these: where they are set.

        That text is the same, speaks of the file with the constant, or is beside it and needs no import.
        """
        new = [key for key in self._constants if key not in self._asked]
        old = [key for key in self._asked if key not in self._used]
        self._asked.update(dict.fromkeys(new))
        checked, self._checked = self._checked, len(self._code)
        for number, (user, size) in enumerate(self._code):
            asked = new if number < checked else [*new, *old]
            if not asked:
                continue
            self._left_again -= size
            if self._left_again < 0:
                # What could not be searched may be a path.
                for key in asked:
                    yield from self._of_constant(key, key[0], found)
                return
            with noting_files(None):
                data = self._subject.read_file(user)
            if data is None:
                continue
            near = [key for key in asked if key[1].encode() in data and _knows(user, data, key[0])]
            text = data.decode("utf-8", "surrogateescape") if near else ""
            for key in near:
                if key not in self._used and is_part_of_path(text, key[1]):
                    self._used.add(key)
                    yield from self._of_constant(key, user, found)

    def _of_constant(
        self, constant: tuple[str, str, str], user: str, found: Collection[str]
    ) -> Iterator[tuple[str, str, int]]:
        """The entries that the value of a constant names, from its file or from one that uses it."""
        path, _, value = constant
        for home in dict.fromkeys((path, user)):
            for entry in self._entries(Named(value, 0, module=True, exact=True), home, TextKind.CODE):
                if entry not in found and self._reach.meet(path, entry):
                    yield entry, path, self._constants[constant]

    def _in_order(self, files: Iterable[tuple[str, int, TextKind]]) -> Iterator[tuple[str, int, TextKind]]:
        """The files whose texts count: scripts and lists behind the texts that name them."""
        for path, size, kind in files:
            if kind in _WHEN_NAMED:
                self._waiting.setdefault(paths.base(path), {})[path] = (size, kind)
            else:
                yield path, size, kind
        while named := [name for name in self._waiting if self._is_named(name)]:
            for name in named:
                for path, (size, kind) in self._waiting.pop(name).items():
                    yield path, size, TextKind.BUILD if kind is TextKind.SCRIPT else TextKind.PLAIN

    def _is_named(self, name: str) -> bool:
        """Whether a text or a command names a script or a list, or may do so."""
        return name in self._names or name.endswith(tuple(self._open)) or self._is_listed(name)

    def _is_listed(self, name: str) -> bool:
        """Whether a command names a file that is no script for a POSIX shell: what such a script does is followed."""
        followed = name.endswith(shells().script_endings)
        listed = (path for path, (_, kind) in self._waiting[name].items() if kind is TextKind.LIST or not followed)
        return any(mention.step is not None for path in listed for mention in self._named_by(path))

    def _add(self, candidates: Iterable[Candidate]) -> None:
        self._with_ends.clear()
        directories: list[str] = []
        for candidate in candidates:
            if candidate.package or candidate.above:
                (self._packages if candidate.package else self._above).add(candidate.path)
                self._search_for(paths.base(candidate.path))
                continue
            if candidate.path in self._candidates:
                continue
            self._candidates.add(candidate.path)
            if candidate.made:
                self._made.add(candidate.path)
            elif candidate.directory and not paths.base(candidate.path).startswith("."):
                # What is in a hidden directory is for the tool that knows it.
                directories.append(candidate.path)
            name = paths.base(candidate.path)
            self._by_name.setdefault(name, []).append(candidate.path)
            self._search_for(name)
            stem = candidate.path[: -len(name)] + name.rpartition(".")[0]
            # Nobody imports a database, and a letter or two are the name of anything.
            importable = len(name.rpartition(".")[0]) >= _SHORTEST_STEM and not any_match(texts().binary, name)
            if not candidate.directory and importable:
                self._stems.setdefault(stem, []).append(candidate.path)
            if not (candidate.directory or candidate.made):
                self._junk_files.add(candidate.path)
        if directories:
            self._only_there |= names_only_in(self._subject.tree, directories, _MAX_INSIDE)
            for name in self._only_there:
                self._search_for(name)
        self._values = frozenset(
            {name for name in self._by_name if "." not in name}.union(map(paths.base, self._stems))
        )
        self._marks = tuple(sorted(self._junk_files.marks))
        self._needles = tuple(sorted({name for word in self._words for name in self._whole.get(word, (word,))}))

    def _search_for(self, name: str) -> None:
        """Search for the first word of a name; of a hidden one only where the dot stands before it."""
        first = first_word(name)
        start = name[: name.index(first)] + first
        word, whole = first.encode("utf-8", "surrogateescape"), start.encode("utf-8", "surrogateescape")
        if not word:
            return
        if word not in self._words:
            self._words.add(word)
            self._whole[word] = set()
        elif word not in self._whole:
            # Already searched for by itself.
            return
        self._whole[word].add(whole)
        if whole == word:
            del self._whole[word]

    def _kept_files(self, claimed: Collection[str]) -> Iterator[tuple[str, int, TextKind]]:
        """The texts that are kept and were not searched yet, those near the root first."""
        view, readers = self._subject.view, self._subject.readers
        level = [self._subject.tree.root]
        while level:
            below: list[Directory] = []
            for directory in level:
                kinds = text_kinds(directory.names)
                # Settings of what is around a build name files of the project that the build has no use for.
                around = () if directory.path else _around().find(directory.names)
                for index, name in enumerate(directory.names):
                    if not directory.flags[index] & view:
                        continue
                    path = directory.child_path(name)
                    # What a container gets when it starts names what is needed where it is excluded itself as well.
                    is_claimed = path in claimed and not any_match(texts().passed, name)
                    if is_claimed or (name in around and not self._tools.reads(name)) or path in self._build_files:
                        continue
                    if directory.kinds[index] == EntryKind.DIRECTORY:
                        if name in directory.subdirectories and not is_foreign(directory, name, self._subject.git):
                            below.append(directory.subdirectories[name])
                    elif directory.kinds[index] == EntryKind.SYMLINK:
                        if path not in self._seen and readers.have(Taken.ANY, directory, index):
                            self._seen.add(path)
                            self._links += [(path, target) for target in self._subject.links(path) if target != path]
                    elif directory.kinds[index] == EntryKind.FILE:
                        kind = kinds[name]
                        if kind is TextKind.UNREAD and self._tools.reads(name) and not is_manifest(path):
                            kind = kind_of_settings(name)
                        is_new = kind is not TextKind.UNREAD and path not in self._seen
                        if is_new and readers.have(Taken.ANY, directory, index):
                            self._seen.add(path)
                            yield path, directory.sizes[index], kind
            level = below

    def _text(self, path: str, size: int) -> "_Text | None":
        """The text of a file with one of the words in it; None for another one, and for what is no text."""
        if size > _LARGEST or self._left < 0:
            return None
        self._left -= size
        if self._left < 0:
            return None
        name = paths.base(path)
        if not self._tested and (any_match(texts().tests, name) or self._is_test_module(path)):
            return None
        passed = None if self._only is None or path.endswith(".rs") else self._only.passed.get(path)
        if passed is not None:
            self._note(path, size, passed)
            return None
        with noting_files(None):
            # A text that is only searched is no input of its own: a result may be written over an older one.
            data = self._subject.read_file(path)
        if data is None or b"\0" in data[:8000] or is_own_result(data):
            return None
        data = projects_only(path, data)
        if not self._tested and path.endswith(".rs") and may_have_tests(data):
            data = self._without_tests(path, data)
        passed = Passed(*(frozenset(map(bytes.decode, found)) for found in script_names(data)))
        self._note(path, size, passed)
        there: frozenset[bytes] | None = None
        if self._only is not None:
            there = frozenset(words_in(data))
            if not self._only.any_in(there, data):
                self._only.passed[path] = passed
                return None
        # Most texts have none of the words, which is found out faster than all of theirs.
        searches, puts_together = may_search(data), self._may_put_together(data)
        looks_further = searches or puts_together or b"go:embed" in data
        is_simple = len(self._needles) <= _FEW and not looks_further and self._candidate_above(path) is None
        if is_simple and not any(needle in data for needle in self._needles):
            return None
        there = frozenset(words_in(data)) if there is None else there
        words = {word for word in self._words & there if self._is_whole(word, data)} | (self._near(path) & there)
        return _Text(data, words, there, searches, puts_together) if words or looks_further else None

    def _note(self, path: str, size: int, passed: Passed) -> None:
        """Note what a text says of scripts, and that it is code."""
        name = paths.base(path)
        if text_kinds((name,))[name] is TextKind.CODE:
            self._code.append((path, size))
        self._names |= passed.names
        self._open |= passed.opened

    def _is_whole(self, word: bytes, data: bytes) -> bool:
        """Whether a word of a text also stands behind what it only counts with."""
        wholes = self._whole.get(word)
        return wholes is None or any(whole in data for whole in wholes)

    def _without_tests(self, path: str, data: bytes) -> bytes:
        """A text in Rust without what only tests compile; the modules of that are noted."""
        text = data.decode("utf-8", "surrogateescape")
        directory, _, name = path.rpartition("/")
        stem = name.removesuffix(".rs")
        home = directory if stem in _ROOTS_OF_MODULES else paths.join(directory or ".", stem)
        self._test_modules.update(paths.join(home or ".", module) for module in test_modules(text))
        return without_tests(text).encode("utf-8", "surrogateescape")

    def _is_test_module(self, path: str) -> bool:
        """Whether a file is a module of Rust that only tests compile, or is in one."""
        if not (self._test_modules and path.endswith(".rs")):
            return False
        parts = path.removesuffix(".rs").split("/")
        return any("/".join(parts[:count]) in self._test_modules for count in range(1, len(parts) + 1))

    def _named(self, path: str, kind: TextKind, text: "_Text") -> Iterator[tuple[str, int]]:
        """The entries that a text names, and where."""
        for found in _EMBED.finditer(text.text) if path.endswith(".go") else ():
            for pattern in found[1].split():
                for entry in self._embedded(path, pattern.strip('"`').removeprefix("all:")):
                    yield entry, found.start()
        if kind is not TextKind.PROSE and text.puts_together:
            yield from self._templates(path, text)
        for named in named_in(text.text, kind, path.endswith(_PYTHON), text.words):
            for entry in (*self._entries(named, path, kind), *self._put_together(named, text, kind)):
                yield entry, named.at
        for at, end, directories in (
            searched_in(text.text, path.endswith(_PYTHON)) if kind is TextKind.CODE and text.searches else ()
        ):
            for entry in self._with_end(end, path, directories):
                yield entry, at

    def _may_put_together(self, data: bytes) -> bool:
        """Whether a text may put the name of a candidate together of one of its parts and a value."""
        return len(self._marks) > _FEW or any(mark in data for mark in (*self._marks, *_PUT_TOGETHER))

    def _templates(self, path: str, text: "_Text") -> Iterator[tuple[str, int]]:
        """The candidates whose names a text puts together, and where."""
        home = path.rpartition("/")[0]
        for template in templates_in(text.text, path.endswith(_PYTHON)):
            named = Named(template.directory, template.at, up=template.up)
            places = [paths.join(base or ".", template.directory or ".") for base in _bases(home, named)]
            found, count = self._junk_files.matching(template, ["" if place == "." else place for place in places])
            # So much text could have been read instead.
            self._left -= count
            self._left -= len(text.data) * len(found) if template.whole else 0
            for entry in found:
                if is_quoted(text.text, template, entry):
                    yield entry, template.at

    def _with_end(self, end: str, path: str, directories: Iterable[str]) -> Iterator[str]:
        """The candidates whose names have an end, and those in which such files are, where a program searches for them.

        One that searches another directory does not get there; neither does anyone search what programs wrote.
        """
        home = path.rpartition("/")[0]
        # The working directory, and those above the file, may be the root.
        inner = [name for name in directories if name.strip("./")]
        if any(self._is_directory(paths.join(base or ".", name)) for name in inner for base in (home, "")):
            return
        if end not in self._with_ends:
            self._with_ends[end] = [
                found for entry in sorted(self._candidates - self._made) for found in self._files_with(end, entry)
            ]
        yield from self._with_ends[end]

    def _is_directory(self, path: str) -> bool:
        """Whether a path is a directory of the tree below its root."""
        found = self._subject.tree.find(path)
        return found is not None and found[0].kinds[found[1]] == EntryKind.DIRECTORY

    def _files_with(self, end: str, entry: str) -> list[str]:
        """The files with an end that a candidate is, or has in it; the candidate itself where they are many."""
        if entry.endswith(end):
            return [entry]
        top = self._subject.tree.directory_at(entry)
        files: list[str] = []
        stack = [top] if top is not None else []
        while stack:
            directory = stack.pop()
            files += [directory.child_path(name) for name in directory.names if name.endswith(end)]
            if len(files) > _MAX_SAME:
                return [entry]
            stack += directory.subdirectories.values()
        return files

    def _put_together(self, named: Named, text: "_Text", kind: TextKind) -> Iterator[str]:
        """The candidates in a directory whose name is in the text as well, as in `root / "python" / "a.md"`.

        Of a list such as `["docs", "login"]` all have to be there.
        """
        same = self._by_name.get(named.path, ()) if "/" not in named.path else ()
        for path in same if len(same) <= _MAX_SAME else ():
            parent = first_word(paths.base(path.rpartition("/")[0]))
            if parent and parent != named.path and text.has(parent) and parent in text.parts(kind):
                home = path[: -len(named.path)]
                if all(self._is_there(home + item) for item in named.beside):
                    yield path

    def _embedded(self, path: str, pattern: str) -> Iterator[str]:
        """The candidates that a pattern of Go's `embed` matches, and those in which something matches."""
        parts = paths.join(path.rpartition("/")[0] or ".", pattern).split("/")
        level = [self._subject.tree.root]
        for depth, part in enumerate(parts, 1):
            matched = [(inside, name) for inside in level for name in inside.names if same_part(part, name)]
            if depth == len(parts):
                yield from (
                    found for inside, name in matched if self._candidate_above(found := inside.child_path(name))
                )
            level = [inside.subdirectories[name] for inside, name in matched if name in inside.subdirectories]

    def _near(self, path: str) -> set[bytes]:
        """The words of the names beside a file that itself could have been excluded: it may need these."""
        directory = path.rpartition("/")[0]
        if self._candidate_above(path) is None:
            return set()
        found = self._subject.tree.find(path)
        names = found[0].names if found is not None and directory else []
        return {first_word(name).encode("utf-8", "surrogateescape") for name in names} - {b""}

    # -- from what is named to entries ----------------------------------------------------------

    def _entries(self, named: Named, path: str, kind: TextKind) -> Iterator[str]:
        """The entries that a name in a file leads to, and that are candidates or in one."""
        if path.endswith(".go") and not named.beside:
            local = self._imported(named.path)
            for place in local or ():
                yield from self._at(place, named, kind)
            if local is not None:
                return
        for location in self._locations if named.absolute else ():
            inside = location.context_path(f"/{named.path}")
            if inside:
                yield from self._at(inside, named, kind)
        names = [named.path]
        if named.module and "/" not in named.path and "." in named.path:
            # The name of a module, as in "tests.settings".
            names.append(named.path.replace(".", "/"))
        home = path.rpartition("/")[0]
        imported = f"{home}/{named.path}" if home else named.path
        beside = self._files_at(imported) if named.beside_only else []
        if beside:
            # What imports ./boards means boards.ts, and not boards.test.ts beside it.
            plain = [file for file in beside if "." not in file[len(imported) + 1 :]]
            yield from (file for file in plain or beside if self._candidate_above(file) is not None)
            return
        for base in _bases(home, named):
            if named.together and self._is_there(whole := paths.join(base, named.together)):
                yield from self._at(whole, named, kind)
            if not all(self._is_there(paths.join(base, item) if base else item) for item in named.beside):
                continue
            for name in names:
                yield from self._at(paths.join(base, name) if base else name, named, kind)
        if kind is not TextKind.PROSE:
            # Where the directory comes from elsewhere, the file that is meant can only be this one.
            only = self._only_there.get(paths.base(named.path), ())
            yield from (entry for entry in only if entry.endswith(f"/{named.path}"))

    def _at(self, path: str, named: Named, kind: TextKind) -> Iterator[str]:
        """The entry at a path of the context, if that is a candidate or in one, and the package that it is in."""
        if path in self._above:
            yield path
        if self._packages:
            parts = path.split("/")
            above = ("/".join(parts[:count]) for count in range(1, len(parts) + 1))
            yield from (directory for directory in above if directory in self._packages)
        candidate = self._candidate_above(path)
        if candidate in self._made and self._is_written(path, named):
            return
        if candidate is None:
            yield from self._stems.get(path, ()) if named.module else ()
            return
        if candidate == path:
            yield path
            return
        found = self._subject.tree.find(path)
        if found is not None:
            directory, index = found
            is_file, name = directory.kinds[index] != EntryKind.DIRECTORY, directory.names[index]
            if is_file and (is_manifest(path) or (kind is TextKind.BUILD and text_kinds((name,))[name] is kind)):
                # What describes a build may need all that is beside it.
                yield directory.path
            yield path
        elif self._subject.exists(path):
            yield path
        elif named.module and (modules := self._modules_at(path)):
            yield from modules
        elif named.module and (partials := self._partials(path)):
            yield from partials
        elif named.open and not named.exact and candidate not in self._made:
            yield self._existing(path)

    def _is_written(self, path: str, named: Named) -> bool:
        """Whether a path is named as that of what is written: programs make it where it is not there, as git has it."""
        git = self._subject.git
        return (named.written or any_match(texts().written, paths.base(path))) and git is not None and git.ignored(path)

    def _is_there(self, path: str) -> bool:
        """Whether the tree has an entry at a path."""
        return self._subject.tree.find(path.strip("/")) is not None

    def _candidate_above(self, path: str) -> str | None:
        """The candidate that a path is, or is in."""
        if path in self._candidates:
            return path
        cut = path.find("/")
        while cut > 0:
            if path[:cut] in self._candidates:
                return path[:cut]
            cut = path.find("/", cut + 1)
        return None

    def _files_at(self, path: str) -> list[str]:
        """The files with a path but for the end of their names."""
        directory, slash, name = path.rpartition("/")
        names = self._names_in(directory) if directory else self._subject.tree.root.names
        return [f"{directory}{slash}{other}" for other in names if other.startswith(f"{name}.")]

    def _modules_at(self, path: str) -> list[str]:
        """The same with what else is taken in with a module: what makes packages of the directories that it is in.

        In some languages all files of a directory are one.
        """
        found = self._files_at(path)
        directory = path.rpartition("/")[0]
        if any(any_match(texts().together, paths.base(file)) for file in found):
            found.append(directory)
        while found and self._candidate_above(directory) is not None:
            found += [f"{directory}/{other}" for other in self._names_in(directory) if other in _PACKAGE_FILES]
            directory = directory.rpartition("/")[0]
        return found

    def _partials(self, path: str) -> list[str]:
        """The files that a stylesheet or a template means by a path without the line in front of their names."""
        directory, _, name = path.rpartition("/")
        starts = (f"_{name}.",) if "." not in name else (f"_{name}", f"_{name}.")
        return [f"{directory}/{other}" for other in self._names_in(directory) if other.startswith(starts)]

    def _names_in(self, path: str) -> Sequence[str]:
        """The names in a directory, none where there is no such directory."""
        inside = self._subject.tree.directory_at(path)
        return inside.names if inside is not None else ()

    def _existing(self, path: str) -> str:
        """The deepest directory on the way to a path that exists."""
        while self._subject.tree.find(path) is None:
            path = path.rpartition("/")[0]
        return path

    def _imported(self, path: str) -> list[str] | None:
        """Where a package that Go code imports may be in the context; None for what is no path of a package."""
        if self._modules is None:
            self._modules = dict(_go_modules(self._subject))
        parts = path.split("/")
        for count in range(len(parts) - 1, 0, -1):
            directory = self._modules.get("/".join(parts[:count]))
            if directory is not None:
                return [paths.join(directory or ".", *parts[count:])]
        if not self._modules:
            return ["/".join(parts[start:]) for start in range(len(parts))]
        return [] if len(parts) > 1 and "." in parts[0].strip(".") else None


def names_only_in(tree: Tree, directories: Collection[str], most: int) -> dict[str, list[str]]:
    """The files with some end that only some directories have, by name: at most so many, those near the top first."""
    found: dict[str, list[str]] = {}
    level = [inside for path in directories if (inside := tree.directory_at(path)) is not None]
    count = 0
    while level and count < most:
        for directory in level:
            for name, kind in zip(directory.names, directory.kinds, strict=True):
                if kind == EntryKind.FILE and name.rpartition(".")[0] and count < most:
                    found.setdefault(name, []).append(directory.child_path(name))
                    count += 1
        level = [below for directory in level for below in directory.subdirectories.values()]
    everywhere = Counter(directory.names[index] for directory, index in tree.named(found))
    return {name: there for name, there in found.items() if everywhere[name] == len(there)}


def _bases(directory: str, named: Named) -> Iterator[str]:
    """The directories that a path in a file of this directory may be relative to."""
    base = directory
    for _ in range(named.up):
        base = base.rpartition("/")[0]
    for _ in range(_MAX_BASES):
        yield base
        yield from (paths.join(base, root) for root in _ROOTS)
        if not base:
            return
        base = base.rpartition("/")[0]


@cache
def _around() -> NameIndex[str]:
    """The names of the settings of CI and of builds, at the root of a context."""
    return NameIndex((name, junk.key) for junk in catalogue().junk if junk.key in _AROUND for name in junk.names)


def _knows(user: str, data: bytes, path: str) -> bool:
    """Whether a text may use what a file has: it is that file, speaks of it, or sees all that is beside it."""
    directory, _, name = path.rpartition("/")
    if user == path or name.partition(".")[0].encode("utf-8", "surrogateescape") in data:
        return True
    return user.rpartition("/")[0] == directory and any_match(texts().together, name)


def _kind_of_script(text: str) -> TextKind:
    """How a plain text names what it needs: as code where its first line says that it is a program, but for a shell."""
    first = text[:200].partition("\n")[0]
    is_program = first.startswith("#!") and not set(shells().shells) & set(_SHEBANG.split(first))
    return TextKind.CODE if is_program else TextKind.PLAIN


def _go_modules(subject: Subject) -> Iterator[tuple[str, str]]:
    """The Go modules of a context: their names and their directories."""
    for directory, index in subject.tree.named(("go.mod",)):
        data = subject.read_file(directory.child_path(directory.names[index])) or b""
        words = data[:4000].decode("utf-8", "replace").split()
        if "module" in words[:-1]:
            yield words[words.index("module") + 1].strip('"'), directory.path


class _Text:
    """A text with some words in it that are searched for.

    It may search directories for files, or put names together, only if `searches` and `puts_together`.
    """

    def __init__(
        self, data: bytes, words: Iterable[bytes], there: Collection[bytes], searches: bool, puts_together: bool
    ) -> None:
        self.searches = searches
        self.puts_together = puts_together
        self._there = there
        self.data = data
        self.text = data.decode("utf-8", "surrogateescape")
        self.words = {word.decode("utf-8", "surrogateescape") for word in words}
        self._starts: list[int] | None = None
        self._parts: frozenset[str] | None = None

    def parts(self, kind: TextKind) -> frozenset[str]:
        """The words that may be parts of a path."""
        if self._parts is None:
            self._parts = frozenset(parts_in(self.text, kind))
        return self._parts

    def has(self, word: str) -> bool:
        """Whether a word is somewhere in the text."""
        return word.encode("utf-8", "surrogateescape") in self._there

    def line(self, at: int) -> int:
        """The number of the line with a place, counted from 1."""
        if self._starts is None:
            self._starts = [found.end() for found in re.finditer("\n", self.text)]
        return bisect_right(self._starts, at) + 1
