"""Annotations with hostile names, for the tests of all formats."""

from hypothesis import strategies as st

from ctxopt.annotations.model import Annotation, Annotations, Descriptor, Level

RULES = (
    Descriptor("limit-size", "The context is too large", "Leave out what no instruction reads."),
    Descriptor("build-fails", "Instruction that fails", "Correct it.", Level.ERROR),
    Descriptor("never", "A rule that finds nothing", "Nothing."),
)

HOSTILE = (
    "100%",
    "%0A::error::x",
    "a\n::error::x",
    "a\r::error file=b::x",
    "\u00a0::error::x",
    "##[add-mask]a",
    "a,line=7,title=b:c",
    "<img src=x onerror=alert(1)>",
    "&lt;b&gt;",
    "`a` ``b`` ```c",
    "`",
    "a|b \\| c \\\\|",
    "@everyone and octo/cat#7 or GH-12 in 1234567 or deadbeef",
    "[a](https://example.com) ![b](c.png) https://example.com www.example.com a@example.com",
    "[see](1) {0} {{1}}",
    "**bold** _em_ ~~gone~~ # - 1. $x$ :smile: [^1]",
    "1. one\n# two\n- three",
    "<!-- x --> ]]> <![CDATA[",
    "\u202egpj.exe \u200b\u2028\ufeff\U000e0041",
    "".join(map(chr, range(0x20))) + "\x7f\x85",
    "not \udcff\udc80 UTF-8",
    "\ud800 and \udfff",
    "\ufffe\uffff\U0001fffe",
    "café 文書 🐳",
    " padded  twice ",
    "/absolute: name",
    "//host/name",
    "../up",
    "x" * 5000,
    "|" * 3000,
    "a ` " * 3000,
    "",
)

#: Any text, with lone surrogates, and often with characters that have a meaning in some format.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=())),
    st.lists(
        st.sampled_from([*"\n\r:,%`|<>&@#[](){}!*_$~\\ /.-a1", "::", "error", "##[", "https://", *HOSTILE[:20]])
    ).map("".join),
)

ITEMS = st.builds(
    Annotation,
    st.sampled_from([rule.id for rule in RULES[:2]]),
    st.sampled_from(Level),
    TEXTS,
    st.none() | TEXTS,
    st.none() | st.integers(1, 9999),
    st.none() | st.integers(1, 9999),
)

ANY = st.builds(
    Annotations,
    TEXTS,
    st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple),
    st.just(RULES),
    st.lists(ITEMS, max_size=4).map(tuple),
)


def one(text: str, file: str | None = "Dockerfile", line: int | None = 3, level: Level = Level.ERROR) -> Annotations:
    """A single item, with a row of the summary."""
    return Annotations(
        "ctxopt check",
        (("BuildKit transfers", "36.5 kB in 19 files"),),
        RULES,
        (Annotation("build-fails", level, text, file, line),),
    )


def everywhere(text: str) -> Annotations:
    """The same text in every field that an attacker can control, at every level."""
    items = tuple(Annotation("limit-size", level, text, text, 3, 4) for level in Level)
    return Annotations(text, ((text, text),), RULES, items)
