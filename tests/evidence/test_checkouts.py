"""Builds that workflows make from a fresh checkout: they do without what git ignores."""

from pathlib import Path

import pytest

from ctxopt import BuildContext
from ctxopt.evidence.checkouts import checkouts
from ctxopt.evidence.model import BuildRead
from tests.support.files import write

_CHECKOUT = "      - uses: actions/checkout@v4\n"
_BUILD = "      - uses: docker/build-push-action@v6\n        with: { context: . }\n"
_GIT = "      - uses: docker/build-push-action@v6\n"
_MAKES = "      - run: npm run build\n"
_DOCKERFILE = "FROM a AS dev\nCOPY . .\nFROM b AS prod\nCOPY . .\n"


def _asked(root: Path, *jobs: str, dockerfile: str = _DOCKERFILE, head: str = "") -> list[str]:
    """What is known of each read of a Dockerfile, where a workflow has these jobs, by their steps."""
    text = "on: push\njobs:\n" + "".join(f"  j{n}:\n{head}    steps:\n{steps}" for n, steps in enumerate(jobs))
    write(root, {".git/HEAD": "x", ".github/workflows/ci.yml": text, "Dockerfile": dockerfile, "a": "x"})
    contexts = [BuildContext(str(root), target=target) for target in ("dev", "prod")]
    ask = checkouts(contexts)
    return [ask(BuildRead(context.plan, context.plan.reads[0])) for context in contexts]


@pytest.mark.parametrize(
    "steps",
    [
        _CHECKOUT + _BUILD,
        _GIT,
        _MAKES + _GIT,
        _CHECKOUT + "      - uses: docker/setup-buildx-action@v3\n" + _BUILD,
        _CHECKOUT + "      - run: |\n          echo x >> $GITHUB_ENV\n          docker login -u x\n" + _BUILD,
        _CHECKOUT + "      - uses: actions/cache@v4\n        with: { path: /tmp/x }\n" + _BUILD,
        _CHECKOUT + "      - run: docker buildx build -t ${{ github.sha }} --push .\n",
        _CHECKOUT + "      - run: cd /x && docker build --target=prod -f ./Dockerfile .\n",
    ],
)
def test_a_build_from_a_checkout(tmp_path: Path, steps: str) -> None:
    dev, prod = _asked(tmp_path, steps)
    assert dev == ""
    assert prod.startswith(".github/workflows/ci.yml:")


@pytest.mark.parametrize(
    "steps",
    [
        _CHECKOUT + _MAKES + _BUILD,
        _BUILD,
        _CHECKOUT + "      - uses: actions/download-artifact@v4\n" + _BUILD,
        _CHECKOUT + "      - uses: actions/cache@v4\n        with: { path: node_modules }\n" + _BUILD,
        _CHECKOUT + "      - uses: actions/checkout@v4\n        with: { path: lib }\n" + _BUILD,
        _CHECKOUT + "      - run: cat x > config.json\n" + _BUILD,
        _CHECKOUT + "      - run: if\n" + _BUILD,
        _CHECKOUT + "      - run: docker build $OTHER\n",
        _CHECKOUT + "      - run: docker build .\n        working-directory: web\n",
        _CHECKOUT + "      - uses: docker/build-push-action@v6\n        with: { context: web }\n",
    ],
)
def test_files_may_be_made_before_it(tmp_path: Path, steps: str) -> None:
    assert _asked(tmp_path, steps) == ["", ""]


def test_another_job_makes_files_first(tmp_path: Path) -> None:
    assert _asked(tmp_path, _CHECKOUT + _BUILD, _CHECKOUT + _MAKES + _BUILD) == ["", ""]
    assert _asked(tmp_path, _GIT, _CHECKOUT + _MAKES + _BUILD)[1]


def test_the_target_of_a_matrix(tmp_path: Path) -> None:
    steps = _CHECKOUT + "      - run: docker build --target $TARGET .\n        env: { TARGET: '${{ matrix.t }}' }\n"
    matrix = "    strategy: { matrix: { t: [dev] } }\n"
    dev, prod = _asked(tmp_path, steps, head=matrix)
    assert (bool(dev), prod) == (True, "")
    # A target that only the workflow knows may be any.
    assert all(_asked(tmp_path, steps.replace("matrix.t", "inputs.t")))


def test_no_workflow_and_no_yaml(tmp_path: Path) -> None:
    assert _asked(tmp_path, "      - run: docker build [\n   x: {\n") == ["", ""]
    (tmp_path / ".github/workflows/ci.yml").unlink()
    context = BuildContext(str(tmp_path))
    assert checkouts([context])(BuildRead(context.plan, context.plan.reads[0])) == ""
