"""The simple commands of shell text, parsed by the grammar of bash, which includes that of POSIX."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from ctxopt.core.golang.text import replace_invalid
from ctxopt.core.lazy_re import lazy_re
from ctxopt.image.shell.model import Command, Scope
from ctxopt.image.shell.values import Values
from ctxopt.image.shell.words import joined, source, unquoted
from ctxopt.image.shell.wrappers import Plain, plain

if TYPE_CHECKING:
    from tree_sitter import Language, Node

#: Maximum length of a text, in bytes. The parser's time for errors grows with the square of the length: at this
#: length it is about a second at worst.
_LARGEST = 8 << 10
#: Characters that may stand for wider ones while the text is parsed. The scanner of the grammar looks up the classes
#: of characters in a table of 256 entries and reads far behind it for others, which can end the process.
_NARROW = "".join(map(chr, (*range(0xA1, 0x100), *range(0x80, 0x85), *range(0x86, 0xA0), *range(0x0E, 0x20))))
#: Maximum depth of `sh -c` inside of `sh -c`.
_DEEPEST = 4
_TESTS = ("test_command", "unary_expression", "binary_expression", "parenthesized_expression")
_REDIRECTS = ("file_redirect", "heredoc_redirect")
_OUTPUTS = (">", ">>", "&>", "&>>", ">|")
_APPENDING = (">>", "&>>")
#: A test in a condition, or a variable with a command in its place, and one that holds unless a variable is set.
_TEST = lazy_re(r"\[\[?([^\]]*)\]|\btest[ \t]+([^;&|]*)|^(?:if|elif)?[ \t]*!?[ \t]*(\"?\$[\w{}:-]+\"?)[ \t]*(?:;|$)")
_COMPARED = lazy_re(r"""[\"']?\$\{?(\w+)\}?[\"']?[ \t]+==?[ \t]+[\"']?([\w./:-]+)[\"']?""")
#: A comparison of a variable, and of what stands before it, with just that: whether it is empty.
_EMPTY = lazy_re(r"""[\"']?(\w*)\$\{?\w+\}?[\"']?[ \t]+(==?|!=)[ \t]+(?:[\"']\1[\"']|(?=\w)\1)""")
_OF_FILES = lazy_re(r"(?:^|[ \t])-[abcdefghkprsuwxLNOGS][ \t]")
_HOLDS = lazy_re(r"(?:^|[ \t])(?:-[abcdefghkprsuwxLNOGS]|-z|-ne|!=)[ \t]")
#: What is around a condition, and the maximum length of one that is kept, in characters.
_AROUND = lazy_re(r"^(?:if|elif)(?=\s)|;?\s*$")
_LONGEST_CONDITION = 200
#: A function that is called is named where it is defined, and once more.
_CALLED = 2
#: Nodes that are subshells, and nodes that the shell may skip.
_SUBSHELLS = ("subshell", "command_substitution", "process_substitution")
_BRANCHES = (
    *("if_statement", "elif_clause", "else_clause", "while_statement", "for_statement", "c_style_for_statement"),
    *("case_item", "function_definition"),
)
#: The parts of an `if` that run where its first condition does not hold.
_OTHERWISE = ("elif_clause", "else_clause")
#: A comment in backticks, which people write between lines that go on: it runs nothing.
_INERT = lazy_re(r"`[ \t]*#[^`\n]*`")
#: The end of a compound command before a part of another one, for which the grammar wants a semicolon between them.
_CLOSED = lazy_re(rb"(\)|\b(?:done|fi|esac))(?=[ \t\\\n]+(?:done|fi|esac|else|elif|then|do)\b)")
_NO_SPACE = (b"", b"\\\n")
#: An escape of $'…' that stands for any character.
_ESCAPE = lazy_re(r"\\[xuUc0-7]")


def commands(text: str, values: Values | None = None) -> tuple[Command, ...] | None:
    """Every simple command in the text, in written order; `values` are those of variables, and get those of the text.

    This includes commands in compound commands, functions and substitutions and, after a `sh -c` with a literal
    text, those in the text if it can be parsed. None if the text is longer than 8 KiB or has a part that the
    grammar does not know.
    """
    values = values or Values()
    found = _commands(_INERT.sub("", text), 0, _DEEPEST, (), count(), values)
    if found is None:
        return None
    return tuple(_with_variants(command, values) for command in found)


