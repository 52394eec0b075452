import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.catalogue.secret_texts import SecretKind
from ctxopt.core.context.tree import Totals
from ctxopt.errors import CtxoptError
from ctxopt.findings import secret_texts
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Confidence, Finding, Severity
from ctxopt.findings.rules import secret_in_text
from ctxopt.findings.rules.secret_in_text import RULE
from ctxopt.findings.secret_texts import Places, SecretText, secrets_in
from ctxopt.findings.settings import Settings
from tests.findings.support import built
from tests.support.steps import lines_run
from tests.support.systems import not_as_root

# Joined here, so that secret scanners do not report this file.
_AWS = "AKIA" + "Q3EGRT5XKNY7ZPLM"
_GITHUB = "ghp_" + "aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5"
_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\n" + "MIIEpAIBAAKCAQEAq3Zx9fT7hJ2kL5mN8pQrS1tU4vW7xY0z" * 2
_ALL = "FROM alpine:3\nWORKDIR /app\nCOPY . .\n"


def _secrets(text: str, part: int = 1 << 20) -> list[SecretText]:
    """The secrets in a text that comes in parts of a length."""
    return list(secrets_in((text[at : at + part] for at in range(0, len(text), part)), Places(500_000)))


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
    assert [(one.what, one.line) for one in _secrets(f"a\nb\n{text}\n")] == [(what, 3)]


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
    assert _secrets(text) == []


def test_a_comment_that_allows_a_secret_is_for_others_to_judge(tmp_path: Path) -> None:
    allowed = f"key = '{_AWS}'  # pragma: allowlist secret"
    assert [(one.line, one.allowed) for one in _secrets(f"a\n{allowed}\n")] == [(2, True)]
    found = _found(tmp_path, _ALL, {"a.py": f"{allowed}\nkey = '{_AWS}'\n{allowed}\n"})
    assert [(finding.line, finding.allowed_in) for finding in found] == [(1, (1, 3)), (2, ())]


