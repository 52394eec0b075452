"""Which builds the legacy builder certainly fails on."""

import pytest

from ctxopt.core.dockerfile.plan import plan
from ctxopt.image.needs_buildkit import needs_buildkit


@pytest.mark.parametrize(
    ("instruction", "needs"),
    [
        ("COPY a /", False),
        ("COPY --chown=1:1 a /", False),
        ("COPY --from=base a /", False),
        ("COPY --chmod=755 a /", True),
        ("COPY --link a /", False),
        ("ADD --checksum=sha256:" + "0" * 64 + " https://x/y /", False),
        ("COPY --parents a /", True),
        ("COPY <<EOF /x\nEOF", True),
        ("COPY <<-'EOF' /x\nEOF", True),
        ("RUN cat <<EOF > /x\nEOF", False),
        ("RUN --mount=type=cache,target=/c true", True),
        ("RUN --network=none true", True),
        ("HEALTHCHECK --interval=3s CMD true", False),
    ],
)
def test_it(instruction: str, needs: bool) -> None:
    assert needs_buildkit(plan(f"FROM x AS base\nFROM x\n{instruction}\n".encode(), "Dockerfile")) is needs