def _with_variants(command: Command, values: Values) -> Command:
    variants = values.variants((*command.words, *command.reads))
    return replace(command, variants=variants) if variants else command


def _commands(
    text: str, line: int, depth: int, scopes: tuple[Scope, ...], numbers: "count[int]", values: Values
) -> tuple[Command, ...] | None:
    from tree_sitter import Parser

    # A character is at least one byte.
    narrowed = _narrowed(replace_invalid(text)) if len(text) <= _LARGEST else None
    if narrowed is None:
        return None
    data, wide = narrowed[0].encode(), narrowed[1]
    # No word contains a NUL, and the parser is slow on many of them.
    if len(data) > _LARGEST or b"\0" in data:
        return None
    root = Parser(_language()).parse(data).root_node
    if root.has_error and (closed := _CLOSED.sub(rb"\1;", data)) != data:
        data = closed
        root = Parser(_language()).parse(data).root_node
    if root.has_error:
        return None
    result: list[Command] = []
    for narrow, words in _walk(root, data, scopes, numbers, values):
        command = _widened(narrow, wide) if wide else narrow
        result.append(replace(command, line=line + command.line))
        inner = plain(command.words)
        script = _script(inner, words)
        if script is not None and depth:
            inside = line + words[script][0].start_point[0]
            own = (*command.scopes, Scope(next(numbers), True))
            read = _commands(command.words[script], inside, depth - 1, own, numbers, values)
            if read is not None:
                result[-1] = replace(result[-1], only_runs_text=True)
                result += [Command(("cd", move), inside, scopes=own) for move in inner.moves]
                result += read
    return tuple(result)


def _narrowed(text: str) -> tuple[str, dict[int, str]] | None:
    """The text without characters above U+00FF, and a table for `str.translate` that brings them back.

    None if there are more of them than characters to stand for them, or if an escape could make one of these.
    """
    wide = sorted({char for char in text if char > "\xff"})
    if not wide:
        return text, {}
    free = [char for char in _NARROW if char not in text]
    if len(wide) > len(free) or ("$'" in text and _ESCAPE.search(text)):
        return None
    pairs = list(zip(wide, free, strict=False))
    return text.translate({ord(char): narrow for char, narrow in pairs}), {ord(narrow): char for char, narrow in pairs}


def _widened(command: Command, wide: dict[int, str]) -> Command:
    words, reads, writes = (
        tuple(text.translate(wide) for text in texts) for texts in (command.words, command.reads, command.writes)
    )
    return replace(command, words=words, reads=reads, writes=writes)


@cache
def _language() -> "Language":
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())


def _walk(
    root: "Node", data: bytes, outside: tuple[Scope, ...], numbers: "count[int]", values: Values
) -> Iterator[tuple[Command, list[list["Node"]]]]:
    """Each simple command, and the nodes of each of its words; what is said of variables is noted in `values`."""
    # For each node: the redirections of the first command in it, and its scopes.
    stack: list[tuple[Node, list[Node], tuple[Scope, ...]]] = [(root, [], outside)]
    ends: dict[int, bool] = {}
    while stack:
        node, redirects, scopes = stack.pop()
        values.see(node)
        if node.type in ("command", "declaration_command", "unset_command", "test_command"):
            words = _words([*_parts(node), *_late_parts(redirects)], data)
            around = (*node.children, *redirects)
            reads, writes = _reads(around), _writes(around)
            redirects.clear()
            if words:
                texts = tuple(joined(word) for word in words)
                yield Command(texts, node.start_point[0], reads, writes, scopes, _writes(around, _APPENDING)), words
        elif node.type in ("command_substitution", "process_substitution"):
            redirects = []
            if reads := _reads(node.children):
                # $(< file) is short for $(cat file).
                yield Command(("cat",), node.start_point[0], reads, (), scopes), [[node]]
        if node.type in _SUBSHELLS or node.type in _BRANCHES:
            scopes = (*scopes, Scope(next(numbers), node.type in _SUBSHELLS, _is_by_value(node, data)))
        inside = _below(node, redirects)
        if node.type == "pipeline":
            stack += [(child, taken, (*scopes, Scope(next(numbers), True))) for child, taken in inside]
        else:
            branch = scopes
            if node.type == "list" and _may_end(node, ends):
                asked = source(node.children[0])
                needed = _short(asked) if node.children[1].type == "&&" else ""
                branch = (*scopes, Scope(next(numbers), False, _asks_value(asked, values), needed))
            last = node.children[-1] if node.children else None
            by_value = _by_value(node, data, values)
            number = next(numbers) if by_value else 0
            then = (*scopes, Scope(number, False, True, _short(_condition(node, data) or ""))) if by_value else scopes
            otherwise = (*scopes, Scope(number, False, True)) if by_value else scopes
            for child, taken in inside:
                own = branch if child == last else scopes
                if child.id in by_value:
                    own = otherwise if child.type in _OTHERWISE else then
                stack.append((child, taken, own))