@pytest.mark.parametrize("path", ["tests/a.py", "src/fixtures/a.json", "node_modules/a/b.js"])
def test_files_for_tests_and_of_packages(tmp_path: Path, path: str) -> None:
    assert _found(tmp_path, _ALL, {path: _AWS}) == []


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff\xfe\0\0", b"\xff"])
def test_bytes_before_a_text_do_not_hide_it(mark: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(mark + f"\nx = '{_AWS}'\n".encode())
    assert [(one.file, one.line) for one in _found(tmp_path, _ALL, {})] == [("a.py", 2)]


@pytest.mark.parametrize("width", [4, 10, 32, 40, 64])
@pytest.mark.parametrize("between", ["\n", "\n" * 350, " " * 350 + "\n", "\n" * 5_000, '\\n" +\n  "'])
def test_a_key_is_found_however_it_is_laid_out(width: int, between: str) -> None:
    body = ("MIIEpAIBAAKCAQEAq3Zx9fT7hJ2kL5mN8pQrS1tU4vW7xY0z" * 10)[: 6 * max(width, 10) // width * width]
    lines = [body[at : at + width] for at in range(0, len(body), width)]
    key = "-----BEGIN RSA " + f"PRIVATE KEY-----{between}" + "\n".join(lines)
    assert [(one.what, one.line) for one in _secrets(key + "\n")] == [("a private key", 1)]


_BODY = "MIIEpAIBAAKCAQEAq3Zx9fT7hJ2kL5mN8pQrS1tU4vW7xY0z" * 10


@pytest.mark.parametrize(
    "key",
    [
        "\r\nComment: my-key\r\n\r\n" + _BODY[:64] + "\r\n" + _BODY[64:128],
        "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B2C\n\n" + _BODY[:64],
        '\\n" +\n' + "\n".join(f'"{_BODY[at : at + 36]}\\n" +' for at in range(0, 324, 36)),
        '\\n"\n' + "\n".join(f'k += "{_BODY[at : at + 20]}\\n"' for at in range(0, 320, 20)),
        '",\n' + "\n".join(f'line{at} => "{_BODY[at : at + 32]}",' for at in range(0, 320, 32)),
    ],
    ids=["comment", "headers", "strings", "assignments", "lines by name"],
)
def test_a_key_is_found_in_headers_and_in_programs(key: str) -> None:
    assert [(one.what, one.line) for one in _secrets(f"-----BEGIN RSA PRIVATE KEY-----{key}\n")] == [
        ("a private key", 1)
    ]


_AWS_SECRET = "wJalrXUtnFEMI7MDENGbPxRfi" + "CYzzAbCdEfGh12a"


@pytest.mark.parametrize(
    "text",
    [
        f"aws_secret_access_key = {_AWS_SECRET}",
        f"export AWS_SECRET_ACCESS_KEY={_AWS_SECRET}",
        f"secret_access_key: {_AWS_SECRET}",
        f'{{"secretAccessKey": "{_AWS_SECRET}"}}',
        f"spring.cloud.aws.credentials.secret-key={_AWS_SECRET}",
    ],
)
def test_the_secret_key_of_aws_needs_no_quotes(text: str) -> None:
    assert [(one.what, one.line) for one in _secrets(f"a\n{text}\n")] == [("an AWS key", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "aws_secret_access_key = da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "aws_secret_access_key = ${AWS_SECRET_ACCESS_KEY}",
        f"aws_secret_access_key = {_AWS_SECRET}{_AWS_SECRET}",
        f"aws s3 cp s3://bucket/{_AWS_SECRET} .",
    ],
)
def test_what_is_no_secret_key_of_aws(text: str) -> None:
    assert _secrets(f"a\n{text}\n") == []


@pytest.mark.parametrize(
    "following",
    [
        "\n",
        " must be followed by the body of the key, which is encoded in base64, in lines of at most 64 characters",
        '" in text:\n    return parse(text, encoding="ascii", password=None)',
        "\n...\n-----END RSA " + f"PRIVATE KEY-----\n{_BODY[:300]}",
        "\\nREDACTED\\n-----END RSA " + f"PRIVATE KEY-----{_BODY[:300]}",
        "' in text:\n" + "".join(f"    sha256OfBuild{'N' * at}Number1()\n" for at in range(12)),
    ],
)
def test_the_header_of_a_key_alone_is_no_secret(following: str) -> None:
    assert _secrets("if '-----BEGIN RSA " + f"PRIVATE KEY-----{following}") == []


@pytest.mark.parametrize(("name", "told"), [("a.json", True), ("a.py", True), ("a.png", False), ("A.ONNX", False)])
def test_what_git_lfs_did_not_download_is_not_searched(name: str, told: bool, tmp_path: Path) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 1000\n"
    assert [one.incomplete for one in _found(tmp_path, _ALL, {name: pointer})] == [True] * told


def test_one_of_the_tests_that_is_copied_by_its_name(tmp_path: Path) -> None:
    files = {"tests/a.py": _AWS, "tests/b.py": _AWS}
    assert [one.file for one in _found(tmp_path, "FROM alpine:3\nCOPY ./tests/a.py /app/\n", files)] == ["tests/a.py"]


def test_only_what_is_copied_is_read(tmp_path: Path) -> None:
    text = "FROM alpine:3\nCOPY src /src\nRUN --mount=type=bind,target=/x make\n"
    assert _found(tmp_path, text, {"a.py": _AWS, "src/b.py": "b"}) == []
    (tmp_path / "outside.py").write_text(_AWS)
    (tmp_path / "src" / "link.py").symlink_to("../outside.py")
    assert _found(tmp_path, text, {}) == []


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    assert _found(tmp_path, _ALL, {"a.bin": "\0\1\2" * 20 + _AWS}) == []


def test_a_text_with_a_stray_nul_is_one(tmp_path: Path) -> None:
    assert [one.line for one in _found(tmp_path, _ALL, {"a.js": f"// \0\nx = '{_AWS}'; // nothing else\n"})] == [2]


def test_a_secret_by_name_is_one_finding(tmp_path: Path) -> None:
    assert _found(tmp_path, _ALL, {"key.pem": _KEY}) == []


@pytest.mark.parametrize("part", [1, 7, 450, 1000])
def test_a_text_in_parts_has_the_same_secrets(part: int) -> None:
    words = ("a" * 300, _AWS, "\n", f"x = {_GITHUB}", "\n", _KEY, " ", "postgres://app:hunter22@db.corp.io/x")
    texts = ["".join(random.Random(seed).choices(words, k=40)) for seed in range(10)]
    assert any(map(_secrets, texts))
    assert [set(_secrets(text, part)) for text in texts] == [set(_secrets(text)) for text in texts]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig", "utf-16-le", "utf-16-be"])
def test_a_secret_is_found_however_large_the_file_is(encoding: str, tmp_path: Path) -> None:
    padding = "# nothing here://\n" * 200_000
    (tmp_path / "a.py").write_bytes(f"{padding}x = '{_AWS}'\n".encode(encoding))
    assert [(one.file, one.line, one.severity) for one in _found(tmp_path, _ALL, {})] == [
        ("a.py", 200_001, Severity.ERROR)
    ]


def test_a_secret_is_found_among_any_number_of_files(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(_ALL)
    (tmp_path / "0.py").write_text("a")
    for number in range(1, 20_001):
        (tmp_path / f"{number}.py").hardlink_to(tmp_path / "0.py")
    (tmp_path / "zz.py").write_text(_AWS)
    context = RuleContext(BuildContext(str(tmp_path)), Settings(scan_secrets=True))
    assert [one.file for one in RULE.check(context)] == ["zz.py"]


def test_a_secret_is_found_after_any_number_of_placeholders(tmp_path: Path) -> None:
    text = "AKIA" + "IOSFODNN7EXAMPLE\n"
    assert [one.line for one in _found(tmp_path, _ALL, {"a.py": text * 600 + _AWS})] == [601]


@pytest.mark.parametrize(("limit", "value"), [("_BYTES", 120), ("_PLACES", 3)])
def test_what_is_not_searched_is_said(limit: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_in_text, limit, value)
    *_, found, left = _found(tmp_path, _ALL, {"a.py": _AWS, "b.py": "AKIA" * 26, "c.py": "AKIA" * 5})
    assert found.file == "a.py"
    assert (left.file, left.line, left.severity, left.incomplete) == ("Dockerfile", None, Severity.INFO, True)
    assert left.message == "2 files not searched for secrets: unreadable, not downloaded, or too much text"
    assert left.evidence == ("not searched: b.py: 104 B", "not searched: c.py: 20 B")


def test_what_is_no_text_is_not_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secret_in_text, "_BYTES", 60)
    assert [one.file for one in _found(tmp_path, _ALL, {"a.bin": "\0" * 1000, "b.py": _AWS})] == ["b.py"]


@not_as_root
def test_what_cannot_be_read_is_not_searched(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(_AWS)
    (tmp_path / "a.py").chmod(0)
    (left,) = _found(tmp_path, _ALL, {})
    assert left.evidence == (f"not searched: a.py: {len(_AWS)} B",)


def test_more_than_can_be_shown_is_summed_up(tmp_path: Path) -> None:
    files = {f"{number:02}.py": _AWS for number in range(60)}
    found = _found(tmp_path, _ALL, files)
    assert [one.file for one in found] == [f"{number:02}.py" for number in range(50)]
    assert (found[-1].severity, found[-1].message) == (Severity.ERROR, "11 more secrets found; the first is here")
    assert found[-1].evidence[0] == "secret in 49.py"
    assert found[-1].evidence[-1] == "secrets in 6 more files"


@pytest.mark.parametrize(
    "piece", ["//", "://a:", "//:_authToken=npm_", "aws'", "xox" + "b-1-", "PRIVATE KEY-----", "SG."]
)
def test_a_text_made_to_keep_it_busy(monkeypatch: pytest.MonkeyPatch, piece: str) -> None:
    """A plugin only gets short pieces, at most one for each word, and as few as it is told."""
    pieces: list[str] = []
    plugin = secret_texts._plugin

    def counted(kind: SecretKind) -> Callable[[str], Iterable[str]]:
        def find(text: str) -> Iterable[str]:
            pieces.append(text)
            return plugin(kind)(text)

        return find

    monkeypatch.setattr(secret_texts, "_plugin", counted)
    text = piece * (20_000 // len(piece))
    lines_run(lambda: _secrets(text), at_most=30 * len(text) // len(piece) + 50_000)
    assert len(pieces) <= 6 * len(text) // len(piece)
    assert max(map(len, pieces), default=0) <= 500
    places = Places(100)
    pieces.clear()
    list(secrets_in([text], places))
    assert len(pieces) <= 100


def test_what_a_name_only_suggests_is_found_by_its_text(tmp_path: Path) -> None:
    """As a warning alone it would hide an error."""
    (finding,) = _found(tmp_path, _ALL, {"secrets.yml": f"a: {_AWS}\n"})
    assert (finding.severity, finding.file) == (Severity.ERROR, "secrets.yml")
