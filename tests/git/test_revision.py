"""A context at a revision: the same as a fresh checkout walked from disk, and nothing is run for it."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ctxopt import BuildContext, ContextError, CtxoptError, DockerfileError
from ctxopt.core.context.files import Files
from ctxopt.core.context.tree import EntryKind, Totals, Tree, View
from ctxopt.core.context.walk import walk
from ctxopt.core.dockerignore.patterns import PatternSet
from ctxopt.errors import NoDockerfileError
from ctxopt.git.revision import Revision, open_at_revision, read_revision
from tests.support.programs import git
from tests.support.trees import random_build, write_case


@pytest.fixture(autouse=True, scope="module")
def _no_settings_of_the_user() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        environment.setenv("GIT_CONFIG_NOSYSTEM", "1")
        yield


def start(root: Path, *options: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main", *options)
    return root


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        put(root / name, text)


def put(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(root: Path) -> str:
    git(root, "add", "-A", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", "state")
    return asked(root, "rev-parse", "HEAD")


def asked(root: Path, *words: str, given: bytes = b"") -> str:
    identity = ("-c", "user.name=Someone", "-c", "user.email=someone@example.com")
    done = subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True, input=given)
    return done.stdout.decode().strip()


def checked_out(root: Path, to: Path, revision: str = "HEAD") -> Path:
    """A checkout with nothing of git in it."""
    git(root, "clone", "-q", "--no-checkout", str(root), str(to))
    git(to, "checkout", "-q", asked(root, "rev-parse", revision))
    shutil.rmtree(to / ".git")
    return to


def emptied(root: Path, *keep: str) -> Path:
    """The work tree without any file, so that nothing can be read from it."""
    for path in root.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in keep:
        (root / name).mkdir(parents=True)
    return root


def at(root: Path, revision: str = "HEAD") -> Revision:
    return read_revision(str(root.resolve()), revision)


def told(ask: Callable[[], Any]) -> Any:
    """An answer, or the error in its place."""
    try:
        return ask()
    except CtxoptError as error:
        return type(error), str(error)


def totals(context: BuildContext, view: int) -> Totals:
    return context.usage.totals(lambda flags, _: bool(flags & view))


def seen(context: BuildContext) -> dict[str, Any]:
    """All that a context answers."""
    questions: dict[str, Callable[[], Any]] = {
        "buildkit": lambda: context.buildkit_entries,
        "classic": lambda: context.classic_entries,
        "transfer": lambda: context.transfer_entries,
        "read": lambda: context.files_read,
        "used": lambda: context.used_files,
        "follow": lambda: context.follow_paths,
        "build files": lambda: context.build_files,
        "notes": lambda: context.located.notes,
        "totals": lambda: [totals(context, view) for view in (View.BUILDKIT, View.CLASSIC, View.TRANSFER)],
    }
    return {name: told(question) for name, question in questions.items()}


def rows(tree: Tree) -> list[Any]:
    return [
        (one.path, one.index, one.names, bytes(one.kinds), list(one.sizes), list(one.subdirectories))
        for one in tree.directories()
    ]


def assert_same(revision: Revision, disk: Path, dockerfile: str | None = None) -> None:
    """The context at a revision answers as a checkout does, entry by entry."""
    found = told(lambda: seen(open_at_revision(revision, dockerfile)))
    assert found == told(lambda: seen(BuildContext(str(disk), dockerfile)))
    walked = walk(str(disk), PatternSet(()), PatternSet(()))
    assert rows(revision.tree) == rows(walked)
    files = Files(str(disk))
    for path in ["", "nothing", "nothing/there", *(entry.rstrip("/") for entry in walked.entries(View.BUILDKIT))]:
        for ask in ("exists", "read", "link", "links_in"):
            assert getattr(revision.files, ask)(path) == getattr(files, ask)(path), (ask, path)


@pytest.mark.parametrize("seed", range(24))
def test_a_revision_equals_a_checkout(seed: int, tmp_path: Path) -> None:
    case = random_build(seed)
    # Git takes nothing of this name.
    case["tree"] = [entry for entry in case["tree"] if ".git" not in entry["path"].split("/")]
    inside = ("", "web", "deep/b*")[seed % 3]
    root = start(tmp_path / "here", *(["--object-format=sha256"] if seed % 4 == 3 else []))
    write_case(root / inside, case)
    if inside:
        write_case(root / "beside", case)
        put(root / "deep/bx/y")
    commit(root)
    disk = checked_out(root, tmp_path / "there")
    emptied(root, *([inside] if inside else []))
    assert_same(at(root / inside), disk / inside)


def test_strange_names_links_and_bits(tmp_path: Path) -> None:
    root = start(tmp_path / "here")
    strange = os.fsdecode(b"a\xff\nb\tc")
    for name in (
        strange,
        "line\n/x",
        'quo"te',
        "ünï/\u202e",
        "sub.txt",
        "sub/x",
        "sub-/x",
        ":(glob)x/y",
        "^{tree}/@{0}",
    ):
        put(root / name, name.encode("utf-8", "surrogateescape").hex())
    (root / "sub/x").chmod(0o755)
    (root / "link").symlink_to(strange)
    (root / "out").symlink_to("/nowhere/\udcff")
    (root / "sub/up").symlink_to("../sub/x")
    (root / "Dockerfile").write_text("FROM scratch\nCOPY lin? sub/up /d/\n")
    commit(root)
    disk = checked_out(root, tmp_path / "there")
    emptied(root, "sub", ":(glob)x", "^{tree}")
    assert_same(at(root), disk)
    revision = at(root)
    assert revision.files.link("link") == strange
    assert open_at_revision(revision).used_files == [strange, "sub/x"]
    for name, names in (("sub", ["up", "x"]), (":(glob)x", ["y"]), ("^{tree}", ["@{0}"])):
        assert at(root / name).tree.root.names == names


def test_settings_for_wildcards_in_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = start(tmp_path)
    write(root, **{"a*/x": "", "ab/y": ""})
    commit(root)
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    monkeypatch.setenv("GIT_ICASE_PATHSPECS", "1")
    assert at(root / "a*").tree.root.names == ["x"]


def test_a_submodule_is_an_empty_directory(tmp_path: Path) -> None:
    root = start(tmp_path / "here")
    write(root, Dockerfile="FROM scratch\nCOPY . /\n", **{"lib/x": "x"})
    first = commit(root)
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{first},lib/module")
    git(root, "commit", "-q", "-m", "module")
    disk = checked_out(root, tmp_path / "there")
    revision = at(emptied(root))
    assert_same(revision, disk)
    assert open_at_revision(revision).buildkit_entries == ["Dockerfile", "lib/", "lib/module/", "lib/x"]
    (root / "lib/module").mkdir(parents=True)
    with pytest.raises(CtxoptError, match=r"lib/module: there is no such directory at revision"):
        at(root / "lib/module")


def test_an_empty_commit(tmp_path: Path) -> None:
    root = start(tmp_path)
    name = commit(root)
    revision = at(root)
    assert (revision.commit, revision.label) == (name, name[:12])
    assert revision.tree.root.names == []
    with pytest.raises(DockerfileError, match="no Dockerfile in "):
        open_at_revision(revision)


def test_each_revision_has_its_own_files(tmp_path: Path) -> None:
    root = start(tmp_path)
    write(root, Dockerfile="FROM scratch\nCOPY . /\n", a="12345")
    commit(root)
    git(root, "tag", "-a", "-m", "one", "v1")
    write(root, **{".dockerignore": "a\n", "b": "1", "Dockerfile": "FROM scratch\nCOPY b /\n"})
    commit(root)
    write(root, **{".dockerignore": "**\n", "c": "not committed"})
    old, new = (open_at_revision(at(root, name)) for name in ("v1", "HEAD"))
    assert (old.buildkit_entries, old.used_files) == (["Dockerfile", "a"], ["Dockerfile", "a"])
    assert (new.buildkit_entries, new.used_files) == ([".dockerignore", "Dockerfile", "b"], ["b"])
    assert [old.exists("b"), new.exists("a"), new.exists("c")] == [False, True, False]
    assert [at(root, name).files.read("Dockerfile") for name in ("main~1", "@")] == [
        b"FROM scratch\nCOPY . /\n",
        b"FROM scratch\nCOPY b /\n",
    ]


_DOCKERFILES = (
    *("docker/Dockerfile", "../docker/Dockerfile", "../docker/Dockerfile.api", "linked", "linked-dir/Dockerfile"),
    *("leads-out", "../above", "circle", "dangling", "a-directory", "no/such", "../../out", "/etc/hostname"),
    *("../docker", "..", "../..", "a/../docker/Dockerfile", "Containerfile", "\0", "../docker/\0", "absolute"),
)


@pytest.fixture(scope="module")
def many_dockerfiles(_no_settings_of_the_user: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository `here` without any file in its work tree but git's own, and `there/here`, a checkout of it."""
    space = tmp_path_factory.mktemp("dockerfiles")
    root = start(space / "here")
    base = "FROM scratch\nCOPY a /\n"
    for name in ("web/docker/Dockerfile", "docker/Dockerfile", "docker/Dockerfile.api", "web/Containerfile"):
        put(root / name, base)
    put(root / "docker/Dockerfile.api.dockerignore", "x\n")
    put(root / "web/docker/Dockerfile.dockerignore", "y\n")
    put(root / "web/.dockerignore", "z\n")
    for name in ("a", "x", "y", "z", "a-directory/x"):
        put(root / "web" / name)
    (root / "web/linked").symlink_to("docker/../docker/Dockerfile")
    (root / "web/linked-dir").symlink_to("../docker")
    (root / "web/leads-out").symlink_to("../docker/Dockerfile")
    (root / "web/circle").symlink_to("circle")
    (root / "web/dangling").symlink_to("nowhere")
    (root / "web/absolute").symlink_to("/etc/hostname")
    (root / "above").symlink_to("docker/Dockerfile")
    put(space / "out", base)
    commit(root)
    checked_out(root, space / "there/here")
    emptied(root, "web")
    return space