def _by_value(node: "Node", data: bytes, values: Values) -> frozenset[int]:
    """The identities of the parts of an `if`, or of an `elif`, that run only if somebody sets a variable."""
    if node.type not in ("if_statement", "elif_clause"):
        return frozenset()
    asks, holds = _asked(node, data, values)
    found: set[int] = set()
    behind = False
    for child in node.children:
        behind |= child.type == "then"
        if child.type in _OTHERWISE:
            found |= {child.id} if holds else set()
            holds |= child.type == "elif_clause" and _asked(child, data, values)[1]
        elif behind and asks:
            found.add(child.id)
    return frozenset(found)


def _asked(node: "Node", data: bytes, values: Values) -> tuple[bool, bool]:
    """Whether the condition of an `if` or `elif` holds only if somebody sets a variable, or unless somebody does."""
    condition = _condition(node, data)
    if condition is None:
        return False, False
    asks = _asks_value(condition, values)
    return asks, not asks and _tests_value(condition)


def _condition(node: "Node", data: bytes) -> str | None:
    """The text of an `if` or `elif` up to what it decides about; None where nothing follows."""
    then = next((child for child in node.children if child.type == "then"), None)
    return None if then is None else data[node.start_byte : then.start_byte].decode("utf-8", "replace")


def _short(condition: str) -> str:
    """A condition without the word in front of it and the sign behind it; "" for a long one."""
    return _AROUND.sub("", condition).strip() if len(condition) <= _LONGEST_CONDITION else ""


def _is_by_value(node: "Node", data: bytes) -> bool:
    """Whether a variable decides that the shell runs what is in a case, or nothing calls a function."""
    if node.type == "function_definition":
        name = node.child_by_field_name("name")
        called = (
            re.compile(rb"(?<![\w/.-])%s(?![\w/.-])" % re.escape(source(name).encode())) if name is not None else None
        )
        return called is None or len(called.findall(data)) < _CALLED
    return node.type == "case_item"


def _asks_value(condition: str, values: Values) -> bool:
    """Whether a condition has a test of a variable's value, and not just of files and commands.

    That one is empty, or another than some value, mostly holds unless somebody sets it; so does that it is its default.
    """
    tests = (test for found in _TEST.findall(condition) for test in found if "$" in test)
    return not all(_holds(test, values) for test in tests)


def _holds(test: str, values: Values) -> bool:
    """Whether a test is one that mostly holds unless somebody sets a variable."""
    empty = _EMPTY.fullmatch(test.strip())
    if empty is not None:
        return empty[2] != "!="
    return _HOLDS.search(test) is not None or _is_default(test, values)


def _tests_value(condition: str) -> bool:
    """Whether a condition has a test of a variable's value that is no test of files."""
    tests = (test for found in _TEST.findall(condition) for test in found if "$" in test)
    return any(not _OF_FILES.search(test) for test in tests)


def _is_default(test: str, values: Values) -> bool:
    """Whether a test compares a variable with a value that it is given."""
    found = _COMPARED.fullmatch(test.strip())
    return found is not None and values.has(found[1], found[2])


