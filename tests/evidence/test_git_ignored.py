"""What git ignores and does not track: another clone of the project is built without it."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\n"


def test_files_and_directories(tmp_path: Path) -> None:
    write(tmp_path, "data/big.bin", "data/package.json", "a/local.txt", "a/b.txt", "new.txt")
    tracked(tmp_path, ignore="/data\nlocal.txt\n")
    found = judged(tmp_path, PLAIN, git=True)
    claim = claim_of(found, "data")
    assert (claim.reason.kind.value, claim.entries) == ("git-ignored", ("a/local.txt", "data"))
    assert claim.patterns == ("**/local.txt", "data")
    assert claim.reason.text == "ignored and not tracked by git"
    assert not {"a", "a/b.txt", "new.txt"} & claimed(found).keys()


def test_what_is_mentioned_stays(tmp_path: Path) -> None:
    write(tmp_path, "target/app.jar", "data/a", "data/b", "conf.local")
    tracked(tmp_path, ignore="/target\n/data\n*.local\n")
    found = judged(
        tmp_path, PLAIN + 'CMD ["java", "-jar", "target/app.jar"]\nRUN cp data/a /x\nRUN cat conf.local\n', git=True
    )
    assert {"data/b": "git-ignored"}.items() <= claimed(found).items()
    assert not {"target", "target/app.jar", "data", "data/a", "conf.local"} & claimed(found).keys()
    assert why_kept(found, "data/a") == "RUN cp data/a /x (Dockerfile:6) names it"


@pytest.mark.parametrize(
    ("dockerfile", "stays"),
    [
        ("FROM x\nCOPY . /app\nCMD node /app/x.js\n", True),
        ("FROM x\nCOPY . /app\nRUN npm install -g pm2\n", True),
        ("FROM x\nCOPY . /app\nRUN apt-get update && apt-get install -y git\n", True),
        ("FROM x\nWORKDIR /app\nCOPY . .\nRUN npm ci\n", False),
        ("FROM x AS b\nCOPY . /app\nRUN make\nFROM y\nCOPY --from=b /app/x /x\n", False),
        ("FROM x AS b\nCOPY . /app\nRUN true\nFROM y\nCOPY --from=b /app /x\n", True),
    ],
)
def test_it_stays_where_nothing_is_built(tmp_path: Path, dockerfile: str, stays: bool) -> None:
    write(tmp_path, "data/a", "package.json")
    tracked(tmp_path, ignore="/data\n")
    assert ("data" not in claimed(judged(tmp_path, dockerfile, git=True))) is stays


@pytest.mark.parametrize("name", ["public/build/a.js", "app.jar", "pkg/_version.py", "static/x"])
def test_what_has_the_name_of_a_result_stays_in_the_image(tmp_path: Path, name: str) -> None:
    entry = name.partition("/")[0] if name != "pkg/_version.py" else name
    write(tmp_path, name, "a.go", "pkg/a.py")
    tracked(tmp_path, ignore=f"/{entry}\n")
    found = judged(tmp_path, PLAIN, git=True)
    assert entry not in claimed(found)
    assert why_kept(found, entry) == "git ignores it, and no RUN makes it: it may be shipped"
    building = "FROM go AS b\nCOPY . /s\nRUN cd /s && go build -o /m .\nFROM y\nCOPY --from=b /m /m\n"
    assert claimed(judged(tmp_path, building, git=True))[entry] == "git-ignored"


def test_only_what_broad_reads_take(tmp_path: Path) -> None:
    write(tmp_path, "data/a", "data/b")
    tracked(tmp_path, ignore="/data\n")
    found = judged(tmp_path, PLAIN + "COPY data/a /x\n", git=True)
    assert [entry for entry in claimed(found) if entry.startswith("data")] == ["data/b"]


def test_maximum_number_of_parts(tmp_path: Path) -> None:
    write(tmp_path, *(f"data/{number}" for number in range(300)))
    tracked(tmp_path, ignore="/data\n")
    found = judged(tmp_path, PLAIN + "RUN cat data/7\n", git=True)
    assert not [entry for entry in claimed(found) if entry.startswith("data")]


def test_what_is_in_a_directory_of_which_a_tool_makes_pages(tmp_path: Path) -> None:
    write(tmp_path, "guide/book.toml", "guide/drafts.zip", "guide/src/a.md")
    dockerfile = (
        "FROM x AS a\nWORKDIR /app\nCOPY . .\nRUN mdbook build guide -d /out\nFROM nginx\nCOPY --from=a /out /usr\n"
    )
    text(tmp_path, "Dockerfile", dockerfile)
    tracked(tmp_path, ignore="*.zip\n")
    found = claimed(judged(tmp_path, dockerfile, git=True))
    assert "guide/drafts.zip" in found
    assert not {"guide", "guide/src", "guide/src/a.md"} & found.keys()
