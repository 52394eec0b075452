"""Write ctxopt/catalogue/end_of_life.toml anew from the data of endoflife.date.

    python tools/renew_end_of_life.py
    python tools/renew_end_of_life.py --from CHECKOUT --date 2026-08-22

Without `--from`, the data are downloaded. Only releases that have ended by the date, today by default, are written: so
a build that passes today fails on another day only if this file has changed.
"""

import argparse
import datetime
import io
import tarfile
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

TARGET: Final = Path(__file__).parent.parent / "ctxopt" / "catalogue" / "end_of_life.toml"
_ARCHIVE: Final = "https://github.com/endoflife-date/endoflife.date/archive/refs/heads/master.tar.gz"
_HEAD: Final = """# Releases that get no more security fixes; see EndOfLife in end_of_life.py.
# Written by tools/renew_end_of_life.py from https://endoflife.date (MIT licence): change that, not this.
date = "{date}"
"""


@dataclass(frozen=True, slots=True)
class Product:
    """A product of endoflife.date: its file there, its name for people, and the images that are of its releases.

    `until` are the keys of the dates that count, the last of them first: Debian's images are updated as long as its
    long-term support. `inside` are what stands before a release, or is its codename, in tags of other images.
    """

    file: str
    name: str
    images: tuple[str, ...]
    until: tuple[str, ...] = ("eol",)
    inside: str = ""
    codenames: bool = False


_DOTNET: Final = tuple(
    f"mcr.microsoft.com/dotnet/{core}{kind}"
    for core in ("", "core/")
    for kind in ("sdk", "aspnet", "runtime", "runtime-deps")
)
_PRODUCTS: Final = (
    Product("debian", "Debian", ("debian",), ("eoes", "eol"), codenames=True),
    Product("ubuntu", "Ubuntu", ("ubuntu",), inside="ubuntu", codenames=True),
    Product("alpine-linux", "Alpine", ("alpine",), inside="alpine"),
    Product("centos", "CentOS", ("centos",)),
    Product("centos-stream", "CentOS Stream", ("quay.io/centos/centos",)),
    Product("fedora", "Fedora", ("fedora", "registry.fedoraproject.org/fedora")),
    Product("amazon-linux", "Amazon Linux", ("amazonlinux",)),
    Product("rocky-linux", "Rocky Linux", ("rockylinux", "rockylinux/rockylinux")),
    Product("almalinux", "AlmaLinux", ("almalinux",)),
    Product("oracle-linux", "Oracle Linux", ("oraclelinux",)),
    Product("opensuse", "openSUSE Leap", ("opensuse/leap",)),
    Product("nodejs", "Node.js", ("node",)),
    Product("python", "Python", ("python",)),
    Product("ruby", "Ruby", ("ruby",)),
    Product("php", "PHP", ("php",)),
    Product("go", "Go", ("golang",)),
    Product("perl", "Perl", ("perl",)),
    Product("elixir", "Elixir", ("elixir",)),
    Product("erlang", "Erlang", ("erlang",)),
    Product("dotnet", ".NET", _DOTNET),
    Product("eclipse-temurin", "Java (Temurin)", ("eclipse-temurin",)),
    Product("amazon-corretto", "Java (Corretto)", ("amazoncorretto",)),
    Product("tomcat", "Tomcat", ("tomcat",)),
    Product("nginx", "nginx", ("nginx", "nginxinc/nginx-unprivileged")),
    Product("postgresql", "PostgreSQL", ("postgres",)),
    Product("mysql", "MySQL", ("mysql",)),
    Product("mariadb", "MariaDB", ("mariadb",)),
    Product("mongodb", "MongoDB", ("mongo",)),
    Product("redis", "Redis", ("redis",)),
    Product("elasticsearch", "Elasticsearch", ("elasticsearch", "docker.elastic.co/elasticsearch/elasticsearch")),
)
#: Codenames of what ended before are in no tag.
_FIRST_YEAR: Final = 2012
#: Images that are not built any more, with the month of the notice on their page and the image in their place.
_RETIRED: Final = (
    ("openjdk", "2022-07", "eclipse-temurin"),
    ("java", "2016-12", "eclipse-temurin"),
    ("adoptopenjdk", "2021-08", "eclipse-temurin"),
)
#: Node.js has its codenames in the tags of its images, and not where the other products have them.
_NODE_CODENAMES: Final = dict(
    zip(
        ("argon", "boron", "carbon", "dubnium", "erbium", "fermium", "gallium", "hydrogen", "iron", "jod", "krypton"),
        map(str, range(4, 26, 2)),
        strict=True,
    )
)