@pytest.mark.parametrize("dockerfile", _DOCKERFILES)
def test_the_dockerfile_is_found_as_on_disk(dockerfile: str, many_dockerfiles: Path) -> None:
    root = many_dockerfiles / "here"
    revision = at(root / "web")
    disk = many_dockerfiles / "there/here/web"
    # Outside of the repository nothing is read, so there is no Dockerfile.
    if dockerfile in ("/etc/hostname", "../.."):
        with pytest.raises(DockerfileError, match="Dockerfile not found: "):
            open_at_revision(revision, dockerfile)
        return
    found = told(lambda: seen(open_at_revision(revision, dockerfile)))
    expected = told(lambda: seen(BuildContext(str(disk), dockerfile)))
    if "\0" in dockerfile:
        assert found[0] in (ContextError, NoDockerfileError)
        assert expected[0] is ContextError
        return
    assert str(found).replace(str(root), "") == str(expected).replace(str(disk.parent), "").replace(
        str(many_dockerfiles / "there"), str(many_dockerfiles)
    )


def test_a_dockerfile_that_is_not_in_the_revision(tmp_path: Path) -> None:
    root = start(tmp_path / "here")
    put(root / "a")
    commit(root)
    put(root / "Dockerfile", "FROM scratch\n")
    put(tmp_path / "Dockerfile", "FROM scratch\n")
    for name in (None, "Dockerfile", str(root / "Dockerfile"), "../Dockerfile", str(tmp_path / "Dockerfile")):
        with pytest.raises(DockerfileError, match=r"no Dockerfile in |Dockerfile not found: "):
            open_at_revision(at(root), name)


