"""Single patterns, sets, what is handed down, and errors with their lines."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctxopt import DockerIgnore, PatternError
from ctxopt.core.dockerignore.pattern import BadPattern, PatternKind, compile_pattern
from ctxopt.core.dockerignore.patterns import PatternSet


@pytest.mark.parametrize(
    ("text", "kind", "hits", "misses"),
    [
        ("a/b", PatternKind.EXACT, ["a/b"], ["a", "a/b/c", "x/a/b"]),
        ("a+(b)$", PatternKind.EXACT, ["a+(b)$"], ["aab"]),
        ("a|b", PatternKind.EXACT, ["a|b"], ["a"]),
        ("a/**", PatternKind.PREFIX, ["a/b", "a/b/c"], ["a", "b"]),
        ("a**", PatternKind.PREFIX, ["a", "ab/c"], ["b"]),
        ("**", PatternKind.SUFFIX, ["a", "a/b"], []),
        ("**/a", PatternKind.SUFFIX, ["a", "x/a", "x/y/a"], ["xa"]),
        ("**a", PatternKind.SUFFIX, ["a", "xa", "x/ya"], ["ab"]),
        ("*.log", PatternKind.REGEX, ["x.log", ".log"], ["a/x.log", "xalog"]),
        ("**/*.log", PatternKind.REGEX, ["x.log", "a/b/x.log"], ["x.logs"]),
        ("a/**/b", PatternKind.REGEX, ["a/b", "a/x/y/b"], ["ab", "a/xb"]),
        ("a**b", PatternKind.REGEX, ["ab", "ax/b"], ["axb"]),
        ("\\*", PatternKind.REGEX, ["*"], ["a"]),
        ("a?b", PatternKind.REGEX, ["axb"], ["a/b"]),
        ("[^a]", PatternKind.REGEX, ["b", "/"], ["a"]),
        # Bars and braces reach the regular expression unescaped.
        ("a*|b", PatternKind.REGEX, ["a", "ab", "xb"], ["x"]),
        ("x{2}?", PatternKind.REGEX, ["xxy"], ["x{2}y"]),
    ],
)
def test_kinds(text: str, kind: PatternKind, hits: list[str], misses: list[str]) -> None:
    pattern = compile_pattern(text)
    assert pattern is not None
    assert pattern.kind is kind
    assert [path for path in hits + misses if pattern.matches(path)] == hits


def test_an_empty_text_is_not_a_pattern() -> None:
    assert compile_pattern("  ") is None


@pytest.mark.parametrize("text", ["!", "[", "a[", "\\", "[]a]", "[a-]"])
def test_refused_when_read(text: str) -> None:
    with pytest.raises(BadPattern):
        compile_pattern(text)


def test_refused_when_used() -> None:
    pattern = compile_pattern("[z-a]")
    assert pattern is not None
    with pytest.raises(BadPattern):
        pattern.matches("x")


def test_errors_name_file_line_pattern_and_way_out() -> None:
    with pytest.raises(PatternError) as caught:
        DockerIgnore.from_lines(["ok", "", "a["], "sub/.dockerignore")
    assert str(caught.value) == (
        'sub/.dockerignore:3: bad pattern "a[": syntax error in pattern; Docker refuses it too: correct or remove it'
    )


def test_a_pattern_that_fails_on_use_is_reported_only_then() -> None:
    ignore = DockerIgnore.from_lines(["a", "![z-a]"])
    assert not ignore.ignores("b")
    with pytest.raises(PatternError, match=r"\.dockerignore:2"):
        ignore.ignores("a")


def test_the_last_match_wins() -> None:
    ignore = DockerIgnore.from_lines(["*", "!docs", "docs/*.tmp", "!docs/keep.tmp"])
    verdicts = {path: ignore.ignores(path) for path in ("x", "docs", "docs/a.md", "docs/a.tmp", "docs/keep.tmp")}
    assert verdicts == {"x": True, "docs": False, "docs/a.md": False, "docs/a.tmp": True, "docs/keep.tmp": False}


def test_a_skipped_pattern_is_not_handed_down() -> None:
    """`a/*` could not change the decision for a/x, so it is skipped there and not known for a/x/y."""
    ignore = DockerIgnore.from_lines(["a", "!a/x/y", "a/*"])
    assert ignore.ignores("a/x")
    assert not ignore.ignores("a/x/y")
    # Decided by itself, against all parents, the same path would be excluded.
    assert PatternSet(["a", "!a/x/y", "a/*"]).matches_or_parent_matches("a/x/y")


def test_the_classic_client_does_not_look_where_exceptions_have_wildcards() -> None:
    ignore = DockerIgnore.from_lines(["node_modules", "!**/keep.js"])
    assert not ignore.ignores("node_modules/keep.js")
    verdict = ignore.explain("node_modules/keep.js", classic=True)
    assert verdict.excluded
    assert verdict.closed_at == "node_modules"


def test_the_trace_names_every_pattern_that_had_a_say() -> None:
    verdict = DockerIgnore.from_lines(["*.md", "docs", "!docs/api", "!x"]).explain("docs/api/a.md")
    touches = [(t.pattern.line, t.pattern.cleaned, t.path, t.inherited, t.matched) for t in verdict.touches]
    assert touches == [(2, "docs", "docs", True, True), (3, "docs/api", "docs/api", True, False)]
    assert not verdict.excluded


def test_the_client_checks_its_own_files_by_depth() -> None:
    assert PatternSet(["sub"]).matches_by_depth("sub/Dockerfile")
    assert not PatternSet(["**/sub"]).matches_by_depth("sub/Dockerfile")


_PATHS = st.lists(st.sampled_from(["a", "b", "ab", "a-b", "*"]), min_size=1, max_size=4).map("/".join)


@given(st.lists(_PATHS, max_size=6), _PATHS)
def test_builders_descend_for_exceptions_that_start_with_the_directory(exceptions: list[str], directory: str) -> None:
    patterns = PatternSet(["!" + text for text in exceptions])
    kept = any((text + "/").startswith(directory + "/") for text in exceptions)
    assert patterns.descends_into_excluded(directory, trim_globs=False) == kept
    trimmed = [text.removesuffix("/*") for text in exceptions]
    wild = any("*" in text for text in trimmed)
    kept = any((text + "/").startswith(directory + "/") for text in trimmed)
    assert patterns.descends_into_excluded(directory, trim_globs=True) == (wild or kept)