def text(read: Callable[[str], str], today: datetime.date) -> str:
    """The whole file; `read` gives the text of one of the data's files by its name."""
    sections = [_section(one, yaml.safe_load(read(one.file).split("\n---")[0]), today) for one in _PRODUCTS]
    retired = [
        f'\n[[retired]]\nimage = "{name}"\nsince = "{since}"\ninstead = "{other}"\n' for name, since, other in _RETIRED
    ]
    return _HEAD.format(date=today.isoformat()) + "".join((*sections, *retired))


def _section(product: Product, data: dict[str, Any], today: datetime.date) -> str:
    releases = data["releases"]
    dates = {str(release["releaseCycle"]): _end(release, product.until) for release in releases}
    ended = {name: end for name, end in dates.items() if end is not None and end <= today}
    lines = [
        "",
        "[[product]]",
        f'name = "{product.name}"',
        f"images = {_strings(product.images)}",
        f'newest = "{_newest(releases, ended, today)}"',
        f'ended = "{" ".join(f"{name}={end}" for name, end in ended.items())}"',
    ]
    if product.inside:
        lines.append(f'inside = "{product.inside}"')
    names = dict(_codenames(product, releases, ended))
    if names:
        lines.append(f'codenames = "{" ".join(f"{word}={name}" for word, name in names.items())}"')
    return "\n".join(lines) + "\n"


def _end(release: dict[str, Any], keys: tuple[str, ...]) -> datetime.date | None:
    """The date on which a release ends; None if it is not known, or does not end."""
    return next((release[key] for key in keys if isinstance(release.get(key), datetime.date)), None)


def _newest(releases: list[dict[str, Any]], ended: dict[str, datetime.date], today: datetime.date) -> str:
    """The newest release that is out and supported, with long-term support if any has that; "" for none."""
    out = [one for one in releases if str(one["releaseCycle"]) not in ended and one["releaseDate"] <= today]
    long = [one for one in out if _is_long_term(one, today)]
    return str((long or out)[0]["releaseCycle"]) if out else ""


def _is_long_term(release: dict[str, Any], today: datetime.date) -> bool:
    lts = release.get("lts", False)
    return lts <= today if isinstance(lts, datetime.date) else bool(lts)


def _codenames(
    product: Product, releases: list[dict[str, Any]], ended: dict[str, datetime.date]
) -> Iterator[tuple[str, str]]:
    if product.file == "nodejs":
        yield from ((word, name) for word, name in _NODE_CODENAMES.items() if name in ended)
    for release in releases if product.codenames else ():
        name = str(release["releaseCycle"])
        if name in ended and ended[name].year >= _FIRST_YEAR and release.get("codename"):
            yield str(release["codename"]).split()[0].lower(), name


def _strings(names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' for name in names]
    return f"[{', '.join(quoted)}]" if len(names) < 3 else "[\n" + "".join(f"    {name},\n" for name in quoted) + "]"


def _from_directory(directory: Path) -> Callable[[str], str]:
    return lambda name: (directory / "products" / f"{name}.md").read_text(encoding="utf-8")


def _downloaded() -> Callable[[str], str]:
    with urllib.request.urlopen(_ARCHIVE, timeout=60) as answer:
        data = answer.read()
    texts: dict[str, str] = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for member in archive:
            _, _, path = member.name.partition("/")
            file = archive.extractfile(member) if path.startswith("products/") and path.endswith(".md") else None
            if file is not None:
                texts[Path(path).stem] = file.read().decode("utf-8")
    return texts.__getitem__


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="directory", type=Path, help="a checkout of endoflife-date/endoflife.date")
    parser.add_argument(
        "--date", type=datetime.date.fromisoformat, default=datetime.date.today(), help="the day of the data"
    )
    given = parser.parse_args()
    read = _downloaded() if given.directory is None else _from_directory(given.directory)
    TARGET.write_text(text(read, given.date), encoding="utf-8")


if __name__ == "__main__":
    main()
