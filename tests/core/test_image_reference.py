import pytest

from ctxopt.core.image_reference import Reference, reference

_DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("name", "repository", "tag", "digest", "familiar"),
    [
        ("node", "docker.io/library/node", "", "", "node"),
        ("node:22-slim", "docker.io/library/node", "22-slim", "", "node"),
        ("docker.io/node", "docker.io/library/node", "", "", "node"),
        ("index.docker.io/library/node:1", "docker.io/library/node", "1", "", "node"),
        (f"node@{_DIGEST}", "docker.io/library/node", "", _DIGEST, "node"),
        (f"node:22@{_DIGEST}", "docker.io/library/node", "22", _DIGEST, "node"),
        ("grafana/grafana", "docker.io/grafana/grafana", "", "", "grafana/grafana"),
        ("host:5000/img", "host:5000/img", "", "", "host:5000/img"),
        ("host:5000/a/img:1", "host:5000/a/img", "1", "", "host:5000/a/img"),
        ("localhost/img", "localhost/img", "", "", "localhost/img"),
        ("ghcr.io/a/b:x", "ghcr.io/a/b", "x", "", "ghcr.io/a/b"),
        ("public.ecr.aws/docker/library/node:1", "public.ecr.aws/docker/library/node", "1", "", "node"),
    ],
)
def test_parts(name: str, repository: str, tag: str, digest: str, familiar: str) -> None:
    found = reference(name)
    assert found == Reference(repository, tag, digest)
    assert found.familiar == familiar
    assert reference(found.whole) == found


def test_official() -> None:
    assert reference("node").official
    assert reference("mirror.gcr.io/library/node").official
    assert not reference("a/node").official
    assert not reference("localhost:5000/node").official