def test_a_path_through_a_link_above_the_work_tree(tmp_path: Path) -> None:
    root = start(tmp_path / "here")
    write(root, **{"web/a": "", "docker/Dockerfile": "FROM scratch\nCOPY a /\n"})
    commit(root)
    emptied(root, "web")
    (tmp_path / "shortcut").symlink_to("here")
    context = open_at_revision(at(root / "web"), str(tmp_path / "shortcut/docker/Dockerfile"))
    assert context.used_files == ["a"]


def test_an_inline_dockerfile(tmp_path: Path) -> None:
    root = start(tmp_path)
    write(root, a="", b="", **{".dockerignore": "b\n"})
    commit(root)
    context = open_at_revision(at(emptied(root)), inline="FROM scratch\nCOPY . /\n")
    assert context.used_files == [".dockerignore", "a"]


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    root = start(tmp_path)
    with (root / "Dockerfile").open("wb") as file:
        file.truncate((64 << 20) + 1)
    commit(root)
    with pytest.raises(ContextError, match="larger than 64 MiB"):
        open_at_revision(at(root))


@pytest.fixture(scope="module")
def odd_names(_no_settings_of_the_user: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a commit, and files that are called like revisions and options."""
    root = start(tmp_path_factory.mktemp("names"))
    write(root, **{"file": "", "file^{commit}": "", "upload-pack=x": ""})
    commit(root)
    git(root, "branch", "other")
    return root


@pytest.mark.parametrize(
    ("revision", "reason"),
    [
        ("", '"" is no revision'),
        ("--upload-pack=x", "is no revision"),
        ("-h", "is no revision"),
        ("--", "is no revision"),
        ("a\0b", "is no revision"),
        ("missing", "there is no revision .* fetch-depth: 0"),
        ("main~9", "there is no revision"),
        ("0" * 40, "there is no revision"),
        ("main..other", "there is no revision"),
        ("main...other", "there is no revision"),
        ("main other", "there is no revision"),
        ("main\n", r'there is no revision "main\\n"'),
        (" ", "there is no revision"),
        ("*", "there is no revision"),
        ("\x1b[31m\udcff", r"there is no revision .\\x1b\[31m\\xff"),
        ("^main", "is no single commit"),
        ("HEAD:file", "is no commit"),
        ("HEAD:file^{commit}", "is no commit"),
        ("HEAD^{tree}", "is no commit"),
        (":file", "is no commit"),
    ],
)
def test_revisions_that_are_not_commits(revision: str, reason: str, odd_names: Path) -> None:
    with pytest.raises(CtxoptError, match=reason) as caught:
        at(odd_names, revision)
    assert "\n" not in str(caught.value)


def _other(root: Path) -> str:
    """Another commit of the same repository."""
    return git(root, "commit-tree", "HEAD^{tree}", "-m", "other").strip()


@pytest.mark.parametrize("revision", ["origin/main", "origin/main^{commit}", "origin/main~0"])
def test_a_name_of_several_commits(revision: str, tmp_path: Path) -> None:
    start(tmp_path)
    write(tmp_path, Dockerfile="FROM scratch\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(tmp_path, "tag", "-a", "-m", "the same", "origin/main")
    assert read_revision(str(tmp_path), revision)
    git(tmp_path, "tag", "-f", "origin/main", _other(tmp_path))
    with pytest.raises(
        CtxoptError, match=r"is ambiguous: refs/remotes/origin/main and .*; write refs/remotes/origin/main"
    ):
        read_revision(str(tmp_path), revision)
    for full in ("refs/remotes/origin/main", "HEAD", git(tmp_path, "rev-parse", "HEAD").strip()):
        assert read_revision(str(tmp_path), full)


def test_a_tag_by_the_beginning_of_a_commits_name(tmp_path: Path) -> None:
    start(tmp_path)
    write(tmp_path, Dockerfile="FROM scratch\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    whole = git(tmp_path, "rev-parse", "HEAD").strip()
    git(tmp_path, "tag", whole[:9], _other(tmp_path))
    git(tmp_path, "tag", whole, _other(tmp_path))
    with pytest.raises(CtxoptError, match="is ambiguous"):
        read_revision(str(tmp_path), whole[:9])
    assert read_revision(str(tmp_path), whole).commit == whole


def test_ways_to_name_a_commit(tmp_path: Path) -> None:
    root = start(tmp_path)
    write(root, file="")
    name = commit(root)
    for revision in ("HEAD", "@", "main", "refs/heads/main", name, name[:9], ":/state", "HEAD@{0 seconds ago}"):
        assert at(root, revision).commit == name


def test_a_clone_that_lacks_it(tmp_path: Path) -> None:
    root = start(tmp_path / "here")
    write(root, a="1")
    first = commit(root)
    write(root, a="2")
    commit(root)
    git(tmp_path, "clone", "-q", "--depth=1", root.as_uri(), "shallow")
    assert at(tmp_path / "shallow").files.read("a") == b"2"
    for revision in ("HEAD~1", first):
        with pytest.raises(CtxoptError, match="fetch it first"):
            at(tmp_path / "shallow", revision)


def test_a_directory_outside_of_any_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CtxoptError, match="it cannot be read at a revision: it is not in a git repository"):
        at(tmp_path)
    with pytest.raises(CtxoptError, match="it cannot be read at a revision"):
        at(tmp_path / "missing")
    root = start(tmp_path / "here")
    write(root, a="")
    commit(root)
    git(tmp_path, "clone", "-q", "--bare", "here", "bare")
    for place in (root / ".git", tmp_path / "bare"):
        with pytest.raises(CtxoptError, match="not in a git work tree"):
            at(place)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(CtxoptError, match="belongs to another user"):
        at(root)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CtxoptError, match="the git command cannot be run"):
        at(root)


def test_a_directory_that_is_not_in_the_revision(tmp_path: Path) -> None:
    root = start(tmp_path)
    write(root, **{"real/x": "", "file": "", "web.d/x": ""})
    (root / "link").symlink_to("real")
    commit(root)
    emptied(root, "link", "file", "web", "real/x")
    for name in ("link", "file", "web", "real/x"):
        with pytest.raises(CtxoptError, match=f'^{name}: there is no such directory at revision "main"'):
            at(root / name, "main")


def _tree_object(root: Path, *entries: tuple[bytes, bytes, str]) -> str:
    data = b"".join(mode + b" " + name + b"\0" + bytes.fromhex(target) for mode, name, target in entries)
    tree = asked(root, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", given=data)
    return asked(root, "commit-tree", "-m", "damaged", tree)


@pytest.mark.parametrize(
    "entries",
    [
        [(b"100644", b"..")],
        [(b"100644", b"../x")],
        [(b"100644", b"a/x")],
        [(b"100644", b"/x")],
        [(b"100644", b"a"), (b"100644", b"a")],
        [(b"100644", b"a"), (b"40000", b"a")],
        [(b"120000", b"empty")],
        [(b"120000", b"long")],
    ],
)
def test_entries_that_no_directory_can_contain(entries: list[tuple[bytes, bytes]], tmp_path: Path) -> None:
    root = start(tmp_path)
    empty = asked(root, "hash-object", "-t", "tree", "-w", "--stdin")
    texts = {
        name: asked(root, "hash-object", "-w", "--stdin", given=text)
        for name, text in ((b"empty", b""), (b"long", b"x" * 4096), (b"", b"x"))
    }
    objects = [(mode, name, empty if mode == b"40000" else texts.get(name, texts[b""])) for mode, name in entries]
    with pytest.raises(CtxoptError, match="it could not be checked out: the revision is damaged"):
        at(root, _tree_object(root, *objects))


def _trap(tmp_path: Path, then: str = "cat") -> tuple[Path, Path]:
    mark = tmp_path / "was-run"
    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{mark}'\n{then}\n")
    script.chmod(0o755)
    return script, mark


def test_nothing_that_the_repository_names_is_run(tmp_path: Path) -> None:
    script, mark = _trap(tmp_path)
    root = start(tmp_path / "here")
    write(
        root, Dockerfile="FROM scratch\nCOPY a /\n", a="stored", **{".gitattributes": "* filter=x diff=x text=auto\n"}
    )
    (root / "link").symlink_to("a")
    commit(root)
    hooks = root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction"):
        shutil.copy(script, hooks / hook)
    for setting in (
        *("filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv", "diff.x.command"),
        *("core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.editor", "credential.helper"),
    ):
        git(root, "config", setting, str(script))
    for alias in ("rev-parse", "ls-tree", "cat-file"):
        git(root, "config", f"alias.{alias}", f"!{script}")
        git(root, "config", f"pager.{alias}", str(script))
    (root / "a").unlink()
    subprocess.run(["git", "checkout", "--", "a"], cwd=root, check=False, capture_output=True)
    assert mark.exists(), "the trap itself works"
    mark.unlink()
    index = (root / ".git/index").stat()
    revision = at(root)
    context = open_at_revision(revision)
    assert context.used_files == ["a"]
    assert revision.files.read("a") == b"stored"
    with pytest.raises(CtxoptError):
        at(root, "missing")
    assert not mark.exists()
    assert (root / ".git/index").stat().st_mtime_ns == index.st_mtime_ns


def test_missing_objects_of_a_partial_clone_are_not_fetched(tmp_path: Path) -> None:
    script, mark = _trap(tmp_path, "exit 1")
    root = start(tmp_path / "here")
    write(root, a="1", **{"web/b": "1"})
    commit(root)
    git(root, "config", "uploadpack.allowFilter", "true")
    for name, option in (("blobless", "blob:none"), ("treeless", "tree:0")):
        git(tmp_path, "clone", "-q", "--no-checkout", f"--filter={option}", root.as_uri(), name)
        clone = tmp_path / name
        git(clone, "config", "remote.origin.uploadpack", str(script))
        (clone / "web").mkdir()
        subprocess.run(["git", "cat-file", "-p", "HEAD:a"], cwd=clone, check=False, capture_output=True)
        assert mark.exists(), "the trap itself works"
        mark.unlink()
        for place in (clone, clone / "web"):
            with pytest.raises(CtxoptError, match="fetch") as caught:
                at(place)
            assert "\n" not in str(caught.value)
        assert not mark.exists()


def test_kinds_and_sizes(tmp_path: Path) -> None:
    root = start(tmp_path)
    write(root, a="12345", **{"d/x": "1"})
    (root / "l").symlink_to("a")
    commit(root)
    top = at(root).tree.root
    assert top.names == ["a", "d", "l"]
    assert list(top.kinds) == [EntryKind.FILE, EntryKind.DIRECTORY, EntryKind.SYMLINK]
    assert list(top.sizes) == [5, 0, 0]
    assert list(top.flags) == [0, 0, 0]
