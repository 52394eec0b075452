"""Build output: claimed only if git ignores it and a RUN writes it."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, write

BUILD = "FROM node\nWORKDIR /app\nCOPY . .\nRUN npm run build\n"


@pytest.mark.parametrize(
    ("files", "run", "entry"),
    [
        ("package.json dist/x.js", "npm run build", "dist"),
        ("package.json .next/x", "yarn build", ".next"),
        ("package.json build/x", "npx vite build", "build"),
        ("pyproject.toml x.egg-info/PKG-INFO", "pip install -e .", "x.egg-info"),
    ],
)
def test_build_output(tmp_path: Path, files: str, run: str, entry: str) -> None:
    for name in files.split():
        text(tmp_path, name, "{}" if name.endswith(".json") else "")
    tracked(tmp_path, ignore=f"{entry}\n")
    found = judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\nRUN {run}\n", git=True)
    claim = claim_of(found, entry)
    assert claim.reason.kind.value == "output"
    assert claim.reason.text == f"recreated by RUN {run} (Dockerfile:4)"


def test_output_has_to_be_ignored_and_recreated(tmp_path: Path) -> None:
    write(tmp_path, "dist/x.js")
    text(tmp_path, "package.json", "{}")
    assert "dist" not in claimed(judged(tmp_path, BUILD)), "without git nothing is known of it"
    tracked(tmp_path, ignore="dist\n")
    assert claimed(judged(tmp_path, BUILD, git=True))["dist"] == "output"
    assert claimed(judged(tmp_path, "FROM x\nCOPY . .\n", git=True))["dist"] == "git-ignored"


def test_what_git_tracks_stays(tmp_path: Path) -> None:
    write(tmp_path, "dist/x.js")
    text(tmp_path, "package.json", "{}")
    tracked(tmp_path)
    assert "dist" not in claimed(judged(tmp_path, BUILD, git=True))


def test_a_mention_does_not_keep_what_is_recreated(tmp_path: Path) -> None:
    write(tmp_path, "dist/x.js", "out/y.js")
    text(tmp_path, "package.json", '{"main": "dist/x.js", "files": ["dist"]}')
    tracked(tmp_path, ignore="dist\nout\n")
    dockerfile = BUILD + "FROM nginx\nCOPY --from=0 /app/dist /srv\nCMD serve /srv/dist/x.js\n"
    assert claimed(judged(tmp_path, dockerfile, git=True))["dist"] == "output"
    unmade = judged(tmp_path, dockerfile.replace("npm run build", "true"), git=True)
    assert "dist" not in claimed(unmade)
    assert claimed(unmade)["out"] == "git-ignored"
