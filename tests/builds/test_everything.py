"""All builds below a directory, and the contexts that are taken for those of Dockerfiles by themselves."""

from pathlib import Path

from ctxopt.builds.build import Build, Declared
from ctxopt.builds.everything import all_builds
from ctxopt.builds.opened import record
from ctxopt.evidence.junk_names import is_installed


def _make(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _all(root: Path, *known: Build) -> Declared:
    return all_builds(str(root), record(str(root)), is_installed, known)


def _places(root: Path, declared: Declared) -> list[tuple[str, str]]:
    return [(build.origin, str(Path(build.context).relative_to(root))) for build in declared.builds]


def test_declared_builds_come_before_dockerfiles(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\nCOPY a /\n",
            "a": "",
            "api/Dockerfile": "FROM scratch\nCOPY main.py /\n",
            "api/main.py": "",
            "compose.yaml": "services: {web: {build: web}}",
            "web/Dockerfile": "FROM scratch\n",
            "docker-bake.json": '{"target": {"tool": {"context": "tool"}}}',
            "tool/Dockerfile": "FROM scratch\n",
            "build/worker.Dockerfile": "FROM scratch\nCOPY api/main.py /\n",
            "node_modules/x/Dockerfile": "FROM scratch\n",
        },
    )
    found = _all(tmp_path)
    assert found.notes == ()
    assert _places(tmp_path, found) == [
        ("compose.yaml: service web", "web"),
        ("docker-bake.json: target tool", "tool"),
        ("Dockerfile", "."),
        ("api/Dockerfile", "api"),
        ("build/worker.Dockerfile", "."),
    ]


def test_what_cannot_be_told_is_a_note(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "a/Dockerfile": "FROM scratch\nCOPY gone /\n",
            "b/Dockerfile": "FRUM scratch\n",
            "compose.yaml": "services: [",
        },
    )
    found = _all(tmp_path)
    assert found.builds == ()
    assert [note.split(";")[0] for note in found.notes[1:]] == [
        "not looked at: a/Dockerfile:2: gone is not there",
        "not looked at: b/Dockerfile:1: unknown instruction FRUM (did you mean FROM?)",
    ]
    assert found.notes[0].startswith("not looked at: compose.yaml:")


def test_what_is_known_already_is_not_taken_again(tmp_path: Path) -> None:
    _make(tmp_path, {"Dockerfile": "FROM scratch\n", "other/Dockerfile": "FROM scratch\n"})
    known = Build("main", str(tmp_path))
    assert _places(tmp_path, _all(tmp_path, known)) == [("other/Dockerfile", "other")]


def test_one_build_declared_twice_counts_once(tmp_path: Path) -> None:
    _make(
        tmp_path,
        {
            "Dockerfile": "FROM scratch\n",
            "compose.yaml": "services: {a: {build: .}, b: {build: {context: ., args: {X: '1'}}}}",
            "compose.prod.yaml": "services: {a: {build: {context: ., dockerfile: Dockerfile}}}",
        },
    )
    assert [build.build_args for build in _all(tmp_path).builds] == [(), (("X", "1"),)]
