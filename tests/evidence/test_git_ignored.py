"""What git ignores and does not track: another clone of the project is built without it."""

from pathlib import Path

from tests.evidence.support import claim_of, claimed, judged, tracked, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


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
    assert why_kept(found, "data/a") == "RUN cp data/a /x (Dockerfile:5) names it"


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
