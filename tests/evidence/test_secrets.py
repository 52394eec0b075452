"""Files that hold secrets, by their names."""

from pathlib import Path

import pytest

from tests.evidence.support import claim_of, claimed, judged, text, tracked, why_kept, write

PLAIN = "FROM x\nWORKDIR /app\nCOPY . .\n"


def test_names(tmp_path: Path) -> None:
    secrets = [".env", "a/.env.production", "ssh/id_ed25519", ".aws", "x.p12", ".docker/config.json", "prod.tfstate"]
    others = [".env.example", "a/.env.sample", "ssh/id_ed25519.pub", "config.json", "env.py", "x.pem"]
    write(tmp_path, *(name for name in secrets if name != ".aws"), ".aws/credentials", *others)
    text(tmp_path, "key.pem", "-----BEGIN RSA PRIVATE KEY-----\n")
    text(tmp_path, "ssh/id_ed25519", "-----BEGIN OPENSSH PRIVATE KEY-----\n")
    text(tmp_path, ".docker/config.json", '{"auths": {"r": {"auth": "eA=="}}}')
    found = claimed(judged(tmp_path, PLAIN))
    assert {entry for entry, key in found.items() if key == "secret"} == {*secrets, "key.pem"}


def test_the_warning(tmp_path: Path) -> None:
    write(tmp_path, ".env", "web/.env")
    claim = claim_of(judged(tmp_path, PLAIN), ".env")
    assert claim.entries == (".env", "web/.env")
    assert claim.patterns == ("**/.env",)
    assert claim.reason.warning.startswith("likely contains secrets")


def test_a_general_pattern_beside_templates(tmp_path: Path) -> None:
    write(tmp_path, ".env.local", ".env.example")
    claim = claim_of(judged(tmp_path, PLAIN), ".env.local")
    assert (claim.entries, claim.patterns) == ((".env.local",), ("**/.env.*",))


def test_what_git_tracks_is_warned_of(tmp_path: Path) -> None:
    write(tmp_path, ".env", "sub/.netrc")
    text(tmp_path, "sub/.netrc", "machine x login y password z\n")
    tracked(tmp_path)
    found = judged(tmp_path, PLAIN, git=True)
    assert not {".env", "sub/.netrc"} & claimed(found).keys()
    first, second = found.warnings
    assert first.startswith(".env: likely contains secrets")
    assert first.endswith("git tracks it, so it is in every clone")
    assert second.startswith("sub/.netrc: contains passwords for hosts")


def test_a_mention(tmp_path: Path) -> None:
    write(tmp_path, ".env", "web/.env", ".git/x")
    found = judged(tmp_path, PLAIN + "RUN . /app/.env && ./start\n")
    assert ".env" not in claimed(found)
    assert why_kept(found, ".env") == "RUN . /app/.env (Dockerfile:4) names it"


@pytest.mark.parametrize(("content", "key"), [("//r/:_authToken=x\n", "secret"), ("save-exact=true\n", None)])
def test_what_is_in_the_file_decides(tmp_path: Path, content: str, key: str | None) -> None:
    text(tmp_path, ".npmrc", content)
    assert claimed(judged(tmp_path, PLAIN)).get(".npmrc") == key


def test_a_command_that_reads_it(tmp_path: Path) -> None:
    text(tmp_path, ".npmrc", "//r/:_authToken=x\n")
    found = judged(tmp_path, PLAIN + "RUN npm ci\n")
    assert ".npmrc" not in claimed(found)
    assert why_kept(found, ".npmrc").startswith("RUN npm ci (Dockerfile:4) may read it")


def test_no_secret_of_a_specific_source(tmp_path: Path) -> None:
    write(tmp_path, "conf/.env", ".env")
    found = claimed(judged(tmp_path, "FROM x\nCOPY conf /conf\nCOPY . /app\n"))
    assert ".env" in found
    assert "conf/.env" not in found


@pytest.mark.parametrize("command", ["next build", "vite build --mode staging", "react-scripts build"])
def test_settings_that_are_compiled_in(tmp_path: Path, command: str) -> None:
    names = {".env", ".env.production", ".env.local"}
    write(tmp_path, *names, ".env.development.local", "db.env")
    text(tmp_path, "package.json", f'{{"scripts": {{"build": "{command}"}}}}')
    found = judged(tmp_path, PLAIN + "RUN npm run build\n")
    assert not names & claimed(found).keys()
    assert {".env.development.local", "db.env"} <= claimed(found).keys()
    assert "may read it" in why_kept(found, ".env")


def test_that_git_ignores_it_does_not_take_it_from_its_reader(tmp_path: Path) -> None:
    text(tmp_path, ".npmrc", "//r/:_authToken=x\n")
    tracked(tmp_path, ignore=".npmrc\n")
    assert claimed(judged(tmp_path, PLAIN, git=True))[".npmrc"] == "secret"
    assert ".npmrc" not in claimed(judged(tmp_path, PLAIN + "RUN npm ci\n", git=True))


@pytest.mark.parametrize(
    ("command", "needed", "other"),
    [
        ("php artisan config:cache", ".env", "sub/.env"),
        ("cd sub && php artisan optimize", "sub/.env", ".env"),
        ("php sub/artisan migrate", "sub/.env", ".env"),
        ("bin/console cache:clear", ".env", "bin/.env"),
        ("php bin/console cache:warmup", ".env.prod", "sub/.env.prod"),
        ("cd sub && bin/console assets:install", "sub/.env", ".env"),
    ],
)
def test_a_program_reads_what_is_beside_it(tmp_path: Path, command: str, needed: str, other: str) -> None:
    write(tmp_path, "artisan", "sub/artisan", "bin/console", "sub/bin/console")
    text(tmp_path, needed, "DB_PASSWORD=hunter22\n")
    text(tmp_path, other, "DB_PASSWORD=hunter22\n")
    judgement = judged(tmp_path, f"FROM php\nWORKDIR /app\nCOPY . .\nRUN {command}\n")
    assert needed not in claimed(judgement)
    assert claimed(judgement)[other] == "secret"
    assert [path for path, _ in (*judgement.used_secrets, *judgement.doubted_secrets)] == [needed]


@pytest.mark.parametrize(
    ("commands", "claim", "warned"),
    [
        ("RUN terraform init && terraform apply -auto-approve", False, True),
        ("RUN tofu plan", False, True),
        ("RUN terraform validate", True, True),
        ("CMD python a.py", True, False),
    ],
)
def test_variables_of_terraform(tmp_path: Path, commands: str, claim: bool, warned: bool) -> None:
    text(tmp_path, "terraform.tfvars", 'db_password = "hunter22hunter"\n')
    judgement = judged(tmp_path, f"FROM x\nWORKDIR /app\nCOPY . .\n{commands}\n")
    assert ("terraform.tfvars" in claimed(judgement)) is claim
    assert bool(judgement.used_secrets or judgement.doubted_secrets) is warned
