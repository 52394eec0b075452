"""From shell text to its simple commands, by the grammar of bash, which has POSIX's in it."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from itertools import count
from typing import TYPE_CHECKING

from ctxopt.core.golang.text import replace_invalid
from ctxopt.image.shell.model import Command, Scope
from ctxopt.image.shell.words import joined, source, unquoted
from ctxopt.image.shell.wrappers import plain, script_at

if TYPE_CHECKING:
    from tree_sitter import Language, Node

#: No text that is longer is read, in bytes. The time that the parser needs to get over errors grows with
#: the square of the length: at this one, about a second for the worst.
_LARGEST = 8 << 10
#: As deep is `sh -c` followed into `sh -c`.
_DEEPEST = 4
_TESTS = ("test_command", "unary_expression", "binary_expression", "parenthesized_expression")
_REDIRECTS = ("file_redirect", "heredoc_redirect")
_OUTPUTS = (">", ">>", "&>", "&>>", ">|")
#: What has a shell of its own for all that is in it, and what may not be run.
_SUBSHELLS = ("subshell", "command_substitution", "process_substitution")
_BRANCHES = (
    *("if_statement", "elif_clause", "else_clause", "while_statement", "for_statement", "c_style_for_statement"),
    *("case_item", "function_definition"),
)
_NO_SPACE = (b"", b"\\\n")
#: Latin-1 without ASCII, its controls, spaces and the soft hyphen.
_LATIN = "".join(char for char in map(chr, range(0xA1, 0x100)) if char != "\xad")


def commands(text: str) -> tuple[Command, ...] | None:
    """Every simple command in the text, in the order in which they are written.

    Those in compound commands, functions and substitutions are among them, and after a `sh -c` with a
    literal text those in it, if it can be read. None if the text is longer than 8 KiB or has a part
    that the grammar does not know.
    """
    return _commands(text, 0, _DEEPEST, (), count())


def _commands(
    text: str, line: int, depth: int, scopes: tuple[Scope, ...], numbers: "count[int]"
) -> tuple[Command, ...] | None:
    from tree_sitter import Parser

    text = replace_invalid(text)
    swaps = _swaps(text)
    # No word holds a NUL, and the parser is slow on many of them.
    if swaps is None or len(text.encode()) > _LARGEST or "\0" in text:
        return None
    there, back = swaps
    data = text.translate(there).encode()
    root = Parser(_language()).parse(data).root_node
    if root.has_error:
        return None
    found: list[Command] = []
    for command, words in _walk(root, data, scopes, numbers):
        command = _translated(command, back)
        found.append(replace(command, line=line + command.line))
        script = _script(command, words)
        if script is not None and depth:
            inside = line + words[script][0].start_point[0]
            own = (*command.scopes, Scope(next(numbers), True))
            found += _commands(command.words[script], inside, depth - 1, own, numbers) or ()
    return tuple(found)


def _swaps(text: str) -> tuple[dict[int, str], dict[int, str]] | None:
    """What replaces the characters beyond Latin-1 before the text is parsed, and what brings them back.

    The grammar's scanner looks them up in the C library's table for single bytes: far behind its end, which crashes
    or finds anything. None if there are not enough others, or if an escape may become one of these.
    """
    beyond = sorted(char for char in set(text) if char > "\xff")
    if not beyond:
        return {}, {}
    free = [char for char in _LATIN if char not in text]
    if len(beyond) > len(free) or "$'" in text:
        return None
    pairs = list(zip(beyond, free, strict=False))
    return {ord(one): other for one, other in pairs}, {ord(other): one for one, other in pairs}


def _translated(command: Command, table: dict[int, str]) -> Command:
    if not table:
        return command
    words, reads, writes = (
        tuple(text.translate(table) for text in texts) for texts in (command.words, command.reads, command.writes)
    )
    return replace(command, words=words, reads=reads, writes=writes)


@cache
def _language() -> "Language":
    import tree_sitter_bash
    from tree_sitter import Language

    return Language(tree_sitter_bash.language())


def _walk(
    root: "Node", data: bytes, outside: tuple[Scope, ...], numbers: "count[int]"
) -> Iterator[tuple[Command, list[list["Node"]]]]:
    """Each simple command, and the nodes that each of its words is made of."""
    # With each node goes the list of the redirections that the first command in it takes, and its scopes.
    stack: list[tuple[Node, list[Node], tuple[Scope, ...]]] = [(root, [], outside)]
    ends: dict[int, bool] = {}
    while stack:
        node, redirects, scopes = stack.pop()
        if node.type in ("command", "declaration_command", "unset_command", "test_command"):
            words = _words([*_parts(node), *_late_parts(redirects)], data)
            around = (*node.children, *redirects)
            reads, writes = _reads(around), _writes(around)
            redirects.clear()
            if words:
                texts = tuple(joined(word) for word in words)
                yield Command(texts, node.start_point[0], reads, writes, scopes), words
        elif node.type in ("command_substitution", "process_substitution"):
            redirects = []
            if reads := _reads(node.children):
                # $(< file) is short for $(cat file).
                yield Command(("cat",), node.start_point[0], reads, (), scopes), [[node]]
        if node.type in _SUBSHELLS or node.type in _BRANCHES:
            scopes = (*scopes, Scope(next(numbers), node.type in _SUBSHELLS))
        inside = _below(node, redirects)
        if node.type == "pipeline":
            stack += [(child, taken, (*scopes, Scope(next(numbers), True))) for child, taken in inside]
        else:
            branch = (*scopes, Scope(next(numbers), False)) if node.type == "list" and _may_end(node, ends) else scopes
            last = node.children[-1] if node.children else None
            stack += [(child, taken, branch if child == last else scopes) for child, taken in inside]


def _may_end(node: "Node", known: dict[int, bool]) -> bool:
    """Whether the command on the right of a list is not always run where the shell goes on all the same.

    A list of many commands is one in the left of another, so that all are looked at with the outermost.
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
    """The children of a node, last first, with what each of them takes from its redirections."""
    children = node.children
    if node.type == "redirected_statement":
        taken = [*(child for child in children if child.type in _REDIRECTS), *redirects]
        redirects.clear()
        return [(child, [] if child.type in _REDIRECTS else taken) for child in reversed(children)]
    if node.type in ("list", "pipeline"):
        # A redirection at the end is that of the last command, to which the grammar does not tie it.
        return [(child, redirects if child == children[-1] else []) for child in reversed(children)]
    return [(child, redirects) for child in reversed(children)]


