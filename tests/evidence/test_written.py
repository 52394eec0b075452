"""What programs write where it is not there: it is not needed because a text names its path."""

from pathlib import Path

import pytest

from tests.evidence.support import claimed, judged, text, tracked, write

INSTALLS = "FROM x\nWORKDIR /app\nCOPY . .\nRUN pip install -r requirements.txt\nCMD ./run\n"


def is_claimed(root: Path, path: str, *, ignored: bool = True) -> bool:
    """Whether an entry can be excluded that git ignores, or tracks."""
    write(root, "requirements.txt", f"{path}/x" if "." not in path else path)
    text(root, "Dockerfile", INSTALLS)
    tracked(root, ignore=f"/{path}\n" if ignored else "")
    return any(f"{path}/".startswith(f"{entry}/") for entry in claimed(judged(root, INSTALLS, git=True)))


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("media", 'MEDIA_ROOT = BASE_DIR / "media"'),
        ("uploads", 'app.config["UPLOAD_FOLDER"] = "uploads"'),
        ("web/pages", 'args = ["--outdir=web/pages"]'),
        ("web/pages", 'args = ["--outdir", "web/pages"]'),
        ("db.sqlite3", 'DATABASES = {"default": {"NAME": BASE_DIR / "db.sqlite3"}}'),
        ("var/app.log", 'LOG_FILE = "var/app.log"'),
    ],
)
def test_what_is_written(tmp_path: Path, path: str, program: str) -> None:
    text(tmp_path, "settings.py", program)
    assert is_claimed(tmp_path, path)


@pytest.mark.parametrize(
    ("path", "program"),
    [
        ("media", 'for name in os.listdir("media"):'),
        ("words.db", 'sqlite3.connect("words.db")'),
        ("web/pages", 'args = ["--source=web/pages"]'),
    ],
)
def test_what_may_be_read(tmp_path: Path, path: str, program: str) -> None:
    text(tmp_path, "settings.py", program)
    assert not is_claimed(tmp_path, path)


def test_what_git_tracks_is_there_to_be_read(tmp_path: Path) -> None:
    text(tmp_path, "settings.py", 'MEDIA_ROOT = BASE_DIR / "docs"')
    assert not is_claimed(tmp_path, "docs", ignored=False)


def test_a_pointer_to_data_that_is_elsewhere(tmp_path: Path) -> None:
    text(tmp_path, "data/raw.dvc", "outs:\n- path: raw\n")
    assert is_claimed(tmp_path, "data/raw")


def test_an_expression_names_no_hidden_files(tmp_path: Path) -> None:
    text(tmp_path, "x.gemspec", "text = File.read('README.md')[/^[^#].*/]\n")
    assert is_claimed(tmp_path, ".yardoc")


def test_a_function_in_a_manifest(tmp_path: Path) -> None:
    text(tmp_path, "mix.exs", "  deps: deps()\n  defp deps do\n")
    assert is_claimed(tmp_path, "deps")
