import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ctxopt.catalogue.secret_texts import SecretKind, secret_kinds
from ctxopt.core.context.tree import Totals
from ctxopt.errors import CtxoptError
from ctxopt.findings import secret_texts
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules import secret_in_text
from ctxopt.findings.rules.secret_in_text import RULE
from ctxopt.findings.secret_texts import secrets_in
from ctxopt.findings.settings import Settings
from tests.findings.support import built
from tests.support.steps import lines_run

# Joined here, so that secret scanners do not report this file.
_AWS = "AKIA" + "Q3EGRT5XKNY7ZPLM"
_GITHUB = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEAq3Zx9fT7hJ2kL5mN8pQrS1tU4vW7xY0z" * 2
_ALL = "FROM alpine:3\nWORKDIR /app\nCOPY . .\n"


def _found(root: Path, dockerfile: str, files: dict[str, str], *, scan: bool = True) -> list[Finding]:
    return built(root, RULE, dockerfile, files, settings=Settings(scan_secrets=scan))


def test_in_the_image(tmp_path: Path) -> None:
    text = f"import os\n\nkey = '{_AWS}'\nother = '{_AWS}'\n"
    (finding,) = _found(tmp_path, _ALL, {"src/conf.py": text})
    assert (finding.file, finding.line, finding.end_line) == ("src/conf.py", 3, 3)
    assert (finding.severity, finding.confidence) == (Severity.ERROR, Confidence.HIGH)
    assert finding.totals == Totals(1, len(text))
    assert finding.message == "contains an AWS key; COPY in line 3 of the Dockerfile copies it into the image"
    assert finding.evidence == ("also in line 4",)
    assert _AWS not in repr(finding)


def test_in_a_stage(tmp_path: Path) -> None:
    text = "FROM alpine:3 AS a\nCOPY . /src\nFROM alpine:3\nCOPY --from=a /src/x /x\n"
    (finding,) = _found(tmp_path, text, {"a.py": _GITHUB})
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("line 2 of the Dockerfile copies it into stage a")


def test_only_if_it_is_asked_for(tmp_path: Path) -> None:
    assert _found(tmp_path, _ALL, {"a.py": _AWS}, scan=False) == []


def test_without_the_library_it_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret_texts._plugin.cache_clear()
    monkeypatch.setitem(sys.modules, "detect_secrets.plugins.aws", None)
    with pytest.raises(CtxoptError, match="detect-secrets, which finds secrets in files, is not installed"):
        _found(tmp_path, _ALL, {"a.py": _AWS})
    secret_texts._plugin.cache_clear()


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"x = '{_AWS}'", "an AWS key"),
        (f"TOKEN: {_GITHUB}", "a GitHub token"),
        (_KEY, "a private key"),
        (_KEY.replace("\n", "\\n"), "a private key"),
        ("url = 'postgres://app:hunter22@db.corp.io/x'", "a URL with a password"),
        ("sk_" + "live_" + "a1B2c3D4e5F6g7H8i9J0k1L2", "a Stripe key"),
        ("//registry.npmjs.org/:_authToken=" + "npm_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8", "an npm token"),
    ],
)
def test_kinds_of_secrets(text: str, what: str) -> None:
    assert [(one.what, one.line) for one in secrets_in(f"a\nb\n{text}\n")] == [(what, 3)]


@pytest.mark.parametrize(
    "text",
    [
        "key = 'AKIA" + "IOSFODNN7EXAMPLE'",
        "if '-----BEGIN RSA " + "PRIVATE KEY-----' in text:\n    return 1",
        "url = 'postgres://user:password@db.corp.io/x'",
        "url = 'postgres://app:hunter22@localhost/x'",
        "url = 'postgres://app:hunter22@db/x'",
        "url = 'postgres://app:${PASSWORD}@db.corp.io/x'",
        "//registry.npmjs.org/:_authToken=${NPM_TOKEN}",
        "https://example.com/a:b@c",
        "nothing at all",
    ],
)
def test_placeholders_and_the_like_are_no_secrets(text: str) -> None:
    assert list(secrets_in(text)) == []


def test_a_comment_that_allows_a_secret_is_for_others_to_judge(tmp_path: Path) -> None:
    allowed = f"key = '{_AWS}'  # pragma: allowlist secret"
    assert [(one.line, one.allowed) for one in secrets_in(f"a\n{allowed}\n")] == [(2, True)]
    found = _found(tmp_path, _ALL, {"a.py": f"{allowed}\nkey = '{_AWS}'\n{allowed}\n"})
    assert [(finding.line, finding.allowed_in) for finding in found] == [(1, (1, 3)), (2, ())]


@pytest.mark.parametrize("path", ["tests/a.py", "src/fixtures/a.json", "node_modules/a/b.js"])
def test_files_for_tests_and_of_packages(tmp_path: Path, path: str) -> None:
    assert _found(tmp_path, _ALL, {path: _AWS}) == []


def test_only_what_is_copied_is_read(tmp_path: Path) -> None:
    text = "FROM alpine:3\nCOPY src /src\nRUN --mount=type=bind,target=/x make\n"
    assert _found(tmp_path, text, {"a.py": _AWS, "src/b.py": "b"}) == []
    (tmp_path / "outside.py").write_text(_AWS)
    (tmp_path / "src" / "link.py").symlink_to("../outside.py")
    assert _found(tmp_path, text, {}) == []


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    assert _found(tmp_path, _ALL, {"a.bin": f"\0{_AWS}"}) == []


def test_a_secret_by_name_is_one_finding(tmp_path: Path) -> None:
    assert _found(tmp_path, _ALL, {"key.pem": _KEY}) == []


def test_exceeded_limits_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_in_text, "LARGEST", 100)
    monkeypatch.setattr(secret_in_text, "_TOLD", 1)
    files = {"a.py": _AWS, "b.py": _AWS, "c.py": "c" * 101}
    *_, found, left = _found(tmp_path, _ALL, files)
    assert found.file == "a.py"
    assert (left.file, left.line, left.severity) == ("Dockerfile", None, Severity.NOTE)
    assert left.message == "1 file not searched: too large or too many; 1 more secret found"
    assert left.evidence == ("not searched: c.py: 101 B", "secret in b.py")


@pytest.mark.parametrize(
    "piece", ["//", "://a:", "//:_authToken=npm_", "aws'", "xox" + "b-1-", "PRIVATE KEY-----", "SG."]
)
def test_a_text_made_to_keep_it_busy(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    """A plugin only gets short pieces, and few of them, however long the text is."""
    pieces: list[str] = []
    plugin = secret_texts._plugin

    def counted(kind: SecretKind) -> Callable[[str], Iterable[str]]:
        def find(text: str) -> Iterable[str]:
            pieces.append(text)
            return plugin(kind)(text)

        return find

    monkeypatch.setattr(secret_texts, "_plugin", counted)
    text = piece * (1_000_000 // len(piece))
    words = sum(word in text for kind in secret_kinds() for word in kind.words)
    lines_run(lambda: list(secrets_in(text)), at_most=50_000)
    assert len(pieces) == 500 * words
    assert max(map(len, pieces), default=0) <= 500
