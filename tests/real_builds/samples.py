"""The builds of the sample projects."""

from sample_projects.make_junk import JUNK

_DOCKERFILES = {"go-monorepo": ("build/api.Dockerfile", "build/worker.Dockerfile")}

#: Each sample with each of its Dockerfiles; None is the default one.
SAMPLES: list[tuple[str, str | None]] = [
    (name, dockerfile) for name in sorted(JUNK) for dockerfile in _DOCKERFILES.get(name, (None,))
]