def _may_end(node: "Node", known: dict[int, bool]) -> bool:
    """Whether the shell may skip the right command of a list and still go on.

    Lists nest on the left, so all are decided with the outermost one.
    """
    if node.id not in known:
        lists = [node]
        left = node.children[0]
        while left.type == "list":
            lists.append(left)
            left = left.children[0]
        tested = _is_test(left)
        for one in reversed(lists):
            is_and = one.children[1].type == "&&"
            known[one.id] = tested or not is_and
            tested = is_and and (tested or _is_test(one.children[-1]))
    return known[node.id]


def _is_test(node: "Node") -> bool:
    return node.type in ("test_command", "negated_command") or (
        node.type == "command" and source(node.children[0]) in ("test", "[")
    )


def _below(node: "Node", redirects: list["Node"]) -> list[tuple["Node", list["Node"]]]:
    """The children of a node, last first, each with the redirections that apply to it."""
    children = node.children
    if node.type == "redirected_statement":
        taken = [*(child for child in children if child.type in _REDIRECTS), *redirects]
        redirects.clear()
        return [(child, [] if child.type in _REDIRECTS else taken) for child in reversed(children)]
    if node.type in ("list", "pipeline"):
        # A redirection at the end is that of the last command, which the grammar does not say.
        return [(child, redirects if child == children[-1] else []) for child in reversed(children)]
    return [(child, redirects) for child in reversed(children)]


def _words(parts: Iterable["Node"], data: bytes) -> list[list["Node"]]:
    """The parts of a command, grouped into words."""
    words: list[list[Node]] = []
    for part in parts:
        # Neither a joined line nor the $ of $"…" ends a word, unlike in the grammar.
        if words and data[words[-1][-1].end_byte : part.start_byte] in _NO_SPACE:
            words[-1].append(part)
        else:
            words.append([part])
    return words


def _parts(node: "Node") -> list["Node"]:
    """The nodes of a simple command's words, its name first."""
    if node.type == "command":
        named = ("name", "argument")
        return [child for at, child in enumerate(node.children) if node.field_name_for_child(at) in named]
    if node.type != "test_command":
        return node.children
    if node.children[0].type != "[":
        return []
    parts = []
    stack = [node]
    while stack:
        node = stack.pop()
        if node.type in _TESTS:
            stack += reversed(node.children)
        else:
            parts.append(node)
    return parts


def _late_parts(redirects: Iterable["Node"]) -> list["Node"]:
    """The arguments after a redirection, which the grammar takes for more targets of it."""
    parts = []
    for redirect in redirects:
        if redirect.type == "heredoc_redirect":
            parts += redirect.children_by_field_name("argument")
            parts += _late_parts(redirect.children_by_field_name("redirect"))
        else:
            parts += redirect.children_by_field_name("destination")[1:]
    return parts


def _reads(nodes: Iterable["Node"]) -> tuple[str, ...]:
    files: list[str] = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            files += _reads(node.children)
        elif node.type == "file_redirect" and any(child.type == "<" for child in node.children):
            target = node.child_by_field_name("destination")
            if target is not None and target.type != "process_substitution":
                files.append(unquoted(target))
    return tuple(files)


def _writes(nodes: Iterable["Node"], signs: tuple[str, ...] = _OUTPUTS) -> tuple[str, ...]:
    files: list[str] = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            files += _writes(node.children, signs)
        elif node.type == "file_redirect" and any(child.type in signs for child in node.children):
            target = node.child_by_field_name("destination")
            if target is not None and target.type != "process_substitution":
                files.append(unquoted(target))
    return tuple(files)


def _script(inner: Plain, words: list[list["Node"]]) -> int | None:
    """The index of the word that is a literal script for a shell; None if there is none."""
    if inner.script is None:
        return None
    # Without wrappers, the words at the end are left.
    at = inner.script + len(words) - len(inner.words)
    # The commands of a substitution in it are found in the outer text.
    substituted = any(
        part.type != "raw_string" and any(mark in source(part) for mark in ("$(", "`")) for part in words[at]
    )
    return None if substituted else at
