"""The name of an image, taken apart as distribution/reference does."""

from ctxopt.core.lazy_dataclass import dataclass

_HUB = "docker.io"
#: Registries that hold copies of Docker's official images.
_MIRRORS = ("mirror.gcr.io/library/", "public.ecr.aws/docker/library/")


@dataclass(frozen=True, slots=True)
class Reference:
    """A valid image name: the repository such as "docker.io/library/node", and the tag and the digest, or ""."""

    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def familiar(self) -> str:
        """The repository as people write it: "node", "grafana/grafana", "ghcr.io/a/b"."""
        for start in (f"{_HUB}/library/", *_MIRRORS, f"{_HUB}/"):
            if self.repository.startswith(start):
                return self.repository[len(start) :]
        return self.repository

    @property
    def official(self) -> bool:
        """Whether it stands where Docker's official images do, which a name without a slash always does."""
        return self.repository.startswith((f"{_HUB}/library/", *_MIRRORS))

    @property
    def whole(self) -> str:
        """The name with its registry, tag and digest."""
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}@{self.digest}" if self.digest else self.repository + tag


def reference(name: str) -> Reference:
    """Take a valid image name apart."""
    rest, _, digest = name.partition("@")
    head, slash, last = rest.rpartition("/")
    last, _, tag = last.partition(":")
    rest = head + slash + last
    host, slash, path = rest.partition("/")
    if not slash or not (set(host) & set(".:") or host == "localhost" or host != host.lower()):
        host, path = _HUB, rest
    elif host == "index.docker.io":
        host = _HUB
    if host == _HUB and "/" not in path:
        path = f"library/{path}"
    return Reference(f"{host}/{path}", tag, digest)
