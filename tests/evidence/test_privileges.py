from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.evidence.privileges import runs_with_more
from tests.support.steps import assert_linear

_GPU = "      resources:\n        reservations:\n          devices:\n            - driver: nvidia\n"
_SOCKET = "    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock\n"


def _build(root: Path, files: Mapping[str, str], dockerfile: str = "Dockerfile") -> BuildContext:
    (root / ".git").mkdir()
    for name, text in {dockerfile: "FROM scratch\n", **files}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return BuildContext(str(root / dockerfile.rpartition("/")[0]))


_MODULE = {"go.mod": "module github.com/acme/watcher/v2\n\ngo 1.24\n", "package.json": '{"name": "watcher"}\n'}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", f"services:\n  a:\n    build: .\n{_SOCKET}"),
        ("compose.yaml", f"services:\n  a:\n    build:\n      context: .\n{_SOCKET}  b:\n    image: nginx\n"),
        ("deploy/compose.yaml", "services:\n  a:\n    build:\n      context: ..\n    cap_add:\n      - NET_ADMIN\n"),
        ("compose.yaml", "services:\n  a:\n    build: .\n    devices:\n      - /dev/ttyUSB0\n"),
        ("deploy/stack.yml", "services:\n  a:\n    image: ghcr.io/acme/watcher:1\n    privileged: true\n"),
        ("compose.yml.sample", 'services:\n    a:\n        image: acme/watcher\n        user: "${U:-1000}"\n'),
        ("README.md", "    docker run -v /var/run/docker.sock:/var/run/docker.sock acme/watcher\n"),
        ("run.sh", "docker run --rm \\\n  --privileged \\\n  acme/watcher:1\n"),
        ("run.sh", "docker run -u 1000:1000 acme/watcher:1\n"),
        (
            "k8s/pod.yaml",
            "spec:\n  containers:\n  - image: acme/watcher:1\n    securityContext:\n      runAsUser: 1000\n",
        ),
        ("k8s/pod.yaml", "spec:\n  hostNetwork: true\n  containers:\n  - image: acme/watcher:1\n"),
        ("README.md", "    docker run -p 80:80 acme/watcher\n"),
        ("compose.yaml", "services:\n  a:\n    build: .\n    ports:\n      - 8080:80\n"),
        ("compose.yaml", "services:\n  a:\n    build: .\n    environment:\n      - PORT=80\n"),
        ("k8s/pod.yaml", "image: acme/watcher:1\nports:\n- containerPort: 80\n"),
        ("k8s/pod.yaml", "image: acme/watcher:1\nenv:\n- name: PORT\n  value: '80'\n"),
        ("config.json", '{"interface": {"types": ["docker.logdriver/1.0"], "socket": "a.sock"}}\n'),
    ],
)
def test_what_only_root_may_use(tmp_path: Path, name: str, text: str) -> None:
    assert runs_with_more(_build(tmp_path, {**_MODULE, name: text}))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("compose.yaml", f"services:\n  a:\n    build: .\n  b:\n    image: traefik\n{_SOCKET}"),
        ("compose.yaml", f"services:\n  a:\n    build: other\n{_SOCKET}"),
        ("compose.yaml", f"services:\n  a:\n    image: watcher/agent\n{_SOCKET}"),
        ("compose.yaml", "services:\n  a:\n    build: .\n    user: root\n"),
        ("compose.yaml", f"services:\n  a:\n    build: .\n    deploy:\n{_GPU}"),
        ("README.md", "    docker run -v /var/run/docker.sock:/var/run/docker.sock portainer/portainer\n"),
        ("README.md", "    docker run -p 80:8080 acme/watcher\n"),
        (
            "compose.yaml",
            "services:\n  a:\n    build: .\n    ports:\n      - '80:8080'\n    environment:\n      PORT: 8080\n",
        ),
        ("k8s/pod.yaml", "image: acme/watcher:1\nports:\n- containerPort: 8080\nenv:\n- name: PORT\n  value: '8080'\n"),
        ("k8s/pod.yaml", "image: acme/watcher:1\n---\nimage: acme/other\nsecurityContext:\n  privileged: true\n"),
        ("k8s/pod.yaml", "image: acme/watcher:1\nsecurityContext:\n  runAsUser: 0\n"),
        ("config.json", '{"interface": "eth0"}\n'),
    ],
)
def test_near_misses(tmp_path: Path, name: str, text: str) -> None:
    assert not runs_with_more(_build(tmp_path, {**_MODULE, name: text}))


def test_an_image_of_several_is_meant_by_its_name(tmp_path: Path) -> None:
    readme = {"README.md": "docker run --privileged acme/agent\n", "server/Dockerfile": "FROM scratch\n"}
    assert runs_with_more(_build(tmp_path, readme, "agent/Dockerfile"))
    assert not runs_with_more(BuildContext(str(tmp_path / "server")))


def test_the_texts_are_told_once_for_all_builds(tmp_path: Path) -> None:
    def asked(number: int) -> Callable[[], object]:
        root = tmp_path / str(number)
        root.mkdir()
        services = "".join(f"  s{i}:\n    build: ./d{i}\n{_SOCKET}  t{i}:\n    image: x{i}\n" for i in range(number))
        (root / "compose.yaml").write_text(f"services:\n{services}")
        builds = [_build_in(root / f"d{i}") for i in range(number)]
        return lambda: [runs_with_more(build) for build in builds]

    assert_linear(asked, 20, 40)


def _build_in(directory: Path) -> BuildContext:
    directory.mkdir()
    (directory / "Dockerfile").write_text("FROM scratch\n")
    build = BuildContext(str(directory))
    build.usage  # noqa: B018 - worked out before the work is counted
    return build
