"""On which lines keys stand."""

from ctxopt.config.lines import key_lines, line_of

_TEXT = '''# max-size = 1
max-size = 1
"max-files" = 2
text = """
view = "classic"
"""

[[build]]
name = "a"
'fail-on'=[]

[build.build-args]
A = "1"

[[ build ]]
name = "b"
build-args.B = "2"
limits = { max-size = 3 }

[tool.ctxopt]
view = "transfer"
'''


def test_keys_are_found() -> None:
    assert key_lines(_TEXT) == {
        ("max-size",): 2,
        ("max-files",): 3,
        ("text",): 4,
        ("build",): 8,
        ("build", 0): 8,
        ("build", 0, "name"): 9,
        ("build", 0, "fail-on"): 10,
        ("build", 0, "build-args"): 12,
        ("build", 0, "build-args", "A"): 13,
        ("build", 1): 15,
        ("build", 1, "name"): 16,
        ("build", 1, "build-args", "B"): 17,
        ("build", 1, "limits"): 18,
        ("tool",): 20,
        ("tool", "ctxopt"): 20,
        ("tool", "ctxopt", "view"): 21,
    }


def test_what_is_not_found_is_where_its_table_is() -> None:
    lines = key_lines(_TEXT)
    assert line_of(("build", 1, "limits", "max-size"), lines) == 18
    assert line_of(("build", 0, "target"), lines) == 8
    assert line_of(("nothing",), lines) is None
    assert line_of((), lines) is None


def test_lines_may_end_as_windows_ends_them() -> None:
    assert key_lines('a = 1\r\n[b]\r\nc = """\r\nd = 1"""\r\n') == {("a",): 1, ("b",): 2, ("b", "c"): 3}


def test_hostile_lines_take_no_time() -> None:
    for text in ("a" * 10**6, "a." * 500_000, "[" * 10**6, '"' * 10**6, "a" + " " * 10**6, "[a" + ".a" * 10**5 + "]"):
        assert all(len(path) <= 6 for path in key_lines(text))
