"""A `pip install` that leaves what it downloaded in the image."""

from collections.abc import Iterator

from ctxopt.findings import caches
from ctxopt.findings.caches import Cache
from ctxopt.findings.context import RuleContext
from ctxopt.findings.model import Finding
from ctxopt.findings.rule import Rule
from ctxopt.image.commands import Run

_PIPS = ("pip", "pip2", "pip3", "pip3.*", "python -m pip", "python2 -m pip", "python3 -m pip", "python3.* -m pip")
_CACHE = Cache(
    ("pip",),
    tuple(f"{pip} install" for pip in _PIPS),
    ("--no-cache-dir", "--no-index"),
    ("PIP_NO_CACHE", "PIP_CACHE_DIR", "global.no-cache-dir", "pip.conf"),
    tuple(f"{pip} cache purge" for pip in _PIPS),
    (".cache", "/pip"),
)


def check(context: RuleContext) -> Iterator[Finding]:
    """Find installations in the exported image that keep what they download."""
    for found in caches.kept(context, _CACHE, _downloads):
        yield caches.finding(
            context.build,
            found,
            RULE.id,
            "pip keeps the packages that it downloads in this layer",
            "write pip install --no-cache-dir, or RUN --mount=type=cache,target=/root/.cache/pip",
        )


RULE = Rule(
    id="CTX210",
    name="size-pip-cache",
    title="Downloads of pip that stay in the image",
    help=(
        "pip keeps every package that it downloads or builds in `~/.cache/pip`. Use `--no-cache-dir`, or mount a cache "
        "with `RUN --mount=type=cache,target=/root/.cache/pip`."
    ),
    check=check,
)


def _downloads(run: Run) -> bool:
    """Whether something is installed that is no file, so that it is downloaded."""
    wanted = caches.words_after_first(run, ("install",))
    return not wanted or not all(word.endswith(".whl") for word in wanted)
