"""What a transfer costs: speeds as people write them, the sums, and what a proposal would make of them."""

import json
from pathlib import Path

import pytest

from ctxopt import BuildContext, CtxoptError
from ctxopt.builds.discovery import Request
from ctxopt.core.context.tree import Totals
from ctxopt.display import duration
from ctxopt.proposal.propose import propose
from ctxopt.reports.cost.bandwidth import parse_bandwidth
from ctxopt.reports.cost.describe import speed, summary
from ctxopt.reports.cost.estimate import estimate
from ctxopt.reports.cost.model import Amount, Rates, Sizes, Transfer, cost
from ctxopt.reports.savings import Proposals
from sample_projects.make_junk import make


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("100mbit", 100_000_000),
        ("100 Mbit/s", 100_000_000),
        ("100Mbitps", 100_000_000),
        ("1gbit", 10**9),
        ("1.5Gbit", 1_500_000_000),
        ("512kbit", 512_000),
        ("512 Kibit", 524_288),
        ("9600bit", 9600),
        ("12.5MB/s", 100_000_000),
        ("12.5 MB/s", 100_000_000),
        ("10MiB/s", 83_886_080),
        ("1kB/s", 8000),
        ("800 B/s", 6400),
        ("1.9bit", 1),
    ],
)
def test_speeds(text: str, bits: int) -> None:
    assert parse_bandwidth(text) == bits


@pytest.mark.parametrize(
    "text",
    [
        *("", "fast", "100", "100m", "100mb/s", "1Mb/s", "100Mbps", "-1mbit", "1e9bit", "0mbit", "0.0000001bit"),
        *("1 ibit", "1m\u0130bit", "\u0661mbit", "1mbit\n", "9" * 13 + "bit", "1." + "0" * 5000 + "mbit", "[red]1mbit"),
    ],
)
def test_what_is_no_speed(text: str) -> None:
    with pytest.raises(CtxoptError) as caught:
        parse_bandwidth(text)
    assert len(str(caught.value)) < 220
    assert "\n" not in str(caught.value)


def test_the_sums() -> None:
    sizes = Sizes(Totals(3, 1_000_000), None)
    found = cost(sizes, Sizes(Totals(1, 0), Totals(2, 5)), Rates(40, 8_000_000), "why")
    assert found.buildkit.before == Transfer(
        Amount(1_000_000, 1.0), Amount(40_000_000, 40.0), Amount(1_200_000_000, 1200.0)
    )
    assert found.buildkit.after == Transfer(Amount(0, 0.0), Amount(0, 0.0), Amount(0, 0.0))
    assert found.classic.before is None
    assert found.classic.after is not None
    assert dict(summary(found))["BuildKit, a month"] == "1.2 GB in 20.0 min now, 0 B in 0.00 s with generate"
    assert cost(sizes, None, Rates(None, 8)).buildkit.before == Transfer(Amount(1_000_000, 1_000_000.0), None, None)
    assert cost(sizes, None, Rates(2, None)).buildkit.after is None
    volume = cost(sizes, None, Rates(2, None)).buildkit.before
    assert volume == Transfer(Amount(1_000_000, None), Amount(2_000_000, None), Amount(60_000_000, None))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.00 s"),
        (0.001, "< 0.01 s"),
        (0.02, "0.02 s"),
        (3.44, "3.4 s"),
        (119, "119.0 s"),
        (120, "2.0 min"),
        (7200, "2.0 h"),
        (1e6, "11.6 days"),
        (1e9, "11,574 days"),
    ],
)
def test_times(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_speeds_are_shown_in_their_units() -> None:
    assert [speed(bits) for bits in (9600, 100_000_000, 1_500_000_000, 7)] == [
        "9.6 kbit/s",
        "100 Mbit/s",
        "1.5 Gbit/s",
        "7 bit/s",
    ]


@pytest.mark.parametrize(
    ("name", "dockerfile"),
    [
        ("python-service", "Dockerfile"),
        ("go-monorepo", "build/worker.Dockerfile"),
    ],
)
def test_after_is_what_generate_promises(name: str, dockerfile: str, tmp_path: Path) -> None:
    make(name, tmp_path / name)
    root = tmp_path / name
    path = str(root / dockerfile)
    found = estimate(
        Proposals(lambda _: Request((path,))).savings(BuildContext(str(root), dockerfile), "ctxopt generate"),
        Rates(1, None),
    )
    proposal = propose(str(root), Request((path,)))
    effects = {effect.origin: effect for file in proposal.files for effect in file.effects}
    promised = effects[dockerfile]
    assert found.buildkit.before is not None
    assert found.buildkit.after is not None
    assert (found.buildkit.before.build.size, found.buildkit.after.build.size) == tuple(
        totals.size for totals in promised.buildkit
    )
    if promised.classic is not None:
        assert found.classic.before is not None
        assert found.classic.after is not None
        assert (found.classic.before.build.size, found.classic.after.build.size) == tuple(
            totals.size for totals in promised.classic
        )


@pytest.mark.parametrize(
    ("dockerfile", "name", "there"),
    [
        ("Containerfile", ".containerignore", True),
        ("Containerfile", "Containerfile.containerignore", True),
        ("Dockerfile", ".dockerignore", False),
    ],
)
def test_every_ignore_file_that_is_read_counts(dockerfile: str, name: str, there: bool, tmp_path: Path) -> None:
    (tmp_path / dockerfile).write_text("FROM scratch\nCOPY src /\n")
    if there:
        (tmp_path / name).write_text("logs\n")
    for path in ("src/a", "junk/b"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_bytes(b"x" * 1000)
    found = estimate(
        Proposals(lambda _: Request()).savings(BuildContext(str(tmp_path)), "ctxopt generate"), Rates(1, None)
    )
    (file,) = propose(str(tmp_path), Request()).files
    (effect,) = file.effects
    assert file.name == name
    assert effect.classic is not None
    assert found.classic.before is not None
    assert found.classic.after is not None
    assert (found.classic.before.build.size, found.classic.after.build.size) == tuple(
        totals.size for totals in effect.classic
    )
    assert found.classic.after.build.size < found.classic.before.build.size


def test_where_nothing_can_be_proposed(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY a /\n")
    (tmp_path / "a").write_text("a")
    context = BuildContext(str(tmp_path))
    (tmp_path / "other").write_text("FROM scratch\n")
    found = estimate(
        Proposals(lambda _: Request((str(tmp_path / "gone.Dockerfile"),))).savings(context, "ctxopt generate"),
        Rates(1, None),
    )
    assert found.buildkit.after is None
    assert found.note.startswith("nothing can be proposed: Dockerfile not found: gone.Dockerfile")
    assert json.dumps(found.note).isascii()