def _words(parts: Iterable["Node"], data: bytes) -> list[list["Node"]]:
    """The parts of a command put together to words."""
    words: list[list[Node]] = []
    for part in parts:
        # Neither a joined line nor the $ of $"…" ends a word, though the grammar has it so.
        if words and data[words[-1][-1].end_byte : part.start_byte] in _NO_SPACE:
            words[-1].append(part)
        else:
            words.append([part])
    return words


def _parts(node: "Node") -> list["Node"]:
    """What the words of a simple command are made of, its name first."""
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
    """The arguments that stand after a redirection: to the grammar they are more targets of it."""
    parts = []
    for redirect in redirects:
        if redirect.type == "heredoc_redirect":
            parts += redirect.children_by_field_name("argument")
            parts += _late_parts(redirect.children_by_field_name("redirect"))
        else:
            parts += redirect.children_by_field_name("destination")[1:]
    return parts


def _reads(nodes: Iterable["Node"]) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            found += _reads(node.children)
        elif node.type == "file_redirect" and any(child.type == "<" for child in node.children):
            target = node.child_by_field_name("destination")
            if target is not None and target.type != "process_substitution":
                found.append(unquoted(target))
    return tuple(found)


def _writes(nodes: Iterable["Node"]) -> tuple[str, ...]:
    found: list[str] = []
    for node in nodes:
        if node.type == "heredoc_redirect":
            found += _writes(node.children)
        elif node.type == "file_redirect" and any(child.type in _OUTPUTS for child in node.children):
            target = node.child_by_field_name("destination")
            if target is not None and target.type != "process_substitution":
                found.append(unquoted(target))
    return tuple(found)


def _script(command: Command, words: list[list["Node"]]) -> int | None:
    """Which word is a literal text that a shell is given to run."""
    inner = plain(command).words
    at = script_at(inner)
    if at is None:
        return None
    # What wrappers leave is the end of the words.
    at += len(words) - len(inner)
    # The commands of a substitution in it are found where it stands.
    substituted = any(
        part.type != "raw_string" and any(mark in source(part) for mark in ("$(", "`")) for part in words[at]
    )
    return None if substituted else at
