"""The images that a build uses, and what it downloads."""

import pytest

from ctxopt import plan


def _uses(text: str, target: str | None = None, **build_args: str) -> list[tuple[str, int, int, str, str, bool]]:
    found = plan(text.encode(), "Dockerfile", target=target, build_args=build_args).images
    return [(use.kind, use.line, use.end_line, use.name, use.written, use.exported) for use in found]


def test_bases_of_needed_stages() -> None:
    text = (
        "ARG V=3\nFROM golang AS build\nFROM unneeded\nFROM \\\n  alpine:$V AS base\nFROM base\nCOPY --from=build a b\n"
    )
    assert _uses(text) == [
        ("FROM", 2, 2, "golang", "golang", False),
        ("FROM", 4, 5, "alpine:3", "alpine:$V", True),
    ]
    assert _uses(text, "build") == [("FROM", 2, 2, "golang", "golang", True)]
    assert _uses(text, V="4")[1][3] == "alpine:4"


def test_images_that_files_are_copied_from() -> None:
    text = (
        "FROM scratch AS a\nCOPY --from=composer:2 /x /y\nCOPY --from=scratch a b\n"
        "RUN --mount=type=bind,from=ghcr.io/x/y,target=/z --mount=from=ghcr.io/x/y,target=/w true\n"
    )
    assert _uses(text) == [
        ("COPY", 2, 2, "composer:2", "composer:2", False),
        ("RUN", 4, 4, "ghcr.io/x/y", "ghcr.io/x/y", False),
    ]
    assert _uses("FROM scratch AS a\nFROM scratch\nCOPY --from=A x y\nCOPY --from=0 x y\n") == []


def test_downloads() -> None:
    text = (
        "FROM scratch\nARG U=https://a.example/x\nADD $U local /d/\nADD --checksum=sha256:" + "a" * 64 + " \\\n"
        " https://a.example/y /y\nADD https://github.com/a/b.git /b\nADD https://a.example/$NONE /z\n"
    )
    found = plan(text.encode(), "Dockerfile").downloads
    assert [(one.line, one.end_line, one.url, one.destination, one.checked) for one in found] == [
        (3, 3, "https://a.example/x", "/d/", False),
        (4, 5, "https://a.example/y", "/y", True),
        (6, 6, "https://github.com/a/b.git", "/b", False),
        (7, 7, "https://a.example/", "/z", False),
    ]
    assert [one.git for one in found] == [False, False, True, False]
    assert not any(one.unresolved for one in found)
    unset = plan(b"FROM x\nADD https://a.example/$NONE /z\n", "Dockerfile").downloads
    assert unset[0].unresolved == {"NONE"}


@pytest.mark.parametrize(
    "image", ["node:4-onbuild", "python:onbuild", "org/app-onbuild:1", "onbuild", "a/b:3.onbuild@sha256:" + "0" * 64]
)
def test_an_image_with_triggers_by_its_name_copies_the_context(image: str) -> None:
    made = plan(f"FROM scratch\nFROM {image}\nRUN true\n".encode(), "Dockerfile")
    (read,) = made.reads
    assert (read.kind, read.line, read.sources, read.trigger, made.follow_paths) == ("COPY", 2, (".",), True, ())
    assert made.steps[read.step].kind == "COPY"
    assert made.notes == ("Dockerfile:2: by its name the image has ONBUILD triggers, which count as COPY . .",)


@pytest.mark.parametrize(
    "text", ["FROM node:onbuilder\n", "FROM scratch AS onbuild\nFROM onbuild\n", "FROM a\nCOPY --from=x:onbuild /a /\n"]
)
def test_other_images_copy_nothing(text: str) -> None:
    assert plan(text.encode(), "Dockerfile").reads == ()
